import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  ScanCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { damaged, dynamoDbError, type Fault, jsonResponse } from '../emulators/faults.ts';
import { type Item, openSource, type Source } from '../emulators/source.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertSameItems, type WireItem, wireJson } from '../fixtures/items.ts';
import { EDGE_TABLES, edgeItems } from '../fixtures/table-of-edges.ts';

const asSent = (items: readonly Item[]): WireItem[] => JSON.parse(wireJson(items)) as WireItem[];
const withoutNumbers = <T extends object>(items: readonly T[]): T[] =>
  items.filter((item) => !/"NS?":/.test(JSON.stringify(item)));

interface RawScan {
  readonly status: number;
  readonly body: Buffer;
  readonly crc: number;
}

/** Sends a Scan through the proxy without the SDK, so without retries and parsing. */
async function scan(source: Source, TableName: string): Promise<RawScan> {
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

test('a source returns edge-case items as written', async () => {
  await using source = await openSource();
  const items = edgeItems(source.name);
  const table = await source.createTable(items);
  const read = await source.readItems(table);
  assert.equal(read.length, items.length);
  // The server returns numbers in its own notation.
  assertSameItems(withoutNumbers(read), withoutNumbers(asSent(items)));
});

for (const { name, definition, items } of EDGE_TABLES) {
  test(`a source returns items with edge-case keys as written: ${name}`, async () => {
    await using source = await openSource();
    const read = await source.readItems(await source.createTable(items, definition));
    assert.equal(read.length, items.length);
    // Only the table with numeric keys contains numbers, which the server returns in its own notation.
    assertSameItems(withoutNumbers(read), withoutNumbers(asSent(items)));
  });
}

test('a source responds to a change of a table when the change is complete', async () => {
  await using source = await openSource();
  const { client } = source;
  const capacity = { ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } };
  const index = {
    IndexName: 'index',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  };
  const definition = {
    BillingMode: 'PROVISIONED' as const,
    ...capacity,
    GlobalSecondaryIndexes: [{ ...index, ...capacity }],
  };
  const items = [{ pk: { S: 'a' } }];
  const TableName = await source.createTable(items, definition);
  for (let round = 0; round < 50; round += 1) {
    await client.send(new UpdateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST' }));
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    assert.deepEqual([Table?.TableStatus, Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus], ['ACTIVE', 'ACTIVE']);
    await client.send(new DeleteTableCommand({ TableName }));
    await assert.rejects(client.send(new DescribeTableCommand({ TableName })), ResourceNotFoundException);
    await source.createTable(items, { ...definition, TableName });
  }
});

test('assertSameItems detects a missing item, a duplicate and a changed digit', () => {
  const one: WireItem = { pk: { S: 'a' }, n: { N: '1.50' } };
  assert.throws(() => assertSameItems([], [one]), /missing \(1x\)/);
  assert.throws(() => assertSameItems([one, one], [one]), /unexpected \(1x\)/);
  assert.throws(() => assertSameItems([{ pk: { S: 'a' }, n: { N: '1.5' } }], [one]), /2 different items/);
});

test('a source records requests through its proxy, but not direct requests of the test', async () => {
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

suite('faults of the recording proxy', () => {
  let source: Source;
  let table: string;
  /** Response without a fault. */
  let whole: RawScan;
  before(async () => {
    source = await openSource();
    table = await source.createTable([{ pk: { S: 'a' }, text: { S: 'x'.repeat(1_000) } }]);
    whole = await scan(source, table);
    assert.equal(whole.crc, crc32(whole.body), 'the server must send a valid checksum');
  });
  after(() => source[Symbol.asyncDispose]());

  const scanWith = (fault: Fault): Promise<RawScan> => {
    source.inject(() => fault);
    return scan(source, table);
  };

  test('dynamoDbError replaces the response with an error', async () => {
    const { status, body, crc } = await scanWith(dynamoDbError('ProvisionedThroughputExceededException', 'slow down'));
    assert.equal(status, 400);
    assert.match(body.toString(), /#ProvisionedThroughputExceededException","message":"slow down"/);
    assert.equal(crc, crc32(body));
  });
  test('the faults drop, lose-httpResponse and cut close the connection', async () => {
    for (const fault of ['drop', 'lose-httpResponse', 'cut'] as const) {
      await assert.rejects(scanWith(fault), /fetch failed|terminated/, fault);
    }
  });
  test('the fault truncate ends the response early without a connection error', async () => {
    const { status, body, crc } = await scanWith('truncate');
    assert.equal(status, 200);
    assert.equal(body.length, whole.body.length >> 1);
    assert.equal(crc, whole.crc);
  });
  test('the fault flip changes the body but not its length, so that the checksum does not match', async () => {
    const { body, crc } = await scanWith('flip');
    assert.equal(body.length, whole.body.length);
    assert.notEqual(crc, crc32(body));
  });
  test('the fault damaged changes the body and updates the checksum', async () => {
    const { body, crc } = await scanWith(damaged);
    assert.notDeepEqual(body, whole.body);
    assert.equal(crc, crc32(body));
  });
  test('jsonResponse changes the response and updates the checksum', async () => {
    const { body, crc } = await scanWith(jsonResponse<object>((content) => ({ ...content, Count: 7 })));
    assert.equal((JSON.parse(body.toString()) as { Count: number }).Count, 7);
    assert.equal(crc, crc32(body));
  });
  test('the fault delayMs delays the request and does not change the response', async () => {
    const sentAt = performance.now();
    assert.deepEqual((await scanWith({ delayMs: 200 })).body, whole.body);
    assert.ok(performance.now() - sentAt >= 199);
  });
});

test('the declared abilities of the source match its behavior', async () => {
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
