import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { dynamoDbError, jsonResponse } from '../emulators/faults.ts';
import { openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

suite('a low read limit', { concurrency: 2 }, () => {
  slowTest('a table with 1 RCU is copied although its first two Scan requests are throttled', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    const throttle = dynamoDbError('ProvisionedThroughputExceededException', 'Slow down');
    const provisioned = { BillingModeSummary: undefined, ProvisionedThroughput: { ReadCapacityUnits: 1 } };
    const describe = jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, ...provisioned } }));
    pair.source.inject(({ operation }, nth) => {
      if (operation === 'DescribeTable') return describe;
      return operation === 'Scan' && nth <= 2 ? throttle : undefined;
    });
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 10);
    assert.match(run.log, /at most 0\.5 read capacity units \(RCU\) per second: 50% of 1 \(provisioned throughput\)\./);
    assert.equal(scanTimes(pair).length, 3);
  });

  slowTest('after a lost Scan response, read-capacity: 4 delays the retry by the RCU of a small page', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    pair.source.inject(({ operation }, nth) => (operation === 'Scan' && nth === 1 ? 'lose-httpResponse' : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'read-capacity': '4' });
    await pair.copyOf(run);
    const [first = 0, second = 0] = scanTimes(pair);
    // 64 KiB consume 8 RCU, which take 2 seconds at this limit. The 128 RCU of a full page would take 32 seconds.
    assert.ok(second - first >= 1_500 && second - first < 16_000, `${second - first} ms`);
  });
});

/** Returns the time at which each Scan arrived, in milliseconds. */
function scanTimes({ source }: Pair): number[] {
  return source.requests.filter(({ operation }) => operation === 'Scan').map(({ at }) => at);
}
