import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { chosenStore } from '../emulators/store.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertSucceeded, openPair, startServers } from '../fixtures/pair.ts';
import { RESTORE_ACTION } from '../fixtures/restore-pair.ts';
import { runAction } from '../runner/runner.ts';

// moto is S3 and DynamoDB in one server, and the only test server besides our own that implements imports.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store that implements imports';
if (!skip) {
  await startServers();
}

/** moto misreads escapes and apostrophes in imported lines, so the items have none. */
const ITEMS = Array.from({ length: 30 }, (_, index) => ({
  pk: { S: `item-${String(index).padStart(2, '0')}` },
  n: { N: String(index) },
  tags: { SS: ['a', 'b'] },
  list: { L: [{ N: '1' }, { BOOL: true }] },
}));

suite('a restore against moto', () => {
  for (const [method, tags] of [
    ['import', []],
    ['write', [{ Key: 'team', Value: 'shop' }]],
  ] as const) {
    test(`has the items of the table with the method ${method}`, { skip }, async () => {
      await using pair = await openPair();
      const endpoint = process.env['TEST_STORE_ENDPOINT'] ?? '';
      const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
      const table = `orders-${method}-${Date.now()}`;
      await client.send(
        new CreateTableCommand({
          TableName: table,
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
          ...(tags.length > 0 && { Tags: [...tags] }),
        }),
      );
      for (const Item of ITEMS) await client.send(new PutItemCommand({ TableName: table, Item }));
      const env = { AWS_ENDPOINT_URL_DYNAMODB: endpoint };
      await using copied = await pair.run({ 'dynamodb-table-name': table, compression: 'gzip' }, { env });
      assertSucceeded(copied);
      const into = `${table}-restored`;
      await using restored = await runAction({
        ...RESTORE_ACTION,
        inputs: {
          'dynamodb-table-name': into,
          copy: copied.outputs['s3-uri'] ?? '',
          's3-force-path-style': 'true',
          'check-interval': '1',
          method,
        },
        env: { ...pair.source.env, ...pair.store.env, ...env },
      });
      assert.equal(restored.exitCode, 0, restored.log);
      assert.equal(restored.outputs['item-count'], String(ITEMS.length));
      const { Items = [] } = await client.send(new ScanCommand({ TableName: into }));
      const byKey = (items: readonly Record<string, unknown>[]) =>
        items.toSorted((a, b) => JSON.stringify(a['pk']).localeCompare(JSON.stringify(b['pk'])));
      assert.deepEqual(byKey(Items), byKey(ITEMS));
      client.destroy();
    });
  }
});
