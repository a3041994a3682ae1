import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { assertFailed, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

suite('a copy', { concurrency: 2 }, () => {
  test('fails with TABLE_RECREATED if the table is deleted during the scan and re-created with the same items', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(100));
    beforeScan(pair, 5, async () => {
      await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
      // On a server without TableId, tables differ only by their time of creation.
      await sleep(5);
      await pair.source.createTable(smallItems(100), { TableName: table });
    });
    await using run = await pair.run(scanOfTenPages(table));
    const { remedy } = await assertFailed(run, pair, 'TABLE_RECREATED');
    assert.match(remedy, /Re-run the job/);
    assert.notEqual(run.outputs['item-count'], '0', 'control: items were read before the table was deleted');
  });

  slowTest('fails with TABLE_NOT_FOUND if the table is deleted during the scan', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(100));
    beforeScan(pair, 5, async () => {
      await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
    });
    await using run = await pair.run(scanOfTenPages(table));
    await assertFailed(run, pair, 'TABLE_NOT_FOUND');
  });

  slowTest(
    'fails with TABLE_RECREATED if the table is re-created after the last page and before the manifests',
    async () => {
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
    },
  );
});

/** Returns inputs with which 100 items are read in ten sequential pages. */
function scanOfTenPages(table: string): Record<string, string> {
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
