import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { DescribeTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { damaged, dynamoDbError, type Fault, jsonAnswer } from '../emulators/faults.ts';
import { type Item, openSource, type Source } from '../emulators/source.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertSameItems, type WireItem, wireJson } from '../fixtures/items.ts';
import { EDGE_TABLES, edgeItems } from '../fixtures/table-of-edges.ts';

const asSent = (items: readonly Item[]): WireItem[] => JSON.parse(wireJson(items)) as WireItem[];
const withoutNumbers = <T extends object>(items: readonly T[]): T[] =>
  items.filter((item) => !/"NS?":/.test(JSON.stringify(item)));

/** A Scan through the proxy, without retries and without the SDK's reading of the answer. */
async function scan(source: Source, TableName: string): Promise<{ status: number; body: Buffer; crc: number }> {
  const response = await fetch(source.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.Scan',
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify({ TableName }),
  });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, body, crc: Number(response.headers.get('x-amz-crc32')) };
}

test('the items that hurt come back as they were put', async () => {
  await using source = await openSource();
  const items = edgeItems(source.name);
  const table = await source.createTable(items);
  const read = await source.readItems(table);
  assert.equal(read.length, items.length);
  // Numbers come back in the server's own spelling.
  assertSameItems(withoutNumbers(read), withoutNumbers(asSent(items)));
});

for (const { name, definition, items } of EDGE_TABLES) {
  test(`keys that hurt come back as they were put: ${name}`, async () => {
    await using source = await openSource();
    const read = await source.readItems(await source.createTable(items, definition));
    assert.equal(read.length, items.length);
    if (name !== 'numbers') {
      assertSameItems(read, asSent(items));
    }
  });
}

test('a comparison sees a missing item, a doubled one and a changed digit', () => {
  const one: WireItem = { pk: { S: 'a' }, n: { N: '1.50' } };
  assert.throws(() => assertSameItems([], [one]), /missing \(1x\)/);
  assert.throws(() => assertSameItems([one, one], [one]), /unexpected \(1x\)/);
  assert.throws(() => assertSameItems([{ pk: { S: 'a' }, n: { N: '1.5' } }], [one]), /2 kinds of items differ/);
});

test('requests of the client are recorded, those of the test itself are not', async () => {
  await using source = await openSource();
  const table = await source.createTable([{ pk: { S: 'a' } }]);
  const client = new DynamoDBClient({ endpoint: source.endpoint, region: REGION, credentials: CREDENTIALS });
  await client.send(new ScanCommand({ TableName: table, Segment: 0, TotalSegments: 2 }));
  client.destroy();

  assert.equal(source.requests.length, 1);
  const [request] = source.requests;
  assert.equal(request?.operation, 'Scan');
  assert.deepEqual(request?.parameters, { TableName: table, Segment: 0, TotalSegments: 2 });
  assert.equal(request?.status, 200);
});

test('each fault does what it says', async (t) => {
  await using source = await openSource();
  const table = await source.createTable([{ pk: { S: 'a' }, text: { S: 'x'.repeat(1_000) } }]);
  const whole = await scan(source, table);
  assert.equal(whole.crc, crc32(whole.body), 'the server itself sends a checksum');
  const under = (fault: Fault): Promise<{ status: number; body: Buffer; crc: number }> => {
    source.inject(() => fault);
    return scan(source, table);
  };

  await t.test('an error in place of the answer', async () => {
    const { status, body, crc } = await under(dynamoDbError('ProvisionedThroughputExceededException', 'slow down'));
    assert.equal(status, 400);
    assert.match(body.toString(), /#ProvisionedThroughputExceededException","message":"slow down"/);
    assert.equal(crc, crc32(body));
  });
  await t.test('drop, lose-answer and cut break the connection', async () => {
    for (const fault of ['drop', 'lose-answer', 'cut'] as const) {
      await assert.rejects(under(fault), /fetch failed|terminated/, fault);
    }
  });
  await t.test('truncate ends early without an error of the connection', async () => {
    const { status, body, crc } = await under('truncate');
    assert.equal(status, 200);
    assert.equal(body.length, whole.body.length >> 1);
    assert.equal(crc, whole.crc);
  });
  await t.test('flip is told by the checksum alone', async () => {
    const { body, crc } = await under('flip');
    assert.equal(body.length, whole.body.length);
    assert.notEqual(crc, crc32(body));
  });
  await t.test('damage under a good checksum is not', async () => {
    const { body, crc } = await under(damaged);
    assert.notDeepEqual(body, whole.body);
    assert.equal(crc, crc32(body));
  });
  await t.test('an answer can be rewritten', async () => {
    const { body, crc } = await under(jsonAnswer<object>((answer) => ({ ...answer, Count: 7 })));
    assert.equal((JSON.parse(body.toString()) as { Count: number }).Count, 7);
    assert.equal(crc, crc32(body));
  });
  await t.test('a request can wait', async () => {
    const before = performance.now();
    assert.deepEqual((await under({ delayMs: 200 })).body, whole.body);
    assert.ok(performance.now() - before >= 199);
  });
});

test('the source can do what it is said to', async () => {
  await using source = await openSource();
  const TableName = await source.createTable([{ pk: { S: 'a' } }, { pk: { S: 'b' } }]);
  const { Table } = await source.client.send(new DescribeTableCommand({ TableName }));
  assert.equal(Table?.TableId !== undefined, source.can.tellTableId);
  assert.equal(Table?.ItemCount, source.can.countItems ? 2 : 0);
  const byArn = source.client.send(new ScanCommand({ TableName: Table?.TableArn }));
  assert.equal(
    await byArn.then(
      () => true,
      () => false,
    ),
    source.can.takeArns,
  );
  const fine = source.client.send(new ScanCommand({ TableName, Segment: 4_999, TotalSegments: 5_000 }));
  assert.equal((await fine).Count === 2, !source.can.segmentFinely);
});
