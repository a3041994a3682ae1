import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { copyLayout } from '../../src/manifest/layout.ts';
import { finishScan } from '../../src/scan/finish-scan.ts';
import { type ResumeContext, Resumption } from '../../src/scan/resume/resumption.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import type { ScanRequest, WholeCopyContext } from '../../src/scan/scan-request.ts';
import type { TransformModule } from '../../src/transform/load-transform.ts';
import { dynamoDbError, type Fault, jsonResponse, s3Error } from '../emulators/faults.ts';
import { fewOf } from '../run/effort.ts';
import { itemsOf, openScanFixture, type Run, type ScanFixture } from './scan-fixture.ts';

/** Each of the two segments creates a multipart upload of two parts. */
const LARGE = { totalSegments: 2, compression: 'none' } as const;
const largeItems = () => itemsOf(36, 350_000);

/** Asserts that the copy has no manifests and left no multipart upload open. */
async function assertNoCopy(fixture: ScanFixture, { copy }: Run): Promise<void> {
  assert.equal(copy.stage, 'started');
  const listed = await fixture.store.list(fixture.bucket, copy.layout.root);
  const keys = listed.map(({ key }) => key);
  assert.deepEqual(
    keys.filter((key) => key.includes('manifest')),
    [],
  );
  assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  assert.equal(copy.uploadsLeftOpen, 0);
  // The outputs and the summary report the data objects that exist.
  assert.deepEqual(
    keys.filter((key) => key.includes('/data/')).toSorted(),
    copy.files.map(({ key }) => key).toSorted(),
  );
}

/** Asserts that no request arrives after the end of a run. */
async function assertNoMoreRequests({ source, store }: ScanFixture): Promise<void> {
  const count = () => source.requests.length + store.requests.length;
  // Requests that were sent before the end of the run can still arrive.
  await sleep(50);
  const countBefore = count();
  await sleep(80);
  assert.equal(count(), countBefore);
}

test('a copy whose marker cannot be written reads nothing', async () => {
  await using fixture = await openScanFixture(itemsOf(3, 10));
  fixture.store.inject(() => s3Error('AccessDenied', 403));
  const run = await fixture.run();
  assert.equal((run.error as Error).name, 'AccessDenied');
  assert.deepEqual(fixture.scans(), []);
  await assertNoCopy(fixture, run);
});

/** Shares one fixture between the tests of a suite. Faults are removed after each test. */
function sharedFixture(): () => ScanFixture {
  let fixture: ScanFixture;
  before(async () => {
    fixture = await openScanFixture(largeItems());
  });
  afterEach(() => {
    fixture.source.inject();
    fixture.store.inject();
  });
  after(() => fixture[Symbol.asyncDispose]());
  return () => fixture;
}

suite('a copy with multipart uploads in progress', () => {
  const shared = sharedFixture();

  /** Runs a copy that fails with this error. Returns the number of uploads that it aborted. */
  async function abortedUploads(errorName: string, change: Partial<ScanRequest> = LARGE): Promise<number> {
    const fixture = shared();
    const abortedBefore = fixture.store.uploads.aborted().length;
    const run = await fixture.run(change);
    assert.equal((run.error as Error).name, errorName);
    await assertNoCopy(fixture, run);
    await assertNoMoreRequests(fixture);
    return fixture.store.uploads.aborted().length - abortedBefore;
  }

  test('stops all segments and aborts their uploads if one segment fails', async () => {
    const { source, store } = shared();
    const createdBefore = store.uploads.created().length;
    source.inject(async ({ operation, parameters }) => {
      if (operation !== 'Scan' || parameters['Segment'] !== 1 || !parameters['ExclusiveStartKey']) return undefined;
      while (store.uploads.created().length === createdBefore) await sleep(5);
      return dynamoDbError('ValidationException', 'no');
    });
    assert.ok((await abortedUploads('ValidationException')) > 0, 'control: an upload was open');
  });

  const deny = (denied: string) => {
    shared().store.inject(({ operation }) => (operation === denied ? s3Error('AccessDenied', 403) : undefined));
  };

  test('leaves nothing to abort if S3 denies CreateMultipartUpload', async () => {
    deny('CreateMultipartUpload');
    assert.equal(await abortedUploads('AccessDenied'), 0);
  });

  for (const operation of ['UploadPart', 'CompleteMultipartUpload']) {
    test(`aborts its uploads if S3 denies ${operation}`, async () => {
      deny(operation);
      assert.ok((await abortedUploads('AccessDenied')) > 0, 'control: an upload was open');
    });
  }

  for (const compression of fewOf(['gzip', 'zstd'] as const, 1)) {
    test(`ends if S3 denies a part late, while the ${compression} compressor still has much output`, async () => {
      shared().store.inject(async ({ operation }) => {
        if (operation !== 'UploadPart') return undefined;
        await sleep(100);
        return s3Error('AccessDenied', 403);
      });
      await abortedUploads('AccessDenied', { transform: INCOMPRESSIBLE, totalSegments: 2, compression });
    });
  }

  test('fails with UNEXPECTED and aborts its uploads if the byte thread ends', async (t) => {
    const online = new Promise((resolve) => {
      process.once('worker', (worker: Worker) => worker.once('online', resolve));
    });
    shared().source.inject(async ({ operation, parameters }) => {
      if (operation === 'Scan' && parameters['ExclusiveStartKey']) await online;
      return undefined;
    });
    const { postMessage } = Worker.prototype;
    t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, ...message: Parameters<typeof postMessage>) {
      // The first part of an object, for which an upload was created.
      if (message[0].kind === 'append') void this.terminate();
      else postMessage.apply(this, message);
    });
    assert.ok((await abortedUploads('CopyError')) > 0, 'control: an upload was open');
    t.mock.reset();
    const { error } = await shared().run(LARGE);
    assert.equal(error, undefined, 'control: the copy succeeds with a thread');
  });

  test('reports the number of uploads that cannot be aborted', async () => {
    const { store, bucket, run } = shared();
    store.inject(({ operation }) =>
      operation === 'UploadPart' || operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
    );
    const { error, copy } = await run(LARGE);
    assert.equal((error as Error).name, 'AccessDenied');
    const open = await store.openUploads(bucket);
    assert.ok(open.length > 0);
    assert.equal(copy.uploadsLeftOpen, open.length);
    await assertNoMoreRequests(shared());
  });
});

