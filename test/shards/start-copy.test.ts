import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import type { ObjectParameters } from '../../src/s3/object-options.ts';
import { startCopy } from '../../src/shards/start-copy.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { type HttpResponse, s3Error } from '../emulators/faults.ts';
import { openStore, type Store } from '../emulators/store.ts';
import { s3Denies } from '../fixtures/aws-errors.ts';
import { PLAN } from '../fixtures/copy-plan.ts';

const STARTED = `${PLAN.prefix}/AWSDynamoDB/${PLAN.exportId}/_started`;
const PROBE = `${PLAN.prefix}/AWSDynamoDB/_resume/${PLAN.exportId}/probe.json`;
const SIGNAL = AbortSignal.timeout(60_000);

interface Started {
  readonly store: Store;
  readonly name: string;
  /** Starts the copy of the plan. */
  readonly start: (parameters?: ObjectParameters, signal?: AbortSignal) => Promise<void>;
  readonly keys: () => Promise<string[]>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

async function openStart(): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const bucket = new Bucket({ client: stack.use(clientOfBucket(store.endpoint)), name });
  const resources = stack.move();
  return {
    ...{ store, name },
    start: (parameters = {}, signal = SIGNAL) =>
      startCopy({ bucket, plan: PLAN, parametersOf: () => parameters }, signal),
    keys: async () => (await store.list(name)).map(({ key }) => key),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

suite('a planned copy', () => {
  test('is started with an empty object, after the bucket was tested, and nothing else remains', async () => {
    await using started = await openStart();
    await started.start();
    assert.deepEqual(await started.keys(), [STARTED]);
    const requests = started.store.requests.map(({ operation, key }) => `${operation} ${key}`);
    assert.equal(requests.at(-1), `PutObject ${STARTED}`);
    for (const operation of ['GetObject', 'DeleteObject']) assert.ok(requests.includes(`${operation} ${PROBE}`));
    assert.ok(started.store.requests.some(({ operation }) => operation === 'ListObjectsV2'));
  });

  test('writes with the parameters of the objects', async () => {
    await using started = await openStart();
    await started.start({ Metadata: { team: 'orders' }, IfNoneMatch: '*' });
    const writes = started.store.requests.filter(({ operation }) => operation === 'PutObject');
    assert.ok(writes.length > 2);
    for (const { headers } of writes) assert.equal(headers['x-amz-meta-team'], 'orders');
  });

  test('is started if the response to the deletion is lost and the role may list only a part of the bucket', async () => {
    await using started = await openStart();
    let deletions = 0;
    started.store.inject(({ operation }) => {
      if (operation === 'DeleteObject') return ++deletions === 1 ? 'lose-httpResponse' : undefined;
      return operation === 'GetObject' && deletions > 0 ? s3Denies('s3:ListBucket') : undefined;
    });
    await started.start();
    assert.equal(deletions, 2);
    assert.deepEqual(await started.keys(), [STARTED]);
  });

  test('leaves nothing in the bucket if the step is cancelled while it tests the bucket', async () => {
    await using started = await openStart();
    const cancel = new AbortController();
    started.store.inject(({ operation }) => {
      if (operation === 'GetObject') cancel.abort();
      return undefined;
    });
    await assert.rejects(started.start({}, cancel.signal), { name: 'AbortError' });
    assert.deepEqual(await started.keys(), []);
  });

  test('is started if the responses to all writes are lost once', async () => {
    await using started = await openStart();
    const lost = new Set<string>();
    started.store.inject(({ operation, key, headers }) => {
      const request = `${operation} ${key} ${headers['if-match'] ?? ''}`;
      if (!/^(?:PutObject|DeleteObject) /.test(request) || lost.has(request)) return undefined;
      lost.add(request);
      return 'lose-httpResponse';
    });
    await started.start();
    assert.ok(lost.size > 2);
    assert.deepEqual(await started.keys(), [STARTED]);
  });
});

suite('a planned copy is not started', () => {
  for (const [operation, denied] of [
    ['PutObject', 's3:PutObject'],
    ['GetObject', 's3:GetObject'],
    ['ListObjectsV2', 's3:ListBucket'],
    ['DeleteObject', 's3:DeleteObject'],
  ] as const) {
    test(`without ${denied}`, async () => {
      await using started = await openStart();
      started.store.inject((request) => (request.operation === operation ? s3Denies(denied) : undefined));
      await assert.rejects(started.start(), { name: 'AccessDenied' });
      assert.deepEqual(await started.keys(), operation === 'DeleteObject' ? [PROBE] : []);
    });
  }

  for (const header of ['if-none-match', 'if-match'] as const) {
    test(`if the store ignores ${header}`, async () => {
      await using started = await openStart();
      const etag = createHash('md5').update('{"probe":"second"}').digest('hex');
      started.store.inject(({ operation, key, headers }, nth) =>
        operation === 'PutObject' && key === PROBE && nth > 1 && headers[header] !== undefined
          ? { httpResponse: withoutBody(200, { etag: `"${etag}"` }) }
          : undefined,
      );
      await assertRefused(started);
    });
  }

  test('if the store does not implement conditional writes', async () => {
    await using started = await openStart();
    started.store.inject(({ operation }) => (operation === 'PutObject' ? s3Error('NotImplemented', 501) : undefined));
    await assertRefused(started);
  });

  test('if the store does not list what was written', async () => {
    await using started = await openStart();
    const list = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
    started.store.inject(({ operation }) =>
      operation === 'ListObjectsV2'
        ? { httpResponse: { ...withoutBody(200, {}), body: Buffer.from(list) } }
        : undefined,
    );
    await assert.rejects(started.start(), (error) => {
      assert.ok(error instanceof CopyError);
      assert.match(error.message, /was changed, is not listed, or cannot be deleted/);
      return error.code === 'S3_REQUEST_REJECTED';
    });
    assert.deepEqual(await started.keys(), []);
  });
});

async function assertRefused(started: Started): Promise<void> {
  await assert.rejects(started.start(), (error) => {
    assert.ok(error instanceof CopyError, String(error));
    assert.match(error.message, /^The store does not enforce conditional writes/);
    return error.code === 'S3_REQUEST_REJECTED';
  });
  assert.deepEqual(await started.keys(), []);
}

function withoutBody(status: number, headers: HttpResponse['headers']): HttpResponse {
  return { status, headers, body: Buffer.alloc(0) };
}
