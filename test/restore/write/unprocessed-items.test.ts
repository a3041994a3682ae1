import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Bucket } from '../../../src/s3/bucket.ts';
import { clientOfBucket, clientOfTable } from '../../aws/clients-for-tests.ts';
import { dynamoDbFailure, dynamoDbReply } from '../../aws/scripted-server.ts';
import { openStore } from '../../emulators/store.ts';
import { startServers } from '../../fixtures/pair.ts';
import { type LoadOptions, load, putLines } from './stored-copy.ts';
import { type BatchRequest, type Reaction, startWrittenTable } from './written-table.ts';

await startServers();

const ITEMS = [
  '{"pk":{"S":"a\\"\\u00e9/"},"z":{"N":"1.50"},"a":{"L":[{"N":"100"}]}}',
  '{"pk":{"N":"10.0"},"text":{"S":"\\u2028"}}',
  '{"pk":{"B":"AAEC/w=="},"empty":{"M":{}}}',
  '{"pk":{"S":"10.0"}}',
  '{"pk":{"N":"-0"}}',
];
const TEXT = ITEMS.map((item) => `{"Item":${item}}\n`).join('');
const PARSED = ITEMS.map((item) => JSON.parse(item));

/** Loads the items into a table that reacts like this. */
async function loadInto(react: (request: BatchRequest) => Reaction, options: LoadOptions = {}) {
  await using store = await openStore();
  await using table = await startWrittenTable(react);
  const bucket = await store.createBucket();
  const files = [await putLines(store, bucket, 'data/0', TEXT, 'gzip')];
  using client = clientOfTable(table.server.endpoint);
  using s3 = clientOfBucket(store.endpoint);
  const loaded = await load(
    { client, tableName: 'Orders', bucket: new Bucket({ client: s3, name: bucket }), files },
    options,
  );
  return { ...loaded, items: [...table.items.values()], requests: table.requests };
}

/** The items as another server could return them: attributes in another order, and other notations of equal values. */
const RETURNED = [
  '{ "a":{"L":[{"N":"1E2"}]}, "z":{"N":"1.5"}, "pk":{"S":"a\\u0022é\\/"} }',
  '{"text":{"S":"\u2028"},"pk":{"N":"1E+1"}}',
  '{"empty":{"M":{}},"pk":{"B":"AAEC\\/w=="}}',
  '{"pk":{"S":"10.0"}}',
  '{"pk":{"N":"0"}}',
];

suite('unprocessed items', () => {
  test('are written again with the bytes of the copy, in any order and notation of the response', async () => {
    const { items, requests, figures, error } = await loadInto(({ nth }) => {
      if (nth === 1) return { unprocessed: [RETURNED[4], RETURNED[0], RETURNED[2]] as string[] };
      return nth === 2 ? { unprocessed: [RETURNED[0] as string] } : 'write';
    });
    assert.ifError(error);
    assert.deepEqual(
      requests.map((request) => request.items.length),
      [5, 3, 1],
    );
    assert.deepEqual(
      new Set(items.map((item) => JSON.stringify(item))),
      new Set(PARSED.map((item) => JSON.stringify(item))),
    );
    assert.deepEqual([figures.itemCount, figures.throttledRequests, figures.consumedWriteCapacity], [5, 2, 15]);
  });

  for (const [what, unprocessed] of Object.entries({
    'is not in the request': ['{"pk":{"S":"other"}}'],
    'is in the response twice': [RETURNED[3], RETURNED[3]],
    'has no key': ['{"x":{"S":"y"}}'],
  })) {
    test(`are all written again if one ${what}`, async () => {
      const { items, requests, error, figures } = await loadInto(({ nth }) =>
        nth === 1 ? { unprocessed: unprocessed as string[] } : 'write',
      );
      assert.ifError(error);
      assert.deepEqual(
        requests.map((request) => request.items.length),
        [5, 5],
      );
      assert.equal(items.length, 5);
      assert.equal(figures.itemCount, 5);
    });
  }
});

const EMPTY = '{"UnprocessedItems":{}}';

suite('responses to BatchWriteItem', () => {
  const bad = {
    'with a wrong checksum': { ...dynamoDbReply(EMPTY), body: EMPTY.replace('U', 'u') },
    'that are truncated': { status: 200, body: EMPTY.slice(0, -2) },
    'without UnprocessedItems': dynamoDbReply('{}'),
    'with a request that is not a PutRequest': dynamoDbReply('{"UnprocessedItems":{"Orders":[{"DeleteRequest":{}}]}}'),
    'that are not an object': dynamoDbReply('[]'),
    'that report an internal error': dynamoDbFailure('InternalServerError', 'x', 500),
    'that report throttling': dynamoDbFailure('ProvisionedThroughputExceededException', 'x'),
  };
  for (const [what, response] of Object.entries(bad)) {
    test(`${what} are requested again`, async () => {
      const { error, items, requests, figures } = await loadInto(({ nth }) => (nth <= 2 ? response : 'write'));
      assert.ifError(error);
      assert.deepEqual([items.length, requests.length, figures.itemCount], [5, 3, 5]);
    });
  }

  test('that deny the request fail the load at once', async () => {
    const { error, requests } = await loadInto(() => dynamoDbFailure('AccessDeniedException', 'denied'));
    assert.equal(error?.name, 'AccessDeniedException');
    assert.equal(requests.length, 1);
  });

  test('that report a table that does not exist fail the load at once', async () => {
    const { error, requests } = await loadInto(() => dynamoDbFailure('ResourceNotFoundException', 'not found'));
    assert.equal(error?.name, 'ResourceNotFoundException');
    assert.equal(requests.length, 1);
  });
});
