import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { explainError } from '../../src/aws/explain-error.ts';
import { transcodeDynamoDbJson } from '../../src/format/dynamodb-json.ts';
import { transcodeIon } from '../../src/format/ion.ts';
import { convertWith } from '../../src/scan/byte-thread.ts';
import { PageBuffers, PageReader } from '../../src/scan/page-reader.ts';
import { clientOfTable } from '../aws/clients-for-tests.ts';
import {
  dynamoDbFailure,
  dynamoDbReply,
  type HttpResponse,
  type Reply,
  startScriptedServer,
} from '../aws/scripted-server.ts';
import { unpaced } from './pacing/unpaced.ts';

const NEVER = new AbortController().signal;
const SUBJECT = { table: { name: 'Orders' }, bucket: 'bucket', sourceRegion: 'us-east-1' };

const PAGE = {
  Count: 2,
  ScannedCount: 5,
  Items: [{ pk: { S: 'a' } }, { pk: { S: 'b' } }],
  LastEvaluatedKey: { pk: { S: 'b' }, bin: { B: 'AAEC/w==' }, n: { N: '12345678901234567890.1' } },
  ConsumedCapacity: { TableName: 'Orders', CapacityUnits: 128.5 },
};
const LINES = '{"Item":{"pk":{"S":"a"}}}\n{"Item":{"pk":{"S":"b"}}}\n';

/** Reads one page from a server that sends these responses in order, and the last one repeatedly. */
async function read(...replies: readonly Reply[]) {
  await using server = await startScriptedServer((_, nth) => replies[Math.min(nth, replies.length) - 1] as Reply);
  using client = clientOfTable(server.endpoint);
  const reader = new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers());
  try {
    const { lines, ...page } = await reader.read({ TableName: 'Orders' }, unpaced(), NEVER);
    return { page, lines: lines.toString(), requests: server.requests.length };
  } catch (error) {
    return { error: error as Error, requests: server.requests.length };
  }
}

/** Returns a response without a checksum, like an emulator sends it. */
function withoutChecksum(page: unknown): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(page) };
}

test('PageReader returns the items as lines and the other members as the SDK parses them', async () => {
  for (const reply of [dynamoDbReply(PAGE), withoutChecksum(PAGE)]) {
    const { page, lines } = await read(reply);
    assert.equal(lines, LINES);
    assert.deepEqual(page, {
      itemCount: 2,
      scannedCount: 5,
      consumedCapacity: 128.5,
      lastEvaluatedKey: {
        pk: { S: 'b' },
        bin: { B: new Uint8Array([0, 1, 2, 255]) },
        n: { N: '12345678901234567890.1' },
      },
    });
  }
});

test('PageReader accepts a last page that has only Items and Count', async () => {
  const { page, lines } = await read(dynamoDbReply({ Items: [], Count: 0 }));
  assert.equal(lines, '');
  assert.deepEqual(page, { itemCount: 0, scannedCount: 0, consumedCapacity: 0, lastEvaluatedKey: undefined });
});

test('PageReader sends the Scan parameters with unchanged keys and requests the consumed capacity', async () => {
  await using server = await startScriptedServer(() => dynamoDbReply(PAGE));
  using client = clientOfTable(server.endpoint);
  const reader = new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers());
  const { lastEvaluatedKey } = await reader.read(
    { TableName: 'Orders', Segment: 3, TotalSegments: 7 },
    unpaced(),
    NEVER,
  );
  await reader.read(
    { TableName: 'Orders', ExclusiveStartKey: lastEvaluatedKey, ConsistentRead: true },
    unpaced(),
    NEVER,
  );
  assert.deepEqual(
    server.requests.map(({ body, headers }) => [headers['x-amz-target'], JSON.parse(body.toString())]),
    [
      [
        'DynamoDB_20120810.Scan',
        { TableName: 'Orders', Segment: 3, TotalSegments: 7, ReturnConsumedCapacity: 'TOTAL' },
      ],
      [
        'DynamoDB_20120810.Scan',
        {
          TableName: 'Orders',
          ExclusiveStartKey: PAGE.LastEvaluatedKey,
          ConsistentRead: true,
          ReturnConsumedCapacity: 'TOTAL',
        },
      ],
    ],
  );
});

