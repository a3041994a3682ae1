import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { FORMATS, type FormatName } from '../../src/format/formats.ts';
import { manifestFiles } from '../../src/manifest/manifests.ts';
import { COMPRESSIONS, type Compression } from '../../src/s3/compression.ts';
import { SegmentLog } from '../../src/scan/scan-progress.ts';
import type { TransformModule } from '../../src/transform/load-transform.ts';
import { ACTION } from '../../src/version.ts';
import { type HttpResponse, jsonResponse } from '../emulators/faults.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { fewOf } from '../run/effort.ts';
import {
  type CopiedObject,
  copiedObjects,
  itemsIn,
  itemsOf,
  manifestKeyOf,
  OWNER,
  openScanFixture,
  type Run,
  type ScanFixture,
} from './scan-fixture.ts';

const MANIFESTS = [
  'manifest-files.md5',
  'manifest-files.json',
  'manifest-copy.json',
  'manifest-table.json',
  'manifest-summary.md5',
  'manifest-sha256.txt',
  'manifest-summary.json',
];

const md5 = (bytes: Buffer | string = '') => createHash('md5').update(bytes).digest('base64');
const sha256 = (bytes: Buffer | string = '') => createHash('sha256').update(bytes).digest('hex');

async function readText({ store, bucket }: ScanFixture, key: string): Promise<string> {
  return (await store.read(bucket, key)).toString();
}

async function readJson(fixture: ScanFixture, key: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readText(fixture, key)) as Record<string, unknown>;
}

suite('a copy of a small table', () => {
  test('is read by one Scan and stored in one data object', async () => {
    await using fixture = await openScanFixture(itemsOf(10, 100));
    const { copy, error } = await fixture.run();
    assert.equal(error, undefined);
    assert.deepEqual(fixture.scans(), [{ TableName: fixture.table, ReturnConsumedCapacity: 'TOTAL' }]);
    const objects = await copiedObjects(fixture, copy);
    assert.equal(objects.length, 1);
    assert.match(objects[0]?.key ?? '', /^backups\/AWSDynamoDB\/[^/]+\/data\/[a-z2-7]{26}\.json\.gz$/);
    assertSameItems(itemsIn(objects), await fixture.source.readItems(fixture.table));
  });

  test('is written in the order marker, data object, manifests, each with the expected bucket owner', async () => {
    await using fixture = await openScanFixture(itemsOf(10, 100));
    const { store, bucket } = fixture;
    const { copy } = await fixture.run();
    const { root } = copy.layout;
    assert.deepEqual(
      store.requests.map(({ operation, key, headers }) => [operation, key, headers['x-amz-meta-kind']]),
      [
        ['PutObject', `${root}_started`, 'marker'],
        ['PutObject', copy.files[0]?.key, 'data'],
        ['ListObjectsV2', '', undefined],
        ...MANIFESTS.map((name) => ['PutObject', `${root}${name}`, 'manifest']),
      ],
    );
    for (const { headers } of store.requests) assert.equal(headers['x-amz-expected-bucket-owner'], OWNER);
    assert.equal((await store.read(bucket, `${root}_started`)).length, 0);
  });

  test('has an export ID with its start time, and consumes read capacity', async () => {
    await using fixture = await openScanFixture(itemsOf(10, 100));
    const startedAfter = Date.now();
    const { copy } = await fixture.run();
    assert.match(copy.exportId, /^\d{14}-[0-9a-f]{8}$/);
    assert.equal(copy.layout.root, `backups/AWSDynamoDB/${copy.exportId}/`);
    const started = copy.snapshotTime.getTime();
    assert.ok(started >= startedAfter && started <= Date.now());
    assert.equal(Number(copy.exportId.slice(0, 14)), started);
    assert.ok(copy.consumedReadCapacity > 0);
  });

  test('returns its files, its counts and its manifest key', async () => {
    await using fixture = await openScanFixture(itemsOf(10, 100));
    const { copy } = await fixture.run();
    assert.ok(copy.stage === 'complete');
    const [object] = await copiedObjects(fixture, copy);
    const { snapshotTime: _, consumedReadCapacity: __, exportId, layout, checksums, ...rest } = copy;
    const [listed] = await fixture.store.list(fixture.bucket, layout.data);
    const size = object?.stored.length;
    const hashes = { md5: md5(object?.stored), sha256: sha256(object?.stored) };
    assert.deepEqual(rest, {
      engine: 'scan',
      stage: 'complete',
      manifestKey: `backups/AWSDynamoDB/${exportId}/manifest-summary.json`,
      files: [{ itemCount: 10, ...hashes, etag: listed?.etag, key: object?.key, size }],
      itemCount: 10,
      droppedCount: 0,
      scannedCount: 10,
      uncompressedBytes: object?.content.length,
      sizeBytes: size,
      readLimit: undefined,
      throttledRequests: 0,
      segments: { total: 1, done: 1, workers: 1 },
      // A table that is read by a single Scan has no segments to log.
      segmentLog: new SegmentLog(),
      uploadsLeftOpen: 0,
    });
    assert.equal(checksums.toString(), await readText(fixture, layout.manifestChecksums));
  });
});

