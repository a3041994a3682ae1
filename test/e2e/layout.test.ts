import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { S3Request } from '../emulators/s3-requests.ts';
import { largeItems, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

suite('layout and write order of a copy', { concurrency: 2 }, () => {
  slowTest('stores a copy in AWSDynamoDB/<export ID>/ if s3-key-prefix is not set', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assert.match(copy.folder, /^AWSDynamoDB\/\d{14}-[0-9a-f]{8}\/$/);
    assert.equal(copy.summary.s3Prefix, null);
  });

  test('replaces the placeholders in s3-key-prefix', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using run = await pair.run(
      {
        'dynamodb-table-name': table,
        's3-key-prefix': '/a b/{table}/{date}/{year}/{month}/{day}/{hour}/{run-id}-{run-attempt}/{sha}/{{x}}/ü/',
      },
      { env: { GITHUB_RUN_ATTEMPT: '3' } },
    );
    const copy = await pair.copyOf(run);
    const [, date, year, month, day, hour] = /^((\d{4})-(\d\d)-(\d\d))T(\d\d)/.exec(copy.summary.startTime) ?? [];
    assert.equal(
      copy.summary.s3Prefix,
      `a b/${table}/${date}/${year}/${month}/${day}/${hour}/1658821493-3/ffac537e6cbbf934b08745a378932722df287a53/{x}/ü`,
    );
    assert.ok(copy.folder.startsWith(`${copy.summary.s3Prefix}/AWSDynamoDB/`));
  });

  slowTest('stores two copies of a table under export IDs that sort by time', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using first = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'p' });
    await using second = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'p' });
    const copies = [await pair.copyOf(first), await pair.copyOf(second)];
    assert.notEqual(copies[0]?.exportId, copies[1]?.exportId);
    assert.ok((copies[0]?.exportId ?? '') < (copies[1]?.exportId ?? ''), 'export IDs sort by time');
  });

  test('writes manifest-summary.json last, and each manifest after S3 stored the previous one', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(40));
    pair.store.inject(({ operation }) => (operation === 'PutObject' ? { delayMs: PUT_DELAY_MS } : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'p', 'total-segments': '3' });
    const copy = await pair.copyOf(run);

    const writes = pair.store.requests.filter((request) => request.operation === 'PutObject');
    const names = writes.map(({ key }) => key.replace(copy.folder, '').replace(/^data\/.*/, 'data'));
    assert.deepEqual(names, ['_started', ...copy.objects.map(() => 'data'), ...MANIFESTS]);
    const stages = ['_started', 'data', ...MANIFESTS].map((stage) =>
      writes.filter((_, index) => names[index] === stage),
    );
    assertSequential(stages);
    // The last DescribeTable comes after the last data object and before the first manifest.
    const lastCheck = pair.source.requests.findLast(({ operation }) => operation === 'DescribeTable');
    assert.ok(lastCheck);
    const [lastData, firstManifest] = [stages[1]?.at(-1), stages[2]?.[0]];
    assert.ok(lastCheck.at > (lastData?.at ?? 0) && lastCheck.at < (firstManifest?.at ?? 0));
  });

  test('ends a data object once it has file-size bytes before compression', async () => {
    for (const compression of ['none', 'gzip']) {
      await using pair = await openPair();
      const table = await pair.source.createTable(largeItems(60, 10_000));
      await using run = await pair.run({
        'dynamodb-table-name': table,
        'file-size': '64KiB',
        'total-segments': '2',
        compression,
        // Three pages of about 30 kB exceed 64 KiB.
        'dynamodb-scan-kwargs': 'Limit: 3',
      });
      const copy = await pair.copyOf(run);
      assert.equal(copy.summary.itemCount, 60);
      const sizes = copy.objects.map((object) => object.content.length);
      assert.ok(sizes.length >= 6, `${sizes}`);
      assert.ok(Math.max(...sizes) < 65_536 + 31_000, `${sizes}`);
      // The last object of each segment can be smaller.
      assert.ok(sizes.filter((size) => size < 65_536).length <= 2, `${sizes}`);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        Number(run.outputs['uncompressed-bytes']),
      );
      assertOneWritePerKey(pair);
    }
  });
});

const PUT_DELAY_MS = 40;

/** Asserts that no object of a stage is sent before S3 has acknowledged all objects of the previous stage. */
function assertSequential(stages: readonly (readonly S3Request[])[]): void {
  for (const [index, stage] of stages.entries()) {
    // 5 ms less, because a timer can fire early.
    const acknowledged = (stages[index - 1] ?? []).map(({ at }) => at + PUT_DELAY_MS - 5);
    for (const { key, at } of stage) {
      assert.ok(at >= Math.max(...acknowledged), `${key} was sent before S3 stored the objects of the previous stage`);
    }
  }
}

const MANIFESTS = [
  'manifest-files.md5',
  'manifest-files.json',
  'manifest-copy.json',
  'manifest-table.json',
  'manifest-summary.md5',
  'manifest-sha256.txt',
  'manifest-summary.json',
] as const;

function assertOneWritePerKey({ store }: Pair): void {
  const keys = store.requests.filter((request) => request.operation === 'PutObject').map((request) => request.key);
  assert.equal(new Set(keys).size, keys.length);
}
