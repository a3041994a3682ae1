// Import this first: it sets the time scale.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { CopyError } from '../../src/errors.ts';
import { newExportId, shardNames } from '../../src/manifest/export-id.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { MAX_SHARD_MANIFEST_BYTES, parseShardManifest, type ShardManifest } from '../../src/manifest/shard-manifest.ts';
import { remedies } from '../../src/remedies.ts';
import type { ScanRequest, ShardRequest } from '../../src/scan/scan-request.ts';
import { type Fault, type HttpResponse, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { fewOf } from '../run/effort.ts';
import { copiedObjects, itemsIn, itemsOf, openScanFixture, type Run, type ScanFixture } from './scan-fixture.ts';

const EXPORT_ID = newExportId(new Date());
const LAYOUT = copyLayout('backups', EXPORT_ID);
const COUNT = 3;

const SETTINGS = { 'dynamodb-scan-kwargs': '0011223344556677', compression: 'aabbccddeeff0011' };

/** Returns the request for a shard with four segments and small objects. */
function shardRequest(index: number, change: Partial<ShardRequest> = {}): Partial<ScanRequest> {
  const shard = {
    index,
    count: COUNT,
    name: `${index}-of-${COUNT}`,
    exportId: EXPORT_ID,
    attempt: 1,
    settings: SETTINGS,
  };
  return {
    shard: { ...shard, ...change },
    scan: { request: { Limit: 3 }, shard: { segment: index - 1, totalSegments: COUNT } },
    totalSegments: 4,
    fileSize: 10_000,
  };
}

async function manifestOf({ store, bucket }: ScanFixture, index: number): Promise<ShardManifest> {
  const shard = { index, count: COUNT, name: `${index}-of-${COUNT}` };
  const content = await store.read(bucket, `${LAYOUT.root}manifest-shard-${shard.name}.json`);
  return parseShardManifest(content, { exportId: EXPORT_ID, layout: LAYOUT }, shard, (_, problem) =>
    assert.fail(problem),
  );
}

async function keysUnder({ store, bucket }: ScanFixture, prefix: string): Promise<string[]> {
  return (await store.list(bucket, prefix)).map(({ key }) => key);
}

async function put({ store, bucket }: ScanFixture, Key: string, content = ''): Promise<void> {
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(content) }));
}

/** Deletes an object. Returns undefined, so that it can be injected into a request. */
async function remove({ store, bucket }: ScanFixture, Key: string): Promise<undefined> {
  await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}

function assertComplete({ copy, error }: Run): void {
  assert.equal(error, undefined);
  assert.equal(copy.stage, 'shard complete');
}

function writes({ store }: ScanFixture): readonly S3Request[] {
  return store.requests.filter(({ operation }) => /^(?:Put|Delete|Create|Complete|Abort|Upload)/.test(operation));
}

const RESUME_FOLDER = `backups/AWSDynamoDB/_resume/${EXPORT_ID}/`;

suite('the shards of a copy', () => {
  test('contain every item once, and each shard writes only names of its own', async () => {
    await using fixture = await openScanFixture(itemsOf(120, 2_000));
    const runs = await Promise.all([1, 2, 3].map((index) => fixture.run(shardRequest(index))));
    for (const run of runs) assertComplete(run);
    const objects = await Promise.all(runs.map(({ copy }) => copiedObjects(fixture, copy)));
    assertSameItems(itemsIn(objects.flat()), await fixture.source.readItems(fixture.table));
    for (const [i, run] of runs.entries()) {
      const manifest = await manifestOf(fixture, i + 1);
      assert.deepEqual(manifest.files, run.copy.files);
      assert.ok(manifest.files.length > 4, `${manifest.files.length} objects`);
      for (const { key } of manifest.files) assert.ok(key.startsWith(`${LAYOUT.data}${shardNames(i + 1)}`), key);
      assert.deepEqual(manifest.segments, { first: 4 * i, count: 4, total: 12 });
      assert.equal(manifest.scope, 'table');
      assert.deepEqual(manifest.narrowedBy, []);
      assert.equal(run.copy.itemCount, manifest.counts.itemCount);
    }
    const requests = new Set(
      (await Promise.all([1, 2, 3].map((index) => manifestOf(fixture, index)))).map(({ request }) => request),
    );
    assert.equal(requests.size, 1);
    // Checkpoints contain key values, so those of complete shards are deleted.
    assert.deepEqual(await keysUnder(fixture, RESUME_FOLDER), [`${RESUME_FOLDER}request.json`]);
    const others = (await keysUnder(fixture, LAYOUT.root)).filter((key) => !key.startsWith(LAYOUT.data));
    assert.deepEqual(others.length, COUNT, 'a shard writes no marker and no manifest of the copy');
  });

  test('can be empty', async () => {
    await using fixture = await openScanFixture([]);
    const run = await fixture.run(shardRequest(2));
    assertComplete(run);
    const { files, counts } = await manifestOf(fixture, 2);
    assert.deepEqual([files, counts.itemCount], [[], 0]);
  });
});