suite('the manifests of a copy', () => {
  const TableId = '11991185-e7ab-4da5-8bab-03f0db0b7bfd';
  const TableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/Orders';

  /** Copies a table of three items, with this ID and ARN, with consistent reads. */
  async function copyOrders(fixture: ScanFixture) {
    fixture.source.inject(({ operation }) =>
      operation === 'DescribeTable'
        ? jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, TableId, TableArn } }))
        : undefined,
    );
    const { copy } = await fixture.run({ scan: { request: { ConsistentRead: true } } });
    assert.ok(copy.stage === 'complete');
    return copy;
  }

  test('include a manifest-summary.json with the members of a DynamoDB export', async () => {
    await using fixture = await openScanFixture(itemsOf(3, 10));
    const { layout, exportId, snapshotTime } = await copyOrders(fixture);
    const { endTime, ...summary } = await readJson(fixture, layout.manifestSummary);
    const startTime = snapshotTime.toISOString();
    assert.ok(Date.parse(String(endTime)) >= Number(snapshotTime));
    assert.deepEqual(summary, {
      version: '2020-06-30',
      exportArn: `${TableArn}/export/${exportId}`,
      startTime,
      tableArn: TableArn,
      tableId: TableId,
      exportTime: startTime,
      s3Bucket: fixture.bucket,
      s3Prefix: 'backups',
      s3SseAlgorithm: null,
      s3SseKmsKeyId: null,
      manifestFilesS3Key: layout.manifestFiles,
      billedSizeBytes: 0,
      itemCount: 3,
      outputFormat: 'DYNAMODB_JSON',
      exportType: 'FULL_EXPORT',
    });
  });

  test('include a manifest-files.json with its files, and the MD5 of both', async () => {
    await using fixture = await openScanFixture(itemsOf(3, 10));
    const { layout, files } = await copyOrders(fixture);
    const read = (key: string) => readText(fixture, key);
    assert.equal(await read(layout.manifestFiles), manifestFiles(files).toString());
    assert.equal(await read(layout.manifestFilesMd5), md5(await read(layout.manifestFiles)));
    assert.equal(await read(layout.manifestSummaryMd5), md5(await read(layout.manifestSummary)));
  });

  test('include a manifest-sha256.txt with the SHA-256 of the data object and of every other manifest', async () => {
    await using fixture = await openScanFixture(itemsOf(3, 10));
    const { layout, files, checksums } = await copyOrders(fixture);
    const names = MANIFESTS.filter((name) => name !== 'manifest-sha256.txt').toSorted();
    const keys = [files[0]?.key ?? '', ...names.map((name) => `${layout.root}${name}`)];
    const lines = await Promise.all(
      keys.map(async (key) => {
        const content = await fixture.store.read(fixture.bucket, key);
        return `${sha256(content)}  ${key.slice(layout.root.length)}\n`;
      }),
    );
    assert.equal(await readText(fixture, layout.manifestChecksums), lines.join(''));
    assert.equal(checksums.toString(), lines.join(''));
  });

  test('include a manifest-sha256.txt that sha256sum accepts in the folder of a downloaded copy, unless a byte differs', async () => {
    await using fixture = await openScanFixture(itemsOf(60, 50_000));
    const { layout, files } = await copyOrders(fixture);
    using folder = mkdtempDisposableSync(join(tmpdir(), 'copy-'));
    mkdirSync(join(folder.path, 'data'));
    const keys = (await fixture.store.list(fixture.bucket, layout.root)).map(({ key }) => key);
    for (const key of keys) {
      writeFileSync(join(folder.path, key.slice(layout.root.length)), await fixture.store.read(fixture.bucket, key));
    }
    const check = () =>
      spawnSync('sha256sum', ['--check', '--strict', 'manifest-sha256.txt'], { cwd: folder.path, encoding: 'utf8' });
    const { status, stdout } = check();
    assert.equal(status, 0, stdout);
    assert.equal(stdout.match(/: OK$/gm)?.length, keys.length - 2, 'every object except the marker and the list');

    const damaged = (files[0]?.key ?? '').slice(layout.root.length);
    const bytes = readFileSync(join(folder.path, damaged));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(join(folder.path, damaged), bytes);
    const afterDamage = check();
    assert.equal(afterDamage.status, 1);
    assert.deepEqual(afterDamage.stdout.match(/.+(?=: FAILED)/g), [damaged]);
  });

  test('include a manifest-copy.json with the parameters and the counts of the copy', async () => {
    await using fixture = await openScanFixture(itemsOf(3, 10));
    const copy = await copyOrders(fixture);
    const { endTime } = await readJson(fixture, copy.layout.manifestSummary);
    assert.deepEqual(await readJson(fixture, copy.layout.manifestCopy), {
      engine: 'scan',
      action: `${ACTION.name}@${ACTION.version}`,
      runUrl: 'https://github.com/o/r/actions/runs/42',
      scope: 'table',
      narrowedBy: [],
      consistentRead: true,
      processFuncSha256: null,
      outputFormat: 'DYNAMODB_JSON',
      compression: 'gzip',
      startTime: copy.snapshotTime.toISOString(),
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
      checksumsFile: 'manifest-sha256.txt',
    });
  });

  for (const [encryption, keyHeaders, algorithm, keyId] of [
    ['AES256', {}, 'AES256', null],
    ['aws:kms', { 'x-amz-server-side-encryption-aws-kms-key-id': 'arn:key' }, 'KMS', 'arn:key'],
    ['aws:kms:dsse', { 'x-amz-server-side-encryption-aws-kms-key-id': 'arn:key' }, 'KMS', 'arn:key'],
  ] as const) {
    test(`report s3SseAlgorithm ${algorithm} if S3 encrypts the marker with ${encryption}`, async () => {
      await using fixture = await openScanFixture([]);
      const rewrite = (response: HttpResponse) => ({
        ...response,
        headers: { ...response.headers, 'x-amz-server-side-encryption': encryption, ...keyHeaders },
      });
      fixture.store.inject(({ key }) => (key.endsWith('_started') ? { rewrite } : undefined));
      const { copy } = await fixture.run();
      assert.deepEqual(Object.entries(await readJson(fixture, manifestKeyOf(copy))).slice(9, 11), [
        ['s3SseAlgorithm', algorithm],
        ['s3SseKmsKeyId', keyId],
      ]);
    });
  }
});

