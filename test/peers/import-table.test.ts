import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeImportCommand,
  DynamoDBClient,
  ImportTableCommand,
  type InputCompressionType,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../emulators/source.ts';
import { chosenStore } from '../emulators/store.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { openFinishPair } from '../fixtures/finish-pair.ts';
import { assertSameItems, type WireItem, wireJson } from '../fixtures/items.ts';
import { assertSucceeded, openPair, startServers } from '../fixtures/pair.ts';

// moto is S3 and DynamoDB in one server, and the only test server that implements ImportTable.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store that implements ImportTable';
if (!skip) {
  await startServers();
}

suite('ImportTable restores all items of a copy', () => {
  for (const [compression, InputCompressionType] of [
    ['gzip', 'GZIP'],
    ['none', 'NONE'],
  ] as const) {
    for (const segments of [1, 8]) {
      test(`with compression ${compression} and total-segments ${segments}`, { skip }, async () => {
        await using pair = await openPair();
        const table = await pair.source.createTable(TAME_ITEMS);
        await using run = await pair.run({
          'dynamodb-table-name': table,
          's3-key-prefix': 'backups',
          'total-segments': String(segments),
          compression,
        });
        await pair.copyOf(run);
        const restored = await importTable(run.outputs['data-uri'] ?? '', InputCompressionType);
        assertSameItems(restored, await pair.source.readItems(table));
      });
    }
  }
});

suite('ImportTable restores all items of a copy of shards', () => {
  test('which one step has finished', { skip }, async () => {
    await using finishing = await openFinishPair({ items: TAME_ITEMS });
    await using run = await finishing.finish();
    assertSucceeded(run);
    assertSameItems(await importTable(run.outputs['data-uri'] ?? '', 'GZIP'), finishing.original);
  });
});

/** Items of all types, without what moto's line reader cannot parse: escape sequences, empty maps, apostrophes. */
const TAME_ITEMS: readonly Item[] = Array.from({ length: 120 }, (_, index) => ({
  pk: { S: `customer-${index}` },
  big: { N: `${index}2345678901234567890123456789012345`.slice(0, 34) },
  text: { S: `Grüße, 世界 😀 {[,:]} ${index}` },
  nothing: { NULL: true },
  flag: { BOOL: index % 2 === 0 },
  bytes: { B: Uint8Array.of(index, 0, 255) },
  tags: { SS: [`a${index}`, 'b'] },
  numbers: { NS: ['1', '2.5'] },
  list: { L: [{ S: 'x' }, { N: String(index) }, { L: [{ BOOL: true }] }] },
  map: { M: { inner: { M: { deep: { S: 'y' } } }, n: { N: '7' } } },
}));

/** Returns the items of the imported table, because moto reports COMPLETED even for an import that lost items. */
async function importTable(dataUri: string, compression: InputCompressionType): Promise<WireItem[]> {
  const [, S3Bucket, S3KeyPrefix] = /^s3:\/\/([^/]+)\/(.+)$/.exec(dataUri) ?? [];
  const endpoint = process.env['TEST_STORE_ENDPOINT'] ?? '';
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  const TableName = `restored-${Date.now()}`;
  const { ImportTableDescription } = await client.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket, S3KeyPrefix },
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: compression,
      TableCreationParameters: {
        TableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    }),
  );
  const ImportArn = ImportTableDescription?.ImportArn;
  let status = ImportTableDescription?.ImportStatus;
  while (status === 'IN_PROGRESS') {
    await sleep(50);
    status = (await client.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription?.ImportStatus;
  }
  assert.equal(status, 'COMPLETED');
  const items: unknown[] = [];
  for await (const page of paginateScan({ client }, { TableName })) {
    items.push(...(page.Items ?? []));
  }
  client.destroy();
  return JSON.parse(wireJson(items)) as WireItem[];
}
