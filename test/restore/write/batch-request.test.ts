import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Batch } from '../../../src/restore/write/batch.ts';
import { BatchChannel } from '../../../src/restore/write/batch-request.ts';
import { clientOfTable } from '../../aws/clients-for-tests.ts';
import { dynamoDbFailure, dynamoDbReply, startScriptedServer } from '../../aws/scripted-server.ts';

const FREE = { charge: async () => 0, throttled: () => {}, failedWithoutResult: () => {} };
const NEVER = new AbortController().signal;

const ITEMS = [
  '{"pk":{"S":"a"},"n":{"N":"1.50"}}',
  '{"__proto__":{"NULL":true},"pk":{"S":"\\ud83d"}}',
  '{"pk":{"B":"AA=="}}',
];

function batchOf(items: readonly string[], tableName = 'Orders'): Batch {
  const batch = new Batch(tableName);
  for (const item of items) batch.add(Buffer.from(`{"Item":${item}}`), 8, 8 + Buffer.byteLength(item), item);
  return batch;
}

test('BatchChannel sends the bytes of the items in a signed BatchWriteItem request', async () => {
  await using server = await startScriptedServer(() => dynamoDbReply({ UnprocessedItems: {} }));
  using client = clientOfTable(server.endpoint);
  const batch = batchOf(ITEMS);
  const response = await new BatchChannel(client, 'Orders', NEVER).send(batch.bodyOf(batch.items), FREE);
  assert.deepEqual(response, { unprocessed: [], tableUnits: undefined, totalUnits: 0 });
  const [request] = server.requests;
  const body = `{"RequestItems":{"Orders":[${ITEMS.map((item) => `{"PutRequest":{"Item":${item}}}`).join()}]},"ReturnConsumedCapacity":"INDEXES"}`;
  assert.equal(request?.body.toString(), body);
  assert.equal(request.headers['content-length'], String(Buffer.byteLength(body)));
  assert.equal(request.headers['x-amz-target'], 'DynamoDB_20120810.BatchWriteItem');
  assert.equal(request.headers['content-type'], 'application/x-amz-json-1.0');
  assert.match(request.headers.authorization ?? '', /^AWS4-HMAC-SHA256 /);
  assert.equal(request.headers['x-amz-content-sha256'] ?? sha256(body), sha256(body));
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('BatchChannel separates the capacity of the table from that of its global secondary indexes', async () => {
  const ConsumedCapacity = [
    {
      TableName: 'Orders',
      CapacityUnits: 10,
      Table: { CapacityUnits: 3 },
      LocalSecondaryIndexes: { l: { CapacityUnits: 2 } },
      GlobalSecondaryIndexes: { a: { CapacityUnits: 4 }, b: { CapacityUnits: 1 } },
    },
  ];
  await using server = await startScriptedServer(() => dynamoDbReply({ UnprocessedItems: {}, ConsumedCapacity }));
  using client = clientOfTable(server.endpoint);
  const batch = batchOf(ITEMS);
  const { tableUnits, totalUnits } = await new BatchChannel(client, 'Orders', NEVER).send(
    batch.bodyOf(batch.items),
    FREE,
  );
  assert.deepEqual([tableUnits, totalUnits], [5, 10]);
});

test('a Batch holds at most 25 items and 1 MiB, or one larger item', () => {
  const small = batchOf(Array.from({ length: 24 }, () => ITEMS[0] as string));
  assert.equal(small.fits(100), true);
  small.add(Buffer.from(ITEMS[0] as string), 0, ITEMS[0]?.length ?? 0, undefined);
  assert.equal(small.fits(1), false);

  const half = `{"pk":{"S":"${'x'.repeat(500_000)}"}}`;
  const batch = batchOf([half]);
  assert.equal(batch.fits(half.length), true);
  assert.equal(batch.fits(600_000), false);
  batch.clear();
  assert.equal(batch.fits(3_000_000), true);

  const large = batchOf([`{"pk":{"S":"${'x'.repeat(3_000_000)}"}}`]);
  assert.equal(JSON.parse(large.bodyOf(large.items).toString()).RequestItems.Orders.length, 1);
  large.clear();
  assert.equal(large.bodyOf([]).toString(), '{"RequestItems":{"Orders":[]},"ReturnConsumedCapacity":"INDEXES"}');
});

test('Batch.bodyOf returns the body for some of the items, and escapes the name of the table', () => {
  const batch = batchOf(ITEMS, 'arn:aws:dynamodb:eu-west-1:111122223333:table/Ord"ers');
  const [first, , third] = batch.items;
  assert.ok(first && third);
  assert.equal(
    batch.bodyOf([third, first]).toString(),
    `{"RequestItems":{"arn:aws:dynamodb:eu-west-1:111122223333:table/Ord\\"ers":[{"PutRequest":{"Item":${ITEMS[2]}}},{"PutRequest":{"Item":${ITEMS[0]}}}]},"ReturnConsumedCapacity":"INDEXES"}`,
  );
});

test('BatchChannel sends later requests like the first, and charges only their retries', async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth === 2
      ? dynamoDbFailure('ProvisionedThroughputExceededException', 'x')
      : dynamoDbReply({ UnprocessedItems: {} }),
  );
  using client = clientOfTable(server.endpoint);
  const channel = new BatchChannel(client, 'Orders', NEVER);
  const calls: string[] = [];
  for (const item of ITEMS) {
    const batch = batchOf([item]);
    await channel.send(batch.bodyOf(batch.items), {
      charge: async (_, again) => calls.push(`charge ${item === ITEMS[1]} ${again}`),
      throttled: () => calls.push(`throttled ${item === ITEMS[1]}`),
      failedWithoutResult: () => calls.push('failed'),
    });
  }
  assert.deepEqual(calls, ['throttled true', 'charge true true']);
  const sent = server.requests.map(({ body }) => ITEMS.findIndex((item) => body.includes(item)));
  assert.deepEqual(sent, [0, 1, 1, 2]);
  const agents = new Set(server.requests.map(({ headers }) => headers['user-agent']));
  assert.equal(agents.size, 1);
  const ids = server.requests.map(({ headers }) => headers['amz-sdk-invocation-id']);
  assert.equal(new Set(ids).size, 3);
});
