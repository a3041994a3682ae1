import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyLayout } from '../../src/manifest/layout.ts';
import { finishScan } from '../../src/scan/finish-scan.ts';
import { type ResumeContext, Resumption } from '../../src/scan/resume/resumption.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import type { ScanContext } from '../../src/scan/scan-request.ts';
import type { TransformModule } from '../../src/transform/load-transform.ts';
import { dynamoDbError, type Fault, jsonAnswer, s3Error } from '../emulators/faults.ts';
import { itemsOf, openScanBench, type Run, type ScanFixture } from './scan-fixture.ts';

/** Each of the two segments makes a multipart upload of two parts. */
const LARGE = { totalSegments: 2, compression: 'none' } as const;
const largeItems = () => itemsOf(36, 350_000);

/** The copy is none: no summary, nothing half-written, no upload that goes on costing money. */
async function assertNoCopy(bench: ScanFixture, { copy }: Run): Promise<void> {
  assert.equal(copy.stage, 'started');
  const listed = await bench.store.list(bench.bucket, copy.layout.root);
  const keys = listed.map(({ key }) => key);
  assert.deepEqual(
    keys.filter((key) => key.includes('manifest')),
    [],
  );
  assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
  assert.equal(copy.uploadsLeftOpen, 0);
  // What is there is known, so that outputs and summary can tell.
  assert.deepEqual(
    keys.filter((key) => key.includes('/data/')).toSorted(),
    copy.files.map(({ key }) => key).toSorted(),
  );
}

/** After the run is over, nobody asks for anything any more. */
async function assertQuiet({ source, store }: ScanFixture): Promise<void> {
  const count = () => source.requests.length + store.requests.length;
  // What was on its way when the run ended arrives yet.
  await sleep(50);
  const before = count();
  await sleep(80);
  assert.equal(count(), before);
}

test('where the marker cannot be written, nothing is read', async () => {
  await using bench = await openScanBench(itemsOf(3, 10));
  bench.store.inject(() => s3Error('AccessDenied', 403));
  const run = await bench.run();
  assert.equal((run.error as Error).name, 'AccessDenied');
  assert.deepEqual(bench.scans(), []);
  await assertNoCopy(bench, run);
});

test('with uploads under way', async (t) => {
  await using bench = await openScanBench(largeItems());
  const { source, store } = bench;
  const attempt = async (name: string, inject: () => void, check: (run: Run) => Promise<void>) => {
    await t.test(name, async () => {
      const aborted = store.uploads.aborted().length;
      inject();
      const run = await bench.run(LARGE);
      await check(run);
      await assertNoCopy(bench, run);
      await assertQuiet(bench);
      const refused = name.includes('CreateMultipartUpload');
      assert.equal(store.uploads.aborted().length > aborted, !refused, 'control: there was something to abort');
      source.inject();
      store.inject();
    });
  };

  await attempt(
    'a segment that fails stops the others',
    () => {
      const already = store.uploads.created().length;
      source.inject(async ({ operation, parameters }) => {
        if (operation !== 'Scan' || parameters['Segment'] !== 1 || !parameters['ExclusiveStartKey']) return undefined;
        while (store.uploads.created().length === already) await sleep(5);
        return dynamoDbError('ValidationException', 'no');
      });
    },
    async ({ error }) => assert.equal((error as Error).name, 'ValidationException'),
  );
  for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']) {
    await attempt(
      `S3 refuses ${operation}`,
      () => store.inject((request) => (request.operation === operation ? s3Error('AccessDenied', 403) : undefined)),
      async ({ error }) => assert.equal((error as Error).name, 'AccessDenied'),
    );
  }

  await t.test('S3 fails late, while a compressor still has much to hand on', async () => {
    store.inject(async ({ operation }) => {
      if (operation !== 'UploadPart') return undefined;
      await sleep(100);
      return s3Error('AccessDenied', 403);
    });
    // A module that makes bytes which cannot be compressed.
    const processModule: TransformModule = {
      path: 'noise.mjs',
      url: 'file:///noise.mjs',
      process: () => randomBytes(400_000),
      extension: 'bin',
      header: undefined,
      sha256: '',
      strayErrors: new AbortController().signal,
    };
    for (const compression of ['gzip', 'zstd'] as const) {
      const run = await bench.run({ processModule, totalSegments: 2, compression });
      assert.equal((run.error as Error).name, 'AccessDenied');
      await assertNoCopy(bench, run);
    }
    await assertQuiet(bench);
    store.inject();
  });

  await t.test('uploads that cannot be aborted are counted', async () => {
    store.inject(({ operation }) =>
      operation === 'UploadPart' || operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
    );
    const { error, copy } = await bench.run(LARGE);
    assert.equal((error as Error).name, 'AccessDenied');
    const open = await store.openUploads(bench.bucket);
    assert.ok(open.length > 0);
    assert.equal(copy.uploadsLeftOpen, open.length);
  });
});

for (const compression of ['none', 'gzip', 'zstd'] as const) {
  test(`where S3 refuses data objects in the middle, the run ends (${compression})`, async () => {
    await using bench = await openScanBench(itemsOf(24, 60_000));
    bench.store.inject(async ({ key }) => {
      if (!key.includes('/data/')) return undefined;
      await sleep(20);
      return s3Error('AccessDenied', 403);
    });
    const run = await bench.run({ totalSegments: 4, fileSize: 64 * 1024, compression });
    assert.equal((run.error as Error).name, 'AccessDenied');
    assert.deepEqual(run.copy.files, []);
    await assertNoCopy(bench, run);
    await assertQuiet(bench);
  });
}