suite('a shard that is complete', () => {
  for (const [where, add] of fewOf(
    [
      ['while the copy is not finished', []],
      ['after the copy was finished', [LAYOUT.manifestSummary]],
    ] as const,
    1,
  )) {
    test(`is not copied again by a re-run ${where}, which has the recorded results`, async () => {
      await using fixture = await openScanFixture(itemsOf(40, 1_000));
      const first = await fixture.run(shardRequest(1));
      for (const key of add) await put(fixture, key, '{}');
      const before = writes(fixture).length;
      const scans = fixture.scans().length;
      const again = await fixture.run(shardRequest(1, { attempt: 2 }));
      assertComplete(again);
      assert.equal(fixture.scans().length, scans);
      assert.equal(writes(fixture).length, before);
      for (const member of ['files', 'itemCount', 'sizeBytes', 'consumedReadCapacity', 'scannedCount'] as const) {
        assert.deepEqual(again.copy[member], first.copy[member], member);
      }
      assert.ok('wasComplete' in again.copy && again.copy.wasComplete);
    });
  }

  test('fails with COPY_DAMAGED if its manifest is missing from a complete copy, and writes nothing', async () => {
    await using fixture = await openScanFixture(itemsOf(5, 100));
    await put(fixture, LAYOUT.manifestSummary, '{}');
    const before = writes(fixture).length;
    await assert.rejects(fixture.run(shardRequest(1)), { code: 'COPY_DAMAGED' });
    assert.equal(fixture.scans().length, 0);
    assert.equal(writes(fixture).length, before);
  });

  const KEY = `${LAYOUT.root}manifest-shard-1-of-3.json`;
  const tooLarge = String(MAX_SHARD_MANIFEST_BYTES + 1);
  const DAMAGES: Readonly<Record<string, (fixture: ScanFixture) => Fault | Promise<undefined>>> = {
    'was deleted while it was read': (fixture) => remove(fixture, KEY),
    'is too large': () => ({
      rewriteHead: (response) => ({ ...response, headers: { ...response.headers, 'content-length': tooLarge } }),
    }),
  };
  for (const [problem, damage] of Object.entries(DAMAGES)) {
    test(`fails with COPY_DAMAGED in a re-run if its manifest ${problem}, and writes nothing`, async () => {
      await using fixture = await openScanFixture(itemsOf(5, 100));
      assertComplete(await fixture.run(shardRequest(1)));
      const before = writes(fixture).length;
      const scans = fixture.scans().length;
      fixture.store.inject(({ operation, key }) =>
        operation === 'GetObject' && key === KEY ? damage(fixture) : undefined,
      );
      await assert.rejects(fixture.run(shardRequest(1, { attempt: 2 })), {
        code: 'COPY_DAMAGED',
        message: `The copy s3://${fixture.bucket}/${LAYOUT.root} is damaged: manifest-shard-1-of-3.json ${problem}.`,
        remedy: remedies.copyShardsAgain(true),
      });
      assert.equal(fixture.scans().length, scans);
      assert.equal(writes(fixture).length, before);
    });
  }
});