/** A transform whose output cannot be compressed. */
const INCOMPRESSIBLE: TransformModule = {
  path: 'noise.mjs',
  url: 'file:///noise.mjs',
  process: () => randomBytes(400_000),
  output: 'text',
  extension: 'bin',
  header: undefined,
  sha256: '',
  unhandledErrors: new AbortController().signal,
};

for (const compression of fewOf(['none', 'gzip', 'zstd'] as const, 1)) {
  test(`a copy with compression ${compression} ends if S3 denies its data objects`, async () => {
    await using fixture = await openScanFixture(itemsOf(24, 60_000));
    fixture.store.inject(async ({ key }) => {
      if (!key.includes('/data/')) return undefined;
      await sleep(20);
      return s3Error('AccessDenied', 403);
    });
    const run = await fixture.run({ totalSegments: 4, fileSize: 64 * 1024, compression });
    assert.equal((run.error as Error).name, 'AccessDenied');
    assert.deepEqual(run.copy.files, []);
    await assertNoCopy(fixture, run);
    await assertNoMoreRequests(fixture);
  });
}

suite('a cancelled copy', () => {
  const shared = sharedFixture();

  const requested = () => [...shared().source.requests, ...shared().store.requests].map(({ operation }) => operation);

  async function assertCancelled(run: Run): Promise<void> {
    assert.equal((run.error as Error | undefined)?.name, 'AbortError');
    assert.equal(run.copy.stage, 'started');
    assert.deepEqual(await shared().store.openUploads(shared().bucket), []);
    await assertNoMoreRequests(shared());
  }

  test('ends and leaves no upload if it is cancelled before it starts', async () => {
    await assertCancelled(await shared().run(LARGE, { signal: AbortSignal.abort() }));
  });

  for (const operation of fewOf(
    ['Scan', 'PutObject', 'CreateMultipartUpload', 'CompleteMultipartUpload', 'UploadPart'],
    2,
  )) {
    test(`ends and leaves no upload if it is cancelled at its first ${operation}`, async () => {
      // The fixture also has the requests of the tests before.
      const allBefore = requested().length;
      const count = () => requested().filter((name) => name === operation).length;
      const countBefore = count();
      const stop = new AbortController();
      const poll = setInterval(() => {
        if (count() > countBefore) stop.abort();
      }, 1);
      const run = await shared()
        .run(LARGE, { signal: stop.signal })
        .finally(() => clearInterval(poll));
      assert.ok(requested().length > allBefore, 'control: the copy had started');
      await assertCancelled(run);
    });
  }
});

test('a scan whose LastEvaluatedKey does not advance fails with PAGE_CORRUPT instead of reading forever', async () => {
  await using fixture = await openScanFixture(itemsOf(10, 10));
  let key: unknown;
  fixture.source.inject(({ operation }) =>
    operation === 'Scan'
      ? jsonResponse<{ LastEvaluatedKey?: unknown }>((page) => {
          key ??= page.LastEvaluatedKey;
          return { ...page, LastEvaluatedKey: key };
        })
      : undefined,
  );
  const run = await fixture.run({ totalSegments: 1, scan: { request: { Limit: 2 } } });
  assert.equal((run.error as { code?: string }).code, 'PAGE_CORRUPT');
  await assertNoCopy(fixture, run);
});

test('an empty copy with if-empty: error fails with EMPTY_COPY and writes no manifest', async () => {
  await using fixture = await openScanFixture([]);
  const run = await fixture.run({ ifEmpty: 'error' });
  assert.equal((run.error as { code?: string }).code, 'EMPTY_COPY');
  await assertNoCopy(fixture, run);
});

for (const ifEmpty of ['warn', 'ignore'] as const) {
  test(`an empty copy with if-empty: ${ifEmpty} succeeds`, async () => {
    await using fixture = await openScanFixture([]);
    assert.equal((await fixture.run({ ifEmpty })).error, undefined);
  });
}

