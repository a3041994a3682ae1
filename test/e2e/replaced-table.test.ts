import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { assertFailed, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

suite('a table that is dropped while it is read makes no copy', { concurrency: 2 }, () => {
  test('and made again with the same items', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(100));
    beforeScan(pair, 5, async () => {
      await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
      // Times of creation are all that tells tables apart where the server has no TableId.
      await sleep(5);
      await pair.source.createTable(smallItems(100), { TableName: table });
    });
    await using run = await pair.run(slowlyInPages(table));
    const { remedy } = await assertFailed(run, pair, 'TABLE_RECREATED');
    assert.match(remedy, /Re-run the job/);
    assert.notEqual(run.outputs['item-count'], '0', 'it had read something by then');
  });

  slowTest('and not made again', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(100));
    beforeScan(pair, 5, async () => {
      await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
    });
    await using run = await pair.run(slowlyInPages(table));
    await assertFailed(run, pair, 'TABLE_NOT_FOUND');
  });

  test('after the last page, before the manifests', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    pair.source.inject(async ({ operation }, nth) => {
      if (operation === 'DescribeTable' && nth === 2) {
        await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
        await sleep(5);
        await pair.source.createTable(smallItems(10), { TableName: table });
      }
      return undefined;
    });
    await using run = await pair.run({ 'dynamodb-table-name': table });
    await assertFailed(run, pair, 'TABLE_RECREATED');
  });
});

/** Ten pages, one after the other. */
function slowlyInPages(table: string): Record<string, string> {
  return { 'dynamodb-table-name': table, 'total-segments': '1', 'dynamodb-scan-kwargs': 'Limit: 10' };
}

function beforeScan({ source }: Pair, which: number, act: () => Promise<void>): void {
  source.inject(async ({ operation }, nth) => {
    if (operation === 'Scan' && nth === which) {
      await act();
    }
    return undefined;
  });
}
