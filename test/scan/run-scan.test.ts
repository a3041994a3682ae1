import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { FORMATS, type FormatName } from '../../src/format/formats.ts';
import { manifestFiles } from '../../src/manifest/manifests.ts';
import { COMPRESSIONS, type Compression } from '../../src/s3/compression.ts';
import { SegmentLog } from '../../src/scan/segment-log.ts';
import type { TransformModule } from '../../src/transform/load-transform.ts';
import { ACTION } from '../../src/version.ts';
import { jsonAnswer } from '../emulators/faults.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { copiedObjects, itemsIn, itemsOf, manifestKeyOf, OWNER, openScanBench } from './scan-fixture.ts';

const MANIFESTS = [
  'manifest-files.md5',
  'manifest-files.json',
  'manifest-copy.json',
  'manifest-summary.md5',
  'manifest-summary.json',
];

test('a small table is read by one Scan, into one object, between the marker and the manifests', async () => {
  await using bench = await openScanBench(itemsOf(10, 100));
  const { source, store, bucket, table } = bench;
  const before = Date.now();
  const { copy, error } = await bench.run();
  assert.equal(error, undefined);

  assert.deepEqual(bench.scans(), [{ TableName: table, ReturnConsumedCapacity: 'TOTAL' }]);
  const objects = await copiedObjects(bench, copy);
  assert.equal(objects.length, 1);
  assertSameItems(itemsIn(objects), await source.readItems(table));

  const { exportId, layout } = copy;
  assert.match(exportId, /^\d{14}-[0-9a-f]{8}$/);
  assert.equal(layout.root, `backups/AWSDynamoDB/${exportId}/`);
  const [object] = objects;
  assert.match(object?.key ?? '', /^backups\/AWSDynamoDB\/[^/]+\/data\/[a-z2-7]{26}\.json\.gz$/);
  assert.deepEqual(
    store.requests.map(({ operation, key, headers }) => [operation, key, headers['x-amz-meta-kind']]),
    [
      ['PutObject', `${layout.root}_started`, 'marker'],
      ['PutObject', object?.key, 'data'],
      ['ListObjectsV2', '', undefined],
      ...MANIFESTS.map((name) => ['PutObject', `${layout.root}${name}`, 'manifest']),
    ],
  );
  for (const { headers } of store.requests) assert.equal(headers['x-amz-expected-bucket-owner'], OWNER);
  assert.equal((await store.read(bucket, `${layout.root}_started`)).length, 0);

  const { snapshotTime, consumedReadCapacity, ...rest } = copy;
  const started = snapshotTime.getTime();
  assert.ok(started >= before && started <= Date.now());
  assert.equal(Number(exportId.slice(0, 14)), started);
  assert.ok(consumedReadCapacity > 0);
  const [listed] = await store.list(bucket, layout.data);
  assert.deepEqual(rest, {
    engine: 'scan',
    stage: 'complete',
    exportId,
    layout,
    manifestKey: layout.manifestSummary,
    files: [
      {
        itemCount: 10,
        md5: createHash('md5')
          .update(object?.stored ?? '')
          .digest('base64'),
        etag: listed?.etag,
        key: object?.key,
        size: object?.stored.length,
      },
    ],
    itemCount: 10,
    droppedCount: 0,
    scannedCount: 10,
    uncompressedBytes: object?.content.length,
    sizeBytes: object?.stored.length,
    readCapacityCap: undefined,
    throttledRequests: 0,
    segments: { total: 1, done: 1, workers: 1 },
    // Read in one piece: there are no segments to tell of.
    segmentLog: new SegmentLog(),
    uploadsLeftOpen: 0,
  });
});