test('a copy of an empty table makes one Scan and writes manifests, but no data object', async () => {
  await using fixture = await openScanFixture([]);
  const { copy, error } = await fixture.run();
  assert.equal(error, undefined);
  assert.equal(fixture.scans().length, 1);
  assert.deepEqual(copy.files, []);
  assert.deepEqual(copy.segments, { total: 1, done: 1, workers: 1 });
  const keys = (await fixture.store.list(fixture.bucket)).map(({ key }) => key.slice(copy.layout.root.length));
  assert.deepEqual(keys, ['_started', ...MANIFESTS].toSorted());
  assert.equal((await fixture.store.read(fixture.bucket, copy.layout.manifestFiles)).length, 0);
  assert.equal((await readJson(fixture, manifestKeyOf(copy)))['itemCount'], 0);
});

suite('a table of several pages', () => {
  let fixture: ScanFixture;
  before(async () => {
    fixture = await openScanFixture(itemsOf(60, 50_000));
  });
  after(() => fixture[Symbol.asyncDispose]());

  /** Copies the table, asserts that the copy has all items and correct counts, and returns its Scans. */
  async function scansOf(totalSegments: number | 'auto', total: number) {
    const scansBefore = fixture.scans().length;
    const { copy, error } = await fixture.run({ totalSegments });
    assert.equal(error, undefined);
    const objects = await copiedObjects(fixture, copy);
    assertSameItems(itemsIn(objects), await fixture.source.readItems(fixture.table));
    assert.deepEqual(copy.segments, { total, done: total, workers: Math.min(total, 32) });
    assert.ok(copy.files.length <= total, 'a segment without items has no object');
    assertCounts(copy, objects);
    return fixture.scans().slice(scansBefore);
  }

  function assertCounts(copy: Run['copy'], objects: readonly CopiedObject[]): void {
    const bytes = (of: (object: CopiedObject) => Buffer) => objects.reduce((sum, object) => sum + of(object).length, 0);
    assert.equal(copy.itemCount, 60);
    assert.equal(
      copy.sizeBytes,
      bytes(({ stored }) => stored),
    );
    assert.equal(
      copy.uncompressedBytes,
      bytes(({ content }) => content),
    );
    assert.deepEqual(
      copy.files.map((file) => [file.itemCount, file.md5, file.sha256]),
      objects.map(({ lines, stored }) => [lines.length, md5(stored), sha256(stored)]),
    );
  }

  test('is copied completely without segments if total-segments is 1', async () => {
    const scans = await scansOf(1, 1);
    assert.ok(scans.length > 2, `${scans.length}`);
    for (const { TotalSegments } of scans) assert.equal(TotalSegments, undefined);
  });

  for (const [totalSegments, total, probes] of fewOf(
    [
      [16, 16, 0],
      [200, 200, 0],
      // The table was just created, so its size may be stale.
      ['auto', 16, 1],
    ] as const,
    2,
  )) {
    test(`is copied completely in ${total} segments if total-segments is ${totalSegments}`, async () => {
      const scans = await scansOf(totalSegments, total);
      assert.equal(scans.filter(({ TotalSegments }) => TotalSegments === undefined).length, probes);
      const segments = new Set(scans.slice(probes).map(({ Segment }) => Segment));
      assert.deepEqual([...segments].toSorted(), Array.from({ length: total }, (_, i) => i).toSorted());
      assert.ok(scans.slice(probes).every(({ TotalSegments }) => TotalSegments === total));
    });
  }
});