test('a shard fails with COPY_INCOMPLETE if an earlier attempt withdraws its manifest while it is read', async () => {
  await using fixture = await openScanFixture(itemsOf(20, 100));
  const key = `${LAYOUT.root}manifest-shard-1-of-3.json`;
  let listings = 0;
  fixture.store.inject(async ({ operation, query }) => {
    if (operation !== 'ListObjectsV2' || query.get('prefix') !== key) return undefined;
    listings += 1;
    // It arrives when the shard has been claimed, and is deleted before its content is read.
    if (listings === 2) await put(fixture, key, '{}');
    if (listings === 3) await remove(fixture, key);
    return undefined;
  });
  const { error } = await fixture.run(shardRequest(1));
  const { code, message, remedy } = error as CopyError;
  assert.deepEqual(
    [code, message, remedy],
    [
      'COPY_INCOMPLETE',
      'The manifest of shard 1-of-3 was deleted while this step read it.',
      'Choose "Re-run failed jobs".',
    ],
  );
  assert.equal(fixture.scans().length, 0);
  fixture.store.inject();
  assertComplete(await fixture.run(shardRequest(1, { attempt: 2 })));
});

test('a shard with other settings than another shard fails with PLAN_MISMATCH before it reads', async () => {
  await using fixture = await openScanFixture(itemsOf(5, 100));
  assertComplete(await fixture.run(shardRequest(1)));
  const scans = fixture.scans().length;
  const other = { ...SETTINGS, compression: '0000000000000000' };
  const { error } = await fixture.run(shardRequest(2, { settings: other }));
  const { code, message } = error as { code: string; message: string };
  assert.equal(code, 'PLAN_MISMATCH');
  assert.match(message, /differs from another in: compression\.$/);
  // A complete shard is compared too.
  await assert.rejects(fixture.run(shardRequest(1, { settings: other, attempt: 2 })), { code: 'PLAN_MISMATCH' });
  assert.equal(fixture.scans().length, scans);
});

suite('a shard that another process has claimed', () => {
  for (const attempt of fewOf([1, 2], 1)) {
    test(`fails with SHARD_IN_USE if the run.json is of attempt ${attempt}`, async () => {
      await using fixture = await openScanFixture(itemsOf(5, 100));
      const abort = new AbortController();
      const held = Promise.withResolvers<void>();
      fixture.source.inject(async ({ operation }) => {
        if (operation !== 'Scan') return undefined;
        held.resolve();
        await new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()));
        return 'drop';
      });
      const first = fixture.run(shardRequest(1, { attempt }), { signal: abort.signal });
      await held.promise;
      const { error } = await fixture.run(shardRequest(1));
      assert.equal((error as { code?: string }).code, 'SHARD_IN_USE');
      assert.match((error as Error).message, new RegExp(`attempt ${attempt} of the workflow run`));
      abort.abort();
      assert.notEqual((await first).error, undefined);
      fixture.source.inject();
      assertComplete(await fixture.run(shardRequest(1, { attempt: 3 })));
    });
  }
});

test('a shard fails with SHARD_IN_USE if its run.json changes each time before it takes over', async () => {
  await using fixture = await openScanFixture(itemsOf(60, 2_000));
  await failAtObject(fixture, 1, 3);
  const { store, bucket } = fixture;
  const key = `${RESUME_FOLDER}1-of-3/run.json`;
  const file = JSON.parse((await store.read(bucket, key)).toString());
  let changes = 0;
  store.inject(async ({ operation, key: written }) => {
    if (operation === 'PutObject' && written === key) {
      await put(fixture, key, JSON.stringify({ ...file, writtenAt: file.writtenAt + ++changes }));
    }
    return undefined;
  });
  const scans = fixture.scans().length;
  const { error } = await fixture.run(shardRequest(1, { attempt: 2 }));
  const { code, message, remedy } = error as CopyError;
  assert.deepEqual(
    [code, message, remedy],
    ['SHARD_IN_USE', 'Another process copies this shard, or was killed while it did.', remedies.copyShardOnce],
  );
  assert.equal(changes, 10);
  assert.equal(fixture.scans().length, scans);
  store.inject();
  assertComplete(await fixture.run(shardRequest(1, { attempt: 3 })));
});