test('the manifests say what the copy is', async () => {
  await using bench = await openScanBench(itemsOf(3, 10));
  const { store, bucket, source } = bench;
  const TableId = '11991185-e7ab-4da5-8bab-03f0db0b7bfd';
  const TableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/Orders';
  source.inject(({ operation }) =>
    operation === 'DescribeTable'
      ? jsonAnswer<{ Table: object }>(({ Table }) => ({ Table: { ...Table, TableId, TableArn } }))
      : undefined,
  );
  const { copy } = await bench.run({ scan: { request: { ConsistentRead: true } } });
  const read = async (key = '') => (await store.read(bucket, key)).toString();
  const { layout, exportId, snapshotTime } = copy;
  const summaryText = await read(layout.manifestSummary);
  const { endTime, ...summary } = JSON.parse(summaryText) as Record<string, unknown>;
  const startTime = snapshotTime.toISOString();
  assert.ok(Date.parse(String(endTime)) >= Number(snapshotTime));
  assert.deepEqual(summary, {
    version: '2020-06-30',
    exportArn: `${TableArn}/export/${exportId}`,
    startTime,
    tableArn: TableArn,
    tableId: TableId,
    exportTime: startTime,
    s3Bucket: bucket,
    s3Prefix: 'backups',
    s3SseAlgorithm: null,
    s3SseKmsKeyId: null,
    manifestFilesS3Key: layout.manifestFiles,
    billedSizeBytes: 0,
    itemCount: 3,
    outputFormat: 'DYNAMODB_JSON',
    exportType: 'FULL_EXPORT',
  });
  assert.equal(await read(layout.manifestFiles), manifestFiles(copy.files).toString());
  for (const [json, md5] of [
    [layout.manifestFiles, layout.manifestFilesMd5],
    [layout.manifestSummary, layout.manifestSummaryMd5],
  ]) {
    assert.equal(
      await read(md5),
      createHash('md5')
        .update(await read(json))
        .digest('base64'),
    );
  }
  assert.deepEqual(JSON.parse(await read(layout.manifestCopy)), {
    engine: 'scan',
    action: `${ACTION.name}@${ACTION.version}`,
    runUrl: 'https://github.com/o/r/actions/runs/42',
    scope: 'table',
    narrowedBy: [],
    consistentRead: true,
    processFuncSha256: null,
    outputFormat: 'DYNAMODB_JSON',
    compression: 'gzip',
    startTime,
    endTime,
    totalSegments: 1,
    itemCount: 3,
    droppedCount: 0,
    scannedCount: 3,
    fileCount: 1,
    sizeBytes: copy.sizeBytes,
    uncompressedBytes: copy.uncompressedBytes,
    consumedReadCapacity: copy.consumedReadCapacity,
    listing: 'verified',
  });
});

test('the encryption in the summary is what S3 says of the marker', async (t) => {
  const cases = [
    ['AES256', undefined, 'AES256', null],
    ['aws:kms', 'arn:key', 'KMS', 'arn:key'],
    ['aws:kms:dsse', 'arn:key', 'KMS', 'arn:key'],
  ] as const;
  await using bench = await openScanBench([]);
  for (const [told, key, algorithm, keyId] of cases) {
    await t.test(told, async () => {
      bench.store.inject((request) =>
        request.key.endsWith('_started')
          ? {
              rewrite: (answer) => ({
                ...answer,
                headers: {
                  ...answer.headers,
                  'x-amz-server-side-encryption': told,
                  ...(key && { 'x-amz-server-side-encryption-aws-kms-key-id': key }),
                },
              }),
            }
          : undefined,
      );
      const { copy } = await bench.run();
      const summary = JSON.parse(String(await bench.store.read(bench.bucket, manifestKeyOf(copy)))) as object;
      assert.deepEqual(Object.entries(summary).slice(9, 11), [
        ['s3SseAlgorithm', algorithm],
        ['s3SseKmsKeyId', keyId],
      ]);
    });
  }
});

test('an empty table is one Scan, no object, and a summary of nothing', async () => {
  await using bench = await openScanBench([]);
  const { copy, error } = await bench.run();
  assert.equal(error, undefined);
  assert.equal(bench.scans().length, 1);
  assert.deepEqual(copy.files, []);
  assert.deepEqual(copy.segments, { total: 1, done: 1, workers: 1 });
  const keys = (await bench.store.list(bench.bucket)).map(({ key }) => key.slice(copy.layout.root.length));
  assert.deepEqual(keys, ['_started', ...MANIFESTS].toSorted());
  assert.equal((await bench.store.read(bench.bucket, copy.layout.manifestFiles)).length, 0);
  const summary = JSON.parse(String(await bench.store.read(bench.bucket, manifestKeyOf(copy)))) as object;
  assert.equal((summary as { itemCount?: number }).itemCount, 0);
});

test('a table of several pages is copied whole by any number of segments', async (t) => {
  await using bench = await openScanBench(itemsOf(60, 50_000));
  const expected = await bench.source.readItems(bench.table);
  for (const [totalSegments, total, probes] of [
    [1, 1, 0],
    [16, 16, 0],
    [200, 200, 0],
    // The table was made just now: its size may be late.
    ['auto', 16, 1],
  ] as const) {
    await t.test(`${totalSegments}`, async () => {
      const scansBefore = bench.scans().length;
      const { copy, error } = await bench.run({ totalSegments });
      assert.equal(error, undefined);
      const objects = await copiedObjects(bench, copy);
      assertSameItems(itemsIn(objects), expected);

      const scans = bench.scans().slice(scansBefore);
      const whole = scans.filter(({ TotalSegments }) => TotalSegments === undefined).length;
      if (total === 1) {
        assert.ok(scans.length > 2, `${scans.length}`);
        assert.equal(whole, scans.length);
      } else {
        assert.equal(whole, probes);
        const segments = new Set(scans.slice(probes).map(({ Segment }) => Segment));
        assert.deepEqual([...segments].toSorted(), Array.from({ length: total }, (_, i) => i).toSorted());
        assert.ok(scans.slice(probes).every(({ TotalSegments }) => TotalSegments === total));
      }
      assert.deepEqual(copy.segments, { total, done: total, workers: Math.min(total, 32) });
      assert.ok(copy.files.length <= total, 'a segment without items has no object');

      // What the copy adds up is what is there.
      const sum = (count: (object: (typeof objects)[number]) => number) =>
        objects.reduce((all, object) => all + count(object), 0);
      assert.equal(copy.itemCount, 60);
      assert.equal(
        copy.sizeBytes,
        sum(({ stored }) => stored.length),
      );
      assert.equal(
        copy.uncompressedBytes,
        sum(({ content }) => content.length),
      );
      for (const [i, { itemCount, md5 }] of copy.files.entries()) {
        assert.equal(itemCount, objects[i]?.lines.length);
        assert.equal(
          md5,
          createHash('md5')
            .update(objects[i]?.stored ?? '')
            .digest('base64'),
        );
      }
    });
  }
});