/** Returns page buffers that record which buffers are in use. */
function countedBuffers() {
  const pages = new PageBuffers();
  const inUse = new Set<Buffer>();
  const all = new Set<Buffer>();
  return {
    inUse,
    all,
    take() {
      const buffer = pages.take();
      assert.ok(!inUse.has(buffer), 'a buffer in use must not be handed out');
      inUse.add(buffer);
      all.add(buffer);
      return buffer;
    },
    release(buffer: Buffer) {
      assert.ok(inUse.delete(buffer), 'only a buffer in use can be released');
      pages.release(buffer);
    },
  };
}

test('PageReader reuses its buffers for consecutive pages and holds none while it waits for a response', async () => {
  const held: number[] = [];
  const buffers = countedBuffers();
  const last = { Count: 1, Items: [{ pk: { S: 'z' } }] };
  const corruptedPage = { ...dynamoDbReply(PAGE), headers: { 'x-amz-crc32': '1' } };
  const replies = [dynamoDbReply(PAGE), corruptedPage, dynamoDbReply(last), corruptedPage, dynamoDbReply(PAGE)];
  await using server = await startScriptedServer((_, nth) => {
    held.push(buffers.inUse.size);
    return replies[nth - 1] as Reply;
  });
  using client = clientOfTable(server.endpoint);
  const readers = [1, 2].map(() => new PageReader(client, convertWith(transcodeDynamoDbJson), buffers));
  const lines: string[] = [];
  for (const reader of [...readers, ...readers.slice(0, 1)]) {
    lines.push((await reader.read({ TableName: 'Orders' }, unpaced(), NEVER)).lines.toString());
  }
  assert.deepEqual(lines, [LINES, '{"Item":{"pk":{"S":"z"}}}\n', LINES]);
  assert.deepEqual(held, [0, 1, 1, 1, 1], 'only the lines of the other reader are held');
  assert.equal(buffers.all.size, 3);
});

test('PageReader releases its page buffer if a page cannot be read', async () => {
  const buffers = countedBuffers();
  await using server = await startScriptedServer(() => dynamoDbReply({ Count: 1, Items: [{ 'a b': { N: '1' } }, 5] }));
  using client = clientOfTable(server.endpoint);
  const reader = new PageReader(client, convertWith(transcodeDynamoDbJson), buffers);
  await assert.rejects(reader.read({ TableName: 'Orders' }, unpaced(), NEVER), { name: 'CorruptedResponse' });
  assert.ok(buffers.inUse.size <= 1, 'only the buffer for lines is held until the next read');
});

test('PageReader throws the error of the SDK unchanged', async () => {
  const { error, requests } = await read(dynamoDbFailure('ResourceNotFoundException', 'Requested resource not found'));
  assert.equal(error?.name, 'ResourceNotFoundException');
  assert.equal(error?.message, 'Requested resource not found');
  assert.equal(requests, 1);
});

test('PageReader returns only the last response if a page is requested several times', async () => {
  const { Items, ...rest } = PAGE;
  const other = { ...rest, Count: 3, Items: [...Items, { pk: { S: 'corrupted' } }] };
  const good = dynamoDbReply(PAGE);
  const bad: readonly Reply[] = [
    { ...dynamoDbReply(other), headers: { 'x-amz-crc32': '1' } },
    dynamoDbFailure('ProvisionedThroughputExceededException', 'slow down'),
    dynamoDbFailure('InternalServerError', 'sorry', 500),
    (response) => response.writeHead(200, { 'content-length': 1_000 }).write('{"Items":[', () => response.destroy()),
  ];
  const { page, lines, requests } = await read(...bad, good);
  assert.equal(requests, bad.length + 1);
  assert.equal(lines, LINES);
  assert.equal(page?.itemCount, 2);
});

for (const status of [201, 202, 203, 206]) {
  test(`PageReader accepts a page with HTTP status ${status}`, async () => {
    const { lines, page } = await read({ ...dynamoDbReply(PAGE), status });
    assert.equal(lines, LINES);
    assert.equal(page?.itemCount, 2);
    assert.deepEqual(page?.lastEvaluatedKey?.['pk'], { S: 'b' });
  });
}

const NO_PAGES: Readonly<Record<string, Reply>> = {
  'HTTP 204 without a body': { status: 204 },
  'HTTP 200 without a body': { status: 200 },
  'HTTP 200 with an empty body': { status: 200, body: '' },
  'HTTP 202 with an empty JSON object': { status: 202, body: '{}' },
  'an HTML page': { status: 200, body: '<html>Please sign in to this network</html>' },
  'an empty JSON object with a checksum': dynamoDbReply({}),
  'HTTP 200 with an error in the body': dynamoDbReply({
    __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
    message: 'late',
  }),
};