test('a cancelled run ends soon and leaves nothing, wherever it is', async (t) => {
  await using bench = await openScanBench(largeItems());
  const operations = () => [...bench.source.requests, ...bench.store.requests].map(({ operation }) => operation);
  const moments = ['nothing', 'PutObject', 'Scan', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'];
  for (const moment of moments) {
    await t.test(`at the first ${moment}`, async () => {
      const already = operations().length;
      const stop = new AbortController();
      if (moment === 'nothing') stop.abort();
      const watch = setInterval(() => {
        // The requests to DynamoDB come first in the list, so those of this run are counted, not cut off.
        const count = operations().filter((operation) => operation === moment).length;
        if (count > counts) stop.abort();
      }, 1);
      const counts = operations().filter((operation) => operation === moment).length;
      const run = await bench.run(LARGE, { signal: stop.signal }).finally(() => clearInterval(watch));
      assert.equal((run.error as Error | undefined)?.name, 'AbortError');
      assert.equal(run.copy.stage, 'started');
      assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
      if (moment !== 'nothing') assert.ok(operations().length > already, 'control: it had begun');
      await assertQuiet(bench);
    });
  }
});

test('a scan that is told to go on where it began does not go on for ever', async () => {
  await using bench = await openScanBench(itemsOf(10, 10));
  let key: unknown;
  bench.source.inject(({ operation }) =>
    operation === 'Scan'
      ? jsonAnswer<{ LastEvaluatedKey?: unknown }>((page) => {
          key ??= page.LastEvaluatedKey;
          return { ...page, LastEvaluatedKey: key };
        })
      : undefined,
  );
  const run = await bench.run({ totalSegments: 1, scan: { request: { Limit: 2 } } });
  assert.equal((run.error as { code?: string }).code, 'PAGE_CORRUPT');
  await assertNoCopy(bench, run);
});

test('an empty copy is an error where that is asked for, and has no manifest', async () => {
  await using bench = await openScanBench([]);
  const run = await bench.run({ ifEmpty: 'error' });
  assert.equal((run.error as { code?: string }).code, 'EMPTY_COPY');
  await assertNoCopy(bench, run);
  for (const ifEmpty of ['warn', 'ignore'] as const) assert.equal((await bench.run({ ifEmpty })).error, undefined);
});

const NOW = Date.now() / 1_000;

for (const [name, change, code] of [
  ['another id', { TableId: 'other' }, 'TABLE_RECREATED'],
  ['another time of creation', { CreationDateTime: NOW + 1 }, 'TABLE_RECREATED'],
  ['no id any more', { TableId: undefined }, 'TABLE_RECREATED'],
  ['a status that says it goes', { TableStatus: 'DELETING' }, 'TABLE_NOT_READY'],
  ['nothing changed', {}, undefined],
  ['what may change meanwhile', { ItemCount: 99, TableStatus: 'UPDATING', TableSizeBytes: 7 }, undefined],
] as const) {
  test(`a table that has ${name} in the end: ${code ?? 'the same table'}`, async () => {
    await using bench = await openScanBench(itemsOf(3, 10));
    bench.source.inject(({ operation }, nth): Fault | undefined => {
      if (operation !== 'DescribeTable') return undefined;
      return jsonAnswer<{ Table: object }>(({ Table }) => ({
        Table: { ...Table, TableId: 'id', CreationDateTime: NOW, ...(nth > 1 && change) },
      }));
    });
    const run = await bench.run();
    assert.equal((run.error as { code?: string } | undefined)?.code, code);
    if (code) await assertNoCopy(bench, run);
    else assert.equal(run.copy.stage, 'complete');
  });
}

test('a table that is gone in the end', async () => {
  await using bench = await openScanBench(itemsOf(3, 10));
  bench.source.inject(({ operation }, nth) =>
    operation === 'DescribeTable' && nth > 1 ? dynamoDbError('ResourceNotFoundException') : undefined,
  );
  const run = await bench.run();
  assert.equal((run.error as Error).name, 'ResourceNotFoundException');
  await assertNoCopy(bench, run);
});

test('a copy of which something is missing is never finished', async () => {
  const file = { itemCount: 5, md5: '', etag: '', key: '', size: 10 };
  const resumption = new Resumption(undefined, {} as ResumeContext);
  const records = [
    { segments: { total: 2, done: 1, workers: 1 }, itemCount: 5, files: [file] },
    { segments: { total: 2, done: 3, workers: 1 }, itemCount: 5, files: [file] },
    { segments: { total: 2, done: 2, workers: 1 }, itemCount: 6, files: [file] },
    { segments: { total: 2, done: 2, workers: 1 }, itemCount: 5, files: [] },
    { segments: { total: 2, done: 2, workers: 1 }, itemCount: 5, files: [file, file] },
    { segments: { total: 2, done: 2, workers: 1 }, itemCount: 5, files: [file], sizeBytes: 11 },
  ];
  const identity = { exportId: 'id', layout: copyLayout('', 'id'), snapshotTime: new Date() };
  for (const change of records) {
    const progress = new ScanProgress();
    Object.defineProperty(progress, 'figures', { value: { ...progress.figures, sizeBytes: 10, ...change } });
    // It fails before it asks the request for anything.
    const copy = { request: {}, identity, progress, resumption, signal: new AbortController().signal } as ScanContext;
    const finished = finishScan(copy, {} as never);
    await assert.rejects(finished, { code: 'COPY_INCOMPLETE' }, JSON.stringify(change));
    assert.notEqual(progress.state.stage, 'complete');
  }
});