const NOW = Date.now() / 1_000;

/** Opens a table whose description changes after the first DescribeTable. */
async function openChangingTable(change: Readonly<Record<string, unknown>>): Promise<ScanFixture> {
  const fixture = await openScanFixture(itemsOf(3, 10));
  fixture.source.inject(({ operation }, nth): Fault | undefined => {
    if (operation !== 'DescribeTable') return undefined;
    return jsonResponse<{ Table: object }>(({ Table }) => ({
      Table: { ...Table, TableId: 'id', CreationDateTime: NOW, ...(nth > 1 && change) },
    }));
  });
  return fixture;
}

for (const [what, change, code] of [
  ['its table has another ID after the scan', { TableId: 'other' }, 'TABLE_RECREATED'],
  ['its table has another creation time after the scan', { CreationDateTime: NOW + 1 }, 'TABLE_RECREATED'],
  ['its table has no ID after the scan', { TableId: undefined }, 'TABLE_RECREATED'],
  ['its table is being deleted after the scan', { TableStatus: 'DELETING' }, 'TABLE_NOT_READY'],
] as const) {
  test(`a copy fails with ${code} if ${what}`, async () => {
    await using fixture = await openChangingTable(change);
    const run = await fixture.run();
    assert.equal((run.error as { code?: string } | undefined)?.code, code);
    await assertNoCopy(fixture, run);
  });
}

for (const [what, change] of [
  ['its table is unchanged after the scan', {}],
  [
    'its table has other counts and is being updated after the scan',
    { ItemCount: 99, TableStatus: 'UPDATING', TableSizeBytes: 7 },
  ],
] as const) {
  test(`a copy succeeds if ${what}`, async () => {
    await using fixture = await openChangingTable(change);
    const run = await fixture.run();
    assert.equal(run.error, undefined);
    assert.equal(run.copy.stage, 'complete');
  });
}

test('a copy fails with ResourceNotFoundException if its table does not exist after the scan', async () => {
  await using fixture = await openScanFixture(itemsOf(3, 10));
  fixture.source.inject(({ operation }, nth) =>
    operation === 'DescribeTable' && nth > 1 ? dynamoDbError('ResourceNotFoundException') : undefined,
  );
  const run = await fixture.run();
  assert.equal((run.error as Error).name, 'ResourceNotFoundException');
  await assertNoCopy(fixture, run);
});

test('a copy fails with COPY_INCOMPLETE if its objects differ, even if DynamoDB has denied DescribeTable before', async () => {
  await using fixture = await openScanFixture(itemsOf(3, 10));
  const { source, store, bucket } = fixture;
  source.inject(({ operation }, nth) =>
    operation === 'DescribeTable' && nth > 1 ? dynamoDbError('AccessDeniedException') : undefined,
  );
  store.inject(async ({ operation }) => {
    if (operation !== 'ListObjectsV2') return undefined;
    while (source.requests.filter((request) => request.operation === 'DescribeTable')[1]?.status !== 400)
      await sleep(5);
    const [data] = store.requests.filter(({ key }) => key.includes('/data/'));
    const Key = String(data?.key).replace(/[^/]+$/, 'of-another-writer');
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    return undefined;
  });
  const run = await fixture.run();
  assert.equal((run.error as { code?: string }).code, 'COPY_INCOMPLETE');
});

const FILE = { itemCount: 5, md5: '', sha256: '', etag: '', key: '', size: 10 };

const INCOMPLETE = {
  'a segment is not done': { segments: { total: 2, done: 1, workers: 1 }, itemCount: 5, files: [FILE] },
  'more segments are done than exist': { segments: { total: 2, done: 3, workers: 1 }, itemCount: 5, files: [FILE] },
  'its objects lack an item': { segments: { total: 2, done: 2, workers: 1 }, itemCount: 6, files: [FILE] },
  'it has items but no object': { segments: { total: 2, done: 2, workers: 1 }, itemCount: 5, files: [] },
  'an object is listed twice': { segments: { total: 2, done: 2, workers: 1 }, itemCount: 5, files: [FILE, FILE] },
  'its objects lack a byte': {
    segments: { total: 2, done: 2, workers: 1 },
    itemCount: 5,
    files: [FILE],
    sizeBytes: 11,
  },
} as const;

for (const [what, change] of Object.entries(INCOMPLETE)) {
  test(`a copy fails with COPY_INCOMPLETE if ${what}`, async () => {
    const identity = { exportId: 'id', layout: copyLayout('', 'id'), snapshotTime: new Date() };
    const resumption = new Resumption(undefined, {} as ResumeContext);
    const progress = new ScanProgress();
    Object.defineProperty(progress, 'figures', { value: { ...progress.figures, sizeBytes: 10, ...change } });
    // The check fails before any member of the request is used.
    const copy = {
      request: {},
      identity,
      progress,
      resumption,
      signal: new AbortController().signal,
    } as WholeCopyContext;
    await assert.rejects(finishScan(copy, {} as never), { code: 'COPY_INCOMPLETE' });
    assert.notEqual(progress.state.stage, 'complete');
  });
}
