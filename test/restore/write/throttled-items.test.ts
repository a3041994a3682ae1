import '../../aws/brief-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bucket } from '../../../src/s3/bucket.ts';
import { clientOfBucket, clientOfTable } from '../../aws/clients-for-tests.ts';
import { openStore } from '../../emulators/store.ts';
import { load, putLines } from './stored-copy.ts';
import { startWrittenTable } from './written-table.ts';

test('a load fails with THROTTLED if DynamoDB returns all items of a batch as unprocessed for 10 minutes', async () => {
  const item = '{"pk":{"S":"a"}}';
  await using store = await openStore();
  await using table = await startWrittenTable(() => ({ unprocessed: [item] }));
  const bucket = await store.createBucket();
  const files = [await putLines(store, bucket, 'data/0', `{"Item":${item}}\n`, 'gzip')];
  using client = clientOfTable(table.server.endpoint);
  using s3 = clientOfBucket(store.endpoint);
  const target = { client, tableName: 'Orders', bucket: new Bucket({ client: s3, name: bucket }), files };
  const { error, figures } = await load(target);
  assert.equal(error?.code, 'THROTTLED');
  assert.match(error.message, /unprocessed for 10 minutes/);
  assert.match(error.remedy ?? '', /write-capacity/);
  assert.equal(figures.itemCount, 0);
  assert.ok(table.requests.length > 3, `${table.requests.length} requests`);
});
