import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertSameItems } from '../fixtures/items.ts';
import { largeItems, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

suite('segments of a scan', { concurrency: 2 }, () => {
  slowTest('a small table is read with a single Scan request into a single object', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(500));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.deepEqual(scansOf(pair), ['the table']);
    assert.equal(copy.objects.length, 1);
    assert.equal(objectsWritten(pair).length, 1);
    assertConsumed(pair, run);
  });

  slowTest('a larger table is read in 16 segments, and the first page without segments is discarded', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(40));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    // DynamoDB does not know the size of a new table yet, so the Action uses the minimum of 16 segments.
    const [first, ...rest] = scansOf(pair);
    assert.equal(first, 'the table');
    assert.deepEqual([...new Set(rest)].sort(), segments(16).sort());
    // One object per segment that has items, and none for the discarded page.
    assert.ok(copy.objects.length > 1 && copy.objects.length <= 16);
    assert.match(run.log, /Reading 16 segments, 16 at a time/);
    assert.equal(copy.record?.['totalSegments'], 16);
    // The discarded page counts as read and consumes read capacity.
    assert.ok(Number(copy.record?.['scannedCount']) > 40);
    assertConsumed(pair, run);
  });

  test('total-segments: 5 reads exactly 5 segments, without a first page', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(100));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '5' });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.deepEqual(scansOf(pair).sort(), segments(5).sort());
  });

  slowTest('total-segments: 1 reads the table without segments', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(25));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '1' });
    assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(table));
    assert.deepEqual([...new Set(scansOf(pair))], ['the table']);
    assert.ok(scansOf(pair).length > 1, 'control: several pages');
  });

  slowTest('a segment without items creates no object', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '50' });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 3);
    assert.ok(copy.objects.length <= 3);
    assert.equal(objectsWritten(pair).length, copy.objects.length);
    assert.deepEqual(scansOf(pair).sort(), segments(50).sort());
  });
});

/** Returns the segment of each Scan, such as `3 of 16`, or `the table` for a Scan without segments. */
function scansOf({ source }: Pair): string[] {
  return source.requests
    .filter((request) => request.operation === 'Scan')
    .map(({ parameters: { Segment, TotalSegments } }) =>
      Segment === undefined ? 'the table' : `${Segment} of ${TotalSegments}`,
    );
}

function segments(total: number): string[] {
  return Array.from({ length: total }, (_, index) => `${index} of ${total}`);
}

function objectsWritten({ store }: Pair): string[] {
  return store.requests.map((request) => request.key).filter((key) => key.includes('/data/'));
}

/** Asserts that consumed-read-capacity is the sum of the RCU of all Scan responses. */
function assertConsumed({ source }: Pair, run: RunResult): void {
  const consumed = source.requests
    .filter((request) => request.operation === 'Scan')
    .map(
      (request) =>
        JSON.parse(request.httpResponse?.toString() ?? '{}') as { ConsumedCapacity?: { CapacityUnits?: number } },
    )
    .reduce((sum, page) => sum + (page.ConsumedCapacity?.CapacityUnits ?? 0), 0);
  assert.ok(consumed > 0);
  assert.equal(Number(run.outputs['consumed-read-capacity']), consumed);
}