for (const [what, reply] of Object.entries(NO_PAGES)) {
  test(`PageReader rejects ${what} and does not take it for the last page`, async () => {
    const { error, page } = await read(reply);
    assert.equal(page, undefined);
    assert.equal(explainError(error, SUBJECT).code, 'PAGE_CORRUPT');
  });
}

test('a page that is corrupted five times fails with PAGE_CORRUPT, without any of its data in the message', async () => {
  const broken: readonly Reply[] = [
    { ...dynamoDbReply(PAGE), headers: { 'x-amz-crc32': '1' } },
    withoutChecksum({ ...PAGE, Count: 3 }),
    withoutChecksum({ ...PAGE, Items: [{ SECRET: { S: 'x' } }, { SECRET: { SECRET: 'SECRET' } }] }),
    { status: 200, body: JSON.stringify(PAGE).replace('}]', '}SECRET]') },
    { status: 200, body: Buffer.from(JSON.stringify(PAGE).replace('"a"', '"\xff"'), 'latin1') },
  ];
  for (const reply of broken) {
    const { error, requests } = await read(reply);
    assert.equal(requests, 5);
    const explained = explainError(error, SUBJECT);
    assert.equal(explained.code, 'PAGE_CORRUPT');
    assert.doesNotMatch(explained.message + explained.remedy, /SECRET|"S"|Orders/);
  }
});

test('a response without a checksum is rejected if it has an unknown member, which may be a corrupted LastEvaluatedKey', async () => {
  const { LastEvaluatedKey, ...rest } = PAGE;
  for (const name of ['LastEvaluatedKex', 'lastEvaluatedKey', '', 'LastEvaluatedKey ']) {
    const corrupted = withoutChecksum({ ...rest, [name]: LastEvaluatedKey });
    const { error, page } = await read(corrupted);
    assert.equal(page, undefined, name);
    assert.equal(explainError(error, SUBJECT).code, 'PAGE_CORRUPT', name);
    const { requests, page: good } = await read(corrupted, withoutChecksum(PAGE));
    assert.equal(requests, 2);
    assert.deepEqual(good?.lastEvaluatedKey?.['pk'], { S: 'b' });
  }
  for (const key of [[], 'b', 7, false, {}]) {
    const { error } = await read(withoutChecksum({ ...rest, LastEvaluatedKey: key }));
    assert.equal(error && explainError(error, SUBJECT).code, 'PAGE_CORRUPT', JSON.stringify(key));
  }
  // With a valid checksum, an unknown member is a new feature of DynamoDB and is ignored.
  const { page } = await read(dynamoDbReply({ ...PAGE, SomethingNew: { a: [1] } }));
  assert.equal(page?.itemCount, 2);
});

test('an item that Ion cannot represent fails with ION_VALUE_INVALID without a retry', async () => {
  const page = { Count: 1, Items: [{ pk: { S: 'a' }, text: { S: 'PRIVATE \ud800' } }] };
  await using server = await startScriptedServer(() => dynamoDbReply(page));
  using client = clientOfTable(server.endpoint);
  const error = await new PageReader(client, convertWith(transcodeIon), new PageBuffers())
    .read({ TableName: 'Orders' }, unpaced(), NEVER)
    .catch((e: Error) => e);
  const { code, message, remedy } = explainError(error, SUBJECT);
  assert.equal(code, 'ION_VALUE_INVALID');
  assert.doesNotMatch(message + remedy, /PRIVATE/);
  assert.equal(server.requests.length, 1);
});

test('a stopped run ends a read that waits for a response, receives one, or waits for its retry', async () => {
  const stalls: readonly Reply[] = [
    () => {},
    (response) => void response.writeHead(200, { 'content-length': 1_000 }).write('{"Items":['),
    dynamoDbFailure('ProvisionedThroughputExceededException', 'slow down'),
  ];
  for (const stall of stalls) {
    await using server = await startScriptedServer(() => stall);
    using client = clientOfTable(server.endpoint);
    const stop = new AbortController();
    const reading = new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers()).read(
      { TableName: 'Orders' },
      unpaced(),
      stop.signal,
    );
    setTimeout(() => stop.abort(), 50);
    const started = performance.now();
    await assert.rejects(reading, { name: 'AbortError' });
    assert.ok(performance.now() - started < 400);
  }
});