/** Runs a first attempt that fails when it puts the nth data object. */
async function failAtObject(fixture: ScanFixture, index: number, nth: number, change: Partial<ShardRequest> = {}) {
  let seen = 0;
  fixture.store.inject(({ operation, key }) => {
    if (operation === 'PutObject' && key.startsWith(LAYOUT.data)) seen += 1;
    return seen >= nth && key.startsWith(LAYOUT.data) ? s3Error('AccessDenied', 403) : undefined;
  });
  const { error, copy } = await fixture.run(shardRequest(index, change));
  assert.notEqual(error, undefined);
  fixture.store.inject();
  return copy;
}

suite('a re-run of a shard', () => {
  test('resumes it and does not read again what is stored', async () => {
    await using fixture = await openScanFixture(itemsOf(120, 2_000));
    const failed = await failAtObject(fixture, 2, 6);
    assert.ok('isResumable' in failed && failed.isResumable);
    const before = fixture.scans().length;
    const run = await fixture.run(shardRequest(2, { attempt: 2 }));
    assertComplete(run);
    const resumed = fixture.scans().length - before;
    await using other = await openScanFixture(itemsOf(120, 2_000));
    assertComplete(await other.run(shardRequest(2)));
    assert.ok(resumed < other.scans().length, `${resumed} of ${other.scans().length} Scans`);
    assert.match(fixture.messages.map(({ message }) => message).join('\n'), /Resuming the copy of attempt 1/);
    const items = itemsIn(await copiedObjects(fixture, run.copy));
    const expected = itemsIn(await copiedObjects(other, (await other.run(shardRequest(2, { attempt: 2 }))).copy));
    assertSameItems(items, expected);
  });

  test('resumes it days later, for as long as the plan is valid', async () => {
    await using fixture = await openScanFixture(itemsOf(120, 2_000));
    await failAtObject(fixture, 2, 6);
    const runKey = `${RESUME_FOLDER}2-of-3/run.json`;
    const file = JSON.parse((await fixture.store.read(fixture.bucket, runKey)).toString());
    file.run.startTime -= 6 * 24 * 3600 * 1000;
    await put(fixture, runKey, JSON.stringify(file));
    assertComplete(await fixture.run(shardRequest(2, { attempt: 2 })));
    assert.match(fixture.messages.map(({ message }) => message).join('\n'), /Resuming the copy of attempt 1/);
  });

  test('that cannot resume deletes what is stored of this shard, and nothing of another', async () => {
    await using fixture = await openScanFixture(itemsOf(120, 2_000));
    const neighbor = await fixture.run(shardRequest(1));
    await failAtObject(fixture, 2, 6);
    await put(fixture, `${LAYOUT.data}${shardNames(2)}${'b'.repeat(23)}a.json.gz`, 'stray');
    const stored = await keysUnder(fixture, `${LAYOUT.data}${shardNames(2)}`);
    assert.ok(stored.length > 2, `${stored.length} objects`);
    const checkpoints = await keysUnder(fixture, `${RESUME_FOLDER}2-of-3/1/`);
    assert.ok(checkpoints.length > 0);
    for (const key of checkpoints) await put(fixture, key, 'not a checkpoint');
    const run = await fixture.run(shardRequest(2, { attempt: 2 }));
    assertComplete(run);
    const keys = await keysUnder(fixture, `${LAYOUT.data}${shardNames(2)}`);
    assert.deepEqual(
      keys,
      run.copy.files.map(({ key }) => key),
    );
    assert.equal(
      keys.some((key) => stored.includes(key)),
      false,
    );
    assert.deepEqual(
      await keysUnder(fixture, `${LAYOUT.data}${shardNames(1)}`),
      neighbor.copy.files.map(({ key }) => key),
    );
    assert.deepEqual((await manifestOf(fixture, 1)).files, neighbor.copy.files);
    assert.match(
      fixture.messages.map(({ message }) => message).join('\n'),
      /cannot be resumed because its checkpoints cannot be read/,
    );
  });

  test('fails with ACCESS_DENIED if S3 does not delete what is stored, and starts over after that', async () => {
    await using fixture = await openScanFixture(itemsOf(120, 2_000));
    await failAtObject(fixture, 2, 6);
    const runKey = `${RESUME_FOLDER}2-of-3/run.json`;
    const file = JSON.parse((await fixture.store.read(fixture.bucket, runKey)).toString());
    await put(fixture, runKey, JSON.stringify({ ...file, run: { ...file.run, broken: true } }));
    const stored = await keysUnder(fixture, `${LAYOUT.data}${shardNames(2)}`);
    fixture.store.inject(({ operation }) => (operation === 'DeleteObjects' ? notDeleted(stored) : undefined));
    const scans = fixture.scans().length;
    const { error } = await fixture.run(shardRequest(2, { attempt: 2 }));
    const { code, message, remedy } = error as CopyError;
    assert.deepEqual(
      [code, message, remedy],
      [
        'ACCESS_DENIED',
        `S3 did not delete ${stored.length} objects that an earlier attempt at this shard has stored.`,
        `Grant s3:DeleteObject on ${LAYOUT.data}* and ${RESUME_FOLDER}2-of-3/* in the bucket ${fixture.bucket} to the role, then re-run the failed jobs.`,
      ],
    );
    assert.equal(fixture.scans().length, scans);
    fixture.store.inject();
    const run = await fixture.run(shardRequest(2, { attempt: 3 }));
    assertComplete(run);
    assert.deepEqual(
      await keysUnder(fixture, `${LAYOUT.data}${shardNames(2)}`),
      run.copy.files.map(({ key }) => key),
    );
  });

  test('gives up the keys of objects that may still arrive, also over several attempts', async () => {
    await using fixture = await openScanFixture(itemsOf(120, 2_000));
    await failAtObject(fixture, 2, 6);
    const keys = fixture.store.requests
      .filter(({ operation, status }) => operation === 'PutObject' && status === 403)
      .map(({ key }) => key);
    assert.ok(keys.length > 0);
    // With other settings in run.json, the second attempt cannot resume.
    const before = Date.now();
    const runKey = `${RESUME_FOLDER}2-of-3/run.json`;
    const file = JSON.parse((await fixture.store.read(fixture.bucket, runKey)).toString());
    file.run.broken = true;
    await put(fixture, runKey, JSON.stringify(file));
    await failAtObject(fixture, 2, 3, { attempt: 2 });
    const run = await fixture.run(shardRequest(2, { attempt: 3 }));
    assertComplete(run);
    const { givenUp, lateUntil, files } = await manifestOf(fixture, 2);
    for (const key of keys) assert.ok(givenUp.includes(key), `${key} of ${givenUp.length}`);
    assert.ok(lateUntil > before);
    assert.equal(
      files.some(({ key }) => givenUp.includes(key)),
      false,
    );
  });

  test('deletes an object that arrives under the key of an abandoned object, and no other', async () => {
    await using fixture = await openScanFixture(itemsOf(60, 2_000));
    await failAtObject(fixture, 2, 4);
    const late = fixture.store.requests.findLast(({ status }) => status === 403)?.key ?? '';
    const runKey = `${RESUME_FOLDER}2-of-3/run.json`;
    const file = JSON.parse((await fixture.store.read(fixture.bucket, runKey)).toString());
    await put(fixture, runKey, JSON.stringify({ ...file, run: { ...file.run, broken: true } }));
    let isLate = false;
    fixture.source.inject(async ({ operation }) => {
      if (operation === 'Scan' && !isLate) {
        isLate = true;
        await put(fixture, late, 'late');
      }
      return undefined;
    });
    const run = await fixture.run(shardRequest(2, { attempt: 2 }));
    assertComplete(run);
    assert.deepEqual(
      await keysUnder(fixture, `${LAYOUT.data}${shardNames(2)}`),
      run.copy.files.map(({ key }) => key),
    );
    assert.ok((await manifestOf(fixture, 2)).givenUp.includes(late));
  });

  test('fails with COPY_INCOMPLETE if an object under its names is not its own, and starts over after that', async () => {
    await using fixture = await openScanFixture(itemsOf(60, 2_000));
    const stray = `${LAYOUT.data}${shardNames(2)}${'b'.repeat(23)}a.json.gz`;
    fixture.source.inject(async ({ operation }) => {
      if (operation === 'Scan') await put(fixture, stray, 'stray');
      return undefined;
    });
    const { error } = await fixture.run(shardRequest(2));
    assert.equal((error as { code?: string }).code, 'COPY_INCOMPLETE');
    fixture.source.inject();
    assertComplete(await fixture.run(shardRequest(2, { attempt: 2 })));
    assert.equal((await keysUnder(fixture, stray)).length, 0);
  });

  test('writes the same manifest as an attempt that was killed after it had stored its manifest', async () => {
    await using fixture = await openScanFixture(itemsOf(60, 2_000));
    const { store, bucket } = fixture;
    const manifestKey = `${LAYOUT.root}manifest-shard-2-of-3.json`;
    const { httpResponse: denied } = s3Error('AccessDenied', 403) as { readonly httpResponse: HttpResponse };
    // S3 stores the manifest, but the attempt receives an error.
    store.inject(({ operation, key }) =>
      operation === 'PutObject' && key === manifestKey ? { rewrite: () => denied } : undefined,
    );
    assert.notEqual((await fixture.run(shardRequest(2))).error, undefined);
    store.inject();
    const first = await store.read(bucket, manifestKey);
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: manifestKey }));
    const scans = fixture.scans().length;
    assertComplete(await fixture.run(shardRequest(2, { attempt: 2 })));
    assert.equal(fixture.scans().length, scans, 'nothing is read again');
    assert.equal((await store.read(bucket, manifestKey)).toString(), first.toString());
  });
});