test('a data object ends with the page that reaches file-size', async () => {
  await using fixture = await openScanFixture(itemsOf(40, 1_000));
  const request = { Limit: 3 };
  const { copy } = await fixture.run({ totalSegments: 1, fileSize: 10_000, scan: { request } });
  const written = fixture.store.requests.map(({ key }) => key);
  const copied = await copiedObjects(fixture, copy);
  const objects = copied.toSorted((a, b) => written.indexOf(a.key) - written.indexOf(b.key));
  assertSameItems(itemsIn(objects), await fixture.source.readItems(fixture.table));
  // A page is a little more than 3,000 bytes: an object has four pages, and 40 items are 14 pages.
  assert.deepEqual(
    objects.map(({ lines }) => lines.length),
    [12, 12, 12, 4],
  );
  for (const { content } of objects.slice(0, -1)) assert.ok(content.length >= 10_000 && content.length < 14_000);
  const keys = itemsIn(objects).map((item) => JSON.stringify(item['pk']));
  assert.equal(new Set(keys).size, 40);
});

test('a scan continues after an empty page and after a page without matches of the filter', async () => {
  await using fixture = await openScanFixture(itemsOf(20, 10));
  const request = {
    FilterExpression: 'pk = :wanted',
    ExpressionAttributeValues: { ':wanted': { S: 'item-7' } },
    Limit: 1,
  };
  const { copy, error } = await fixture.run({ totalSegments: 2, scan: { request }, scope: 'subset' });
  assert.equal(error, undefined);
  assert.ok(fixture.scans().length > 20);
  assert.deepEqual(
    itemsIn(await copiedObjects(fixture, copy)).map(({ pk }) => pk),
    [{ S: 'item-7' }],
  );
  assert.equal(copy.itemCount, 1);
  assert.equal(copy.scannedCount, 20);
  assert.equal(copy.files.length, 1);
  const manifestCopy = await readJson(fixture, copy.layout.manifestCopy);
  assert.deepEqual(Object.entries(manifestCopy).slice(3, 5), [
    ['scope', 'subset'],
    ['narrowedBy', ['FilterExpression']],
  ]);
  assert.doesNotMatch(
    JSON.stringify(manifestCopy),
    /wanted|item-7|pk/,
    'manifest-copy.json has names of parameters, but not their values',
  );
});