test('an object ends with the page with which it reaches file-size', async () => {
  await using bench = await openScanBench(itemsOf(40, 1_000));
  const request = { Limit: 3 };
  const { copy } = await bench.run({ totalSegments: 1, fileSize: 10_000, scan: { request } });
  const written = bench.store.requests.map(({ key }) => key);
  const copied = await copiedObjects(bench, copy);
  const objects = copied.toSorted((a, b) => written.indexOf(a.key) - written.indexOf(b.key));
  assertSameItems(itemsIn(objects), await bench.source.readItems(bench.table));
  // A page is a little more than 3,000 bytes: four make an object, and 40 items make 14 pages.
  assert.deepEqual(
    objects.map(({ lines }) => lines.length),
    [12, 12, 12, 4],
  );
  for (const { content } of objects.slice(0, -1)) assert.ok(content.length >= 10_000 && content.length < 14_000);
  const keys = itemsIn(objects).map((item) => JSON.stringify(item['pk']));
  assert.equal(new Set(keys).size, 40);
});

test('a page that holds nothing, or nothing that a filter lets through, is not the end', async () => {
  await using bench = await openScanBench(itemsOf(20, 10));
  const request = {
    FilterExpression: 'pk = :wanted',
    ExpressionAttributeValues: { ':wanted': { S: 'item-7' } },
    Limit: 1,
  };
  const { copy, error } = await bench.run({ totalSegments: 2, scan: { request }, scope: 'subset' });
  assert.equal(error, undefined);
  assert.ok(bench.scans().length > 20);
  assert.deepEqual(
    itemsIn(await copiedObjects(bench, copy)).map(({ pk }) => pk),
    [{ S: 'item-7' }],
  );
  assert.equal(copy.itemCount, 1);
  assert.equal(copy.scannedCount, 20);
  assert.equal(copy.files.length, 1);
  const manifestCopy = JSON.parse(String(await bench.store.read(bench.bucket, copy.layout.manifestCopy))) as object;
  assert.deepEqual(Object.entries(manifestCopy).slice(3, 5), [
    ['scope', 'subset'],
    ['narrowedBy', ['FilterExpression']],
  ]);
  assert.doesNotMatch(JSON.stringify(manifestCopy), /wanted|item-7|pk/, 'names of parameters, never what is in them');
});

test('the shares of a matrix are the table, each item once', async () => {
  await using bench = await openScanBench(itemsOf(50, 100));
  const items = [];
  for (let segment = 0; segment < 3; segment += 1) {
    const scan = { request: {}, shard: { segment, totalSegments: 3 } };
    const { copy, error } = await bench.run({ scan, scope: 'subset', cores: 1 + segment });
    assert.equal(error, undefined);
    assert.equal(copy.segments.total, 16);
    items.push(...itemsIn(await copiedObjects(bench, copy)));
  }
  assertSameItems(items, await bench.source.readItems(bench.table));
});

test('from a start key on', async () => {
  await using bench = await openScanBench(itemsOf(30, 10));
  const all = await bench.source.readItems(bench.table);
  const tenth = (all[9] ?? assert.fail('there are thirty'))['pk'] as { S: string };
  const { copy } = await bench.run({
    scan: { request: {}, startKey: { pk: tenth } },
  });
  assert.deepEqual(bench.scans()[0]?.['ExclusiveStartKey'], { pk: tenth });
  assertSameItems(itemsIn(await copiedObjects(bench, copy)), all.slice(10));
});