suite('a shard', () => {
  for (const [what, sees] of fewOf(
    [
      [
        'read its checkpoints',
        ({ operation, key }: S3Request) => operation === 'GetObject' && key.endsWith('/run.json'),
      ],
      [
        'list its objects',
        ({ operation, query }: S3Request) =>
          operation === 'ListObjectsV2' && query.get('prefix')?.startsWith(LAYOUT.data) === true,
      ],
      [
        'write its checkpoints',
        ({ operation, key }: S3Request) => operation === 'PutObject' && key.endsWith('/run.json'),
      ],
    ] as const,
    1,
  )) {
    test(`fails if it is not authorized to ${what}`, async () => {
      await using fixture = await openScanFixture(itemsOf(5, 100));
      fixture.store.inject((request) => (sees(request) ? s3Error('AccessDenied', 403) : undefined));
      const { error } = await fixture.run(shardRequest(1));
      assert.equal((error as Error).name, 'AccessDenied');
      assert.equal(fixture.scans().length, 0);
    });
  }

  test('records that it has ended if it is not authorized to delete its checkpoints', async () => {
    await using fixture = await openScanFixture(itemsOf(5, 100));
    fixture.store.inject(({ operation }) =>
      /^DeleteObjects?$/.test(operation) ? s3Error('AccessDenied', 403) : undefined,
    );
    assertComplete(await fixture.run(shardRequest(1)));
    const run = JSON.parse((await fixture.store.read(fixture.bucket, `${RESUME_FOLDER}1-of-3/run.json`)).toString());
    assert.equal(run.ended, true, 'no step waits for it');
    assert.match(fixture.messages.map(({ message }) => message).join('\n'), /were not deleted \(s3:DeleteObject\)/);
  });

  test('fails if the store does not enforce conditional writes', async () => {
    await using fixture = await openScanFixture(itemsOf(5, 100));
    fixture.store.inject(({ operation, headers }) =>
      operation === 'PutObject' && headers['if-match'] ? s3Error('NotImplemented', 501) : undefined,
    );
    const { error } = await fixture.run(shardRequest(1));
    assert.equal((error as { code?: string }).code, 'S3_REQUEST_REJECTED');
    assert.equal(fixture.scans().length, 0);
  });
});

/** Returns the response of S3 to DeleteObjects if the role is not authorized to delete these objects. */
function notDeleted(keys: readonly string[]): Fault {
  const errors = keys.map((key) => `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>`);
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><DeleteResult>${errors.join('')}</DeleteResult>`);
  return { httpResponse: { status: 200, headers: { 'content-type': 'application/xml' }, body } };
}