test('the shards of a job matrix contain each item of the table exactly once', async () => {
  await using fixture = await openScanFixture(itemsOf(50, 100));
  const items = [];
  for (let segment = 0; segment < 3; segment += 1) {
    const scan = { request: {}, shard: { segment, totalSegments: 3 } };
    const { copy, error } = await fixture.run({ scan, scope: 'subset', cores: 1 + segment });
    assert.equal(error, undefined);
    assert.equal(copy.segments.total, 16);
    items.push(...itemsIn(await copiedObjects(fixture, copy)));
  }
  assertSameItems(items, await fixture.source.readItems(fixture.table));
});

test('a copy with ExclusiveStartKey contains the items after that key', async () => {
  await using fixture = await openScanFixture(itemsOf(30, 10));
  const all = await fixture.source.readItems(fixture.table);
  const tenth = (all[9] ?? assert.fail('the table has 30 items'))['pk'] as { S: string };
  const { copy } = await fixture.run({
    scan: { request: {}, startKey: { pk: tenth } },
  });
  assert.deepEqual(fixture.scans()[0]?.['ExclusiveStartKey'], { pk: tenth });
  assertSameItems(itemsIn(await copiedObjects(fixture, copy)), all.slice(10));
});

const LINE_STARTS = { DYNAMODB_JSON: /^\{"Item":\{"/, JSON: /^\{"(?!Item")/, ION: /^\$ion_1_0 \{Item:\{/ };

for (const format of Object.keys(FORMATS) as FormatName[]) {
  for (const compression of Object.keys(COMPRESSIONS) as Compression[]) {
    test(`a copy with export-format ${format} and compression ${compression} has data objects of that format`, async () => {
      await using fixture = await openScanFixture(itemsOf(5, 10));
      const { copy, error } = await fixture.run({ format, compression });
      assert.equal(error, undefined);
      const [object] = await copiedObjects(fixture, copy);
      const extension = `.${FORMATS[format].extension}${COMPRESSIONS[compression].extension}`;
      assert.ok(object?.key.endsWith(extension), object?.key);
      assert.equal(object?.lines.length, 5);
      for (const line of object.lines) {
        assert.match(line, LINE_STARTS[format]);
        assert.match(line, /item-/);
      }
      assert.equal((await readJson(fixture, manifestKeyOf(copy)))['outputFormat'], format);
    });
  }
}

test('the output of a process-func replaces the items, and each data object starts with its header', async () => {
  await using fixture = await openScanFixture(itemsOf(10, 10));
  const transform: TransformModule = {
    path: 'csv.mjs',
    url: 'file:///csv.mjs',
    process: (item, { segment, runId }) => {
      const n = Number(item['n']);
      return n % 2 === 0 ? null : `${n},${segment},${runId}\n`;
    },
    output: 'text',
    extension: 'csv',
    header: Buffer.from('n,segment,run\n'),
    sha256: 'abc',
    unhandledErrors: new AbortController().signal,
  };
  // Each object has several pages, but only one header.
  const scan = { request: { Limit: 2 } };
  const { copy, error } = await fixture.run({ transform, scan, totalSegments: 2, compression: 'none' });
  assert.equal(error, undefined);
  const objects = await copiedObjects(fixture, copy);
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

test('items that a process-func returns are written in the format, and the manifests state that they are transformed', async () => {
  await using fixture = await openScanFixture(itemsOf(10, 10));
  const transform: TransformModule = {
    path: 'mask.mjs',
    url: 'file:///mask.mjs',
    process: ({ pk, n }) => (n === 3 ? null : { pk: `masked ${pk}`, n, tags: new Set([1n, 2n]) }),
    output: 'item',
    extension: undefined,
    header: undefined,
    sha256: 'abc',
    unhandledErrors: new AbortController().signal,
  };
  const { copy, error } = await fixture.run({ transform, scope: 'transformed', format: 'ION', totalSegments: 2 });
  assert.equal(error, undefined);
  const objects = await copiedObjects(fixture, copy);
  for (const { key } of objects) assert.match(key, /\.ion\.gz$/);
  assert.deepEqual(
    objects.flatMap(({ lines }) => lines).toSorted(),
    [0, 1, 2, 4, 5, 6, 7, 8, 9].map(
      (n) => `$ion_1_0 {Item:{pk:"masked item-${n}",n:${n}.,tags:$dynamodb_NS::[1.,2.]}}`,
    ),
  );
  assert.deepEqual([copy.itemCount, copy.droppedCount], [9, 1]);
  const summary = await readJson(fixture, manifestKeyOf(copy));
  assert.equal(summary['outputFormat'], 'ION');
  const [record, table] = await Promise.all(
    ['manifest-copy.json', 'manifest-table.json'].map((name) =>
      readJson(fixture, manifestKeyOf(copy).replace('manifest-summary.json', name)),
    ),
  );
  assert.deepEqual(
    [record?.['scope'], record?.['narrowedBy'], record?.['processFuncSha256'], record?.['outputFormat']],
    ['transformed', ['process-func'], 'abc', 'ION'],
  );
  assert.equal(table?.['scope'], 'transformed');
});

test('an item of a process-func with another key type fails the copy', async () => {
  await using fixture = await openScanFixture(itemsOf(3, 10));
  const transform: TransformModule = {
    path: 'mask.mjs',
    url: 'file:///mask.mjs',
    process: (item) => ({ ...item, pk: 7 }),
    output: 'item',
    extension: undefined,
    header: undefined,
    sha256: 'abc',
    unhandledErrors: new AbortController().signal,
  };
  const { copy, error } = await fixture.run({ transform, scope: 'transformed' });
  assert.equal(copy.stage, 'started');
  assert.match(String(error), /returned an item whose key attribute "pk" has the type N instead of S/);
});

suite('an unhandled error of a process-func', () => {
  const reason = new CopyError('PROCESS_FUNC_FAILED', 'A timer threw.', 'Catch it.');

  /** Runs a copy with a module that fails when a key that matches `pattern` is written. */
  async function runFailingAt(pattern: RegExp, fixture: ScanFixture): Promise<Run> {
    const unhandled = new AbortController();
    fixture.store.inject(({ key }) => {
      if (pattern.test(key)) unhandled.abort(reason);
      return undefined;
    });
    const transform: TransformModule = {
      path: 'a.mjs',
      url: 'file:///a.mjs',
      process: (item) => `${item['n']}\n`,
      output: 'text',
      extension: 'txt',
      header: undefined,
      sha256: 'abc',
      unhandledErrors: unhandled.signal,
    };
    return fixture.run({ transform });
  }

  test('fails the copy while data objects are written', async () => {
    await using fixture = await openScanFixture(itemsOf(10, 10));
    const { copy, error } = await runFailingAt(/\/data\//, fixture);
    assert.equal(error, reason);
    assert.equal(copy.stage, 'started');
  });

  test('is logged as a warning while the manifests are written', async () => {
    await using fixture = await openScanFixture(itemsOf(10, 10));
    const { copy, error } = await runFailingAt(/manifest-copy\.json$/, fixture);
    assert.equal(error, undefined);
    assert.equal(copy.stage, 'complete');
    assert.deepEqual(
      fixture.messages.filter(({ kind }) => kind === 'warning').map(({ message }) => message),
      ['A timer threw. All items had already been stored.'],
    );
  });
});

test('a file-size that would produce too many objects is raised, with a notice', async () => {
  await using fixture = await openScanFixture(itemsOf(30, 50_000));
  const target = { kind: 'table', sizeBytes: 1e13, itemCount: 1e9 } as const;
  const { copy, error } = await fixture.run({ target, fileSize: 64 * 1024, totalSegments: 4 });
  assert.equal(error, undefined);
  const [notice] = fixture.messages.filter(({ kind }) => kind === 'notice');
  assert.match(notice?.message ?? '', /The maximum size of data objects is increased to 250025003 bytes/);
  assert.ok(copy.files.length <= 4);
});

test('a copy with many segments and objects emits no memory leak warning of Node', async () => {
  const warnings: Error[] = [];
  const record = (warning: Error) => void warnings.push(warning);
  process.on('warning', record);
  await using fixture = await openScanFixture(itemsOf(100, 1_000));
  const { copy, error } = await fixture.run({
    totalSegments: 64,
    fileSize: 1,
    scan: { request: { Limit: 1 } },
    cores: 4,
  });
  assert.equal(error, undefined);
  assert.equal(copy.files.length, 100);
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('warning', record);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    [],
  );
});
