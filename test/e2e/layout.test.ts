import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { largeItems, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

suite('where a copy lies, and in which order it is written', { concurrency: 2 }, () => {
  slowTest('without a prefix', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assert.match(copy.folder, /^AWSDynamoDB\/\d{14}-[0-9a-f]{8}\/$/);
    assert.equal(copy.summary.s3Prefix, null);
  });

  test('under a prefix with placeholders', async () => {
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

  slowTest('two copies of a table lie side by side', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using first = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'p' });
    await using second = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'p' });
    const copies = [await pair.copyOf(first), await pair.copyOf(second)];
    assert.notEqual(copies[0]?.exportId, copies[1]?.exportId);
    assert.ok((copies[0]?.exportId ?? '') < (copies[1]?.exportId ?? ''), 'ids sort by time');
  });

  test('the summary is the very last write, and each manifest waits for the one before', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(40));
    const answered = new Map<string, number>();
    pair.store.inject(({ operation }) => (operation === 'PutObject' ? { delayMs: 40 } : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'p', 'total-segments': '3' });
    const copy = await pair.copyOf(run);

    const writes = pair.store.requests.filter((request) => request.operation === 'PutObject');
    for (const { key, at } of writes) {
      // A timer may fire a little early.
      answered.set(key, at + 35);
    }
    const names = writes.map(({ key }) => key.replace(copy.folder, '').replace(/^data\/.*/, 'data'));
    assert.deepEqual(names, ['_started', ...copy.objects.map(() => 'data'), ...MANIFESTS]);

    // Nothing of the next kind is sent before S3 has acknowledged all of the one before.
    const stages = [['_started'], ['data'], ...MANIFESTS.map((name) => [name])].map(([stage]) =>
      writes.filter((_, index) => names[index] === stage),
    );
    for (const [index, stage] of stages.entries()) {
      const before = (stages[index - 1] ?? []).map(({ key }) => answered.get(key) ?? Number.POSITIVE_INFINITY);
      for (const { key, at } of stage) {
        assert.ok(at >= Math.max(...before), `${key} was sent before what comes before it was stored`);
      }
    }
    // The last look at the table is after the last data, and before the first manifest.
    const lastLook = pair.source.requests.at(-1);
    assert.equal(lastLook?.operation, 'DescribeTable');
    const [lastData, firstManifest] = [stages[1]?.at(-1), stages[2]?.[0]];
    assert.ok(lastLook.at > (lastData?.at ?? 0) && lastLook.at < (firstManifest?.at ?? 0));
  });

  test('an object ends once it has file-size bytes before compression', async () => {
    for (const compression of ['none', 'gzip']) {
      await using pair = await openPair();
      const table = await pair.source.createTable(largeItems(60, 10_000));
      await using run = await pair.run({
        'dynamodb-table-name': table,
        'file-size': '64KiB',
        'total-segments': '2',
        compression,
        // Pages of about 30 kB: three of them pass 64 KiB.
        'dynamodb-scan-kwargs': 'Limit: 3',
      });
      const copy = await pair.copyOf(run);
      assert.equal(copy.summary.itemCount, 60);
      const sizes = copy.objects.map((object) => object.content.length);
      assert.ok(sizes.length >= 6, `${sizes}`);
      assert.ok(Math.max(...sizes) < 65_536 + 31_000, `${sizes}`);
      // The last one of each segment may be smaller.
      assert.ok(sizes.filter((size) => size < 65_536).length <= 2, `${sizes}`);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        Number(run.outputs['uncompressed-bytes']),
      );
      assertOneWriteAKey(pair);
    }
  });
});

const MANIFESTS = [
  'manifest-files.md5',
  'manifest-files.json',
  'manifest-copy.json',
  'manifest-summary.md5',
  'manifest-summary.json',
] as const;

function assertOneWriteAKey({ store }: Pair): void {
  const keys = store.requests.filter((request) => request.operation === 'PutObject').map((request) => request.key);
  assert.equal(new Set(keys).size, keys.length);
}