for (const format of Object.keys(FORMATS) as FormatName[]) {
  for (const compression of Object.keys(COMPRESSIONS) as Compression[]) {
    test(`${format} with ${compression}`, async () => {
      await using bench = await openScanBench(itemsOf(5, 10));
      const { copy, error } = await bench.run({ format, compression });
      assert.equal(error, undefined);
      const [object] = await copiedObjects(bench, copy);
      const extension = `.${FORMATS[format].extension}${COMPRESSIONS[compression].extension}`;
      assert.ok(object?.key.endsWith(extension), object?.key);
      assert.equal(object?.lines.length, 5);
      const start = { DYNAMODB_JSON: '{"Item":{"', JSON: '{"', ION: '$ion_1_0 {Item:{' }[format];
      for (const line of object.lines) assert.ok(line.startsWith(start) && line.includes('item-'), line);
      if (format === 'JSON') assert.ok(!object.lines.some((line) => line.startsWith('{"Item"')));
      const summary = JSON.parse(String(await bench.store.read(bench.bucket, manifestKeyOf(copy)))) as object;
      assert.equal((summary as { outputFormat?: string }).outputFormat, format);
    });
  }
}

test('what a process-func makes of the items is written instead of them, with its header in each object', async () => {
  await using bench = await openScanBench(itemsOf(10, 10));
  const processModule: TransformModule = {
    path: 'csv.mjs',
    url: 'file:///csv.mjs',
    process: (item, { segment, runId }) => {
      const n = Number(item['n']);
      return n % 2 === 0 ? null : `${n},${segment},${runId}\n`;
    },
    extension: 'csv',
    header: Buffer.from('n,segment,run\n'),
    sha256: 'abc',
    strayErrors: new AbortController().signal,
  };
  // Several pages an object, of which only the first comes after the header.
  const scan = { request: { Limit: 2 } };
  const { copy, error } = await bench.run({ processModule, scan, totalSegments: 2, compression: 'none' });
  assert.equal(error, undefined);
  const objects = await copiedObjects(bench, copy);
  const rows = objects.flatMap(({ key, lines: [header, ...lines] }) => {
    assert.match(key, /\.csv$/);
    assert.equal(header, 'n,segment,run');
    return lines;
  });
  assert.deepEqual(rows.map((row) => row.replace(/,[01],42$/, '')).toSorted(), ['1', '3', '5', '7', '9']);
  assert.equal(copy.itemCount, 5);
  assert.equal(copy.droppedCount, 5);
  assert.equal(
    copy.uncompressedBytes,
    objects.reduce((sum, { content }) => sum + content.length, 0),
  );
});

test('an error that a process-func leaves to nobody fails the copy, and once all items are stored is told', async (t) => {
  await using bench = await openScanBench(itemsOf(10, 10));
  const moduleWith = (strayErrors: AbortSignal): TransformModule => ({
    path: 'a.mjs',
    url: 'file:///a.mjs',
    process: (item) => `${item['n']}\n`,
    extension: 'txt',
    header: undefined,
    sha256: 'abc',
    strayErrors,
  });
  const reason = new CopyError('PROCESS_FUNC_FAILED', 'A timer threw.', 'Catch it.');
  await t.test('while items are stored', async () => {
    const stray = new AbortController();
    bench.store.inject(({ key }) => {
      if (key.includes('/data/')) stray.abort(reason);
      return undefined;
    });
    const { copy, error } = await bench.run({ processModule: moduleWith(stray.signal) });
    assert.equal(error, reason);
    assert.equal(copy.stage, 'started');
  });
  await t.test('while the manifests are', async () => {
    const stray = new AbortController();
    bench.store.inject(({ key }) => {
      if (key.endsWith('manifest-copy.json')) stray.abort(reason);
      return undefined;
    });
    const { copy, error } = await bench.run({ processModule: moduleWith(stray.signal) });
    assert.equal(error, undefined);
    assert.equal(copy.stage, 'complete');
    assert.deepEqual(
      bench.said.filter(({ kind }) => kind === 'warning').map(({ message }) => message),
      ['A timer threw. All items had already been stored.'],
    );
  });
});

test('a file-size that would make too many objects is raised, with a notice', async () => {
  await using bench = await openScanBench(itemsOf(30, 50_000));
  const target = { kind: 'table', sizeBytes: 1e13, itemCount: 1e9 } as const;
  const { copy, error } = await bench.run({ target, fileSize: 64 * 1024, totalSegments: 4 });
  assert.equal(error, undefined);
  const [notice] = bench.said.filter(({ kind }) => kind === 'notice');
  assert.match(notice?.message ?? '', /file-size is increased to 250025003 bytes/);
  assert.ok(copy.files.length <= 4);
});

test('memory per run is a pool: a table of many objects in many segments warns of no leak', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error) => void warnings.push(warning);
  process.on('warning', listen);
  await using bench = await openScanBench(itemsOf(100, 1_000));
  const { copy } = await bench.run({ totalSegments: 64, fileSize: 1, scan: { request: { Limit: 1 } }, cores: 4 });
  assert.equal(copy.files.length, 100);
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('warning', listen);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [],
  );
});
