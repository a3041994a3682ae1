import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openSource } from '../emulators/source.ts';
import { DIGITS_38, INDEXED, INDEXED_ITEMS } from '../fixtures/indexed-table.ts';
import { assertSameItems, type WireItem } from '../fixtures/items.ts';
import { assertSucceeded, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { scanRaw } from '../fixtures/raw-dynamodb.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const table = await fill();

interface Case {
  /** As a user would write them; all mean the same. */
  readonly kwargs: readonly string[];
  /** What must arrive at DynamoDB with every Scan. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly narrowedBy: readonly string[];
  /** How many items that is. */
  readonly items: number;
}

const CASES: Readonly<Record<string, Case>> = {
  'a filter with plain values': {
    kwargs: [
      '{"FilterExpression": "#s = :open AND n >= :least", "ExpressionAttributeNames": {"#s": "state"}, "ExpressionAttributeValues": {":open": "open", ":least": 30}}',
      "FilterExpression: '#s = :open AND n >= :least'\nExpressionAttributeNames: {'#s': state}\nExpressionAttributeValues:\n  ':open': open\n  ':least': 30",
      '{"FilterExpression": "#s = :open AND n >= :least", "ExpressionAttributeNames": {"#s": "state"}, "ExpressionAttributeValues": {":open": {"S": "open"}, ":least": {"N": "30"}}}',
    ],
    sent: {
      FilterExpression: '#s = :open AND n >= :least',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':open': { S: 'open' }, ':least': { N: '30' } },
    },
    narrowedBy: ['FilterExpression'],
    items: 16,
  },
  'a number of 38 digits': {
    kwargs: [
      `{"FilterExpression": "big = :n", "ExpressionAttributeValues": {":n": ${DIGITS_38}}}`,
      `FilterExpression: big = :n\nExpressionAttributeValues:\n  ':n': ${DIGITS_38}`,
      `FilterExpression: big = :n\nExpressionAttributeValues:\n  ':n': {N: '${DIGITS_38}'}`,
      `FilterExpression: big = :n\nExpressionAttributeValues:\n  ':n': {N: ${DIGITS_38}}`,
    ],
    sent: { FilterExpression: 'big = :n', ExpressionAttributeValues: { ':n': { N: DIGITS_38 } } },
    narrowedBy: ['FilterExpression'],
    items: 1,
  },
  'values of every type': {
    kwargs: [
      '{"FilterExpression": "picture = :b OR labels = :ss OR mixture = :m OR mixture = :l OR finished = :f OR nobody = :z", "ExpressionAttributeValues": {":b": {"B": "AAEC/w=="}, ":ss": {"SS": ["a", "b"]}, ":m": {"deep": [1, "x", {"y": null}]}, ":l": [true, 1.50], ":f": false, ":z": null}}',
    ],
    sent: {
      FilterExpression: 'picture = :b OR labels = :ss OR mixture = :m OR mixture = :l OR finished = :f OR nobody = :z',
      ExpressionAttributeValues: {
        ':b': { B: 'AAEC/w==' },
        ':ss': { SS: ['a', 'b'] },
        ':m': { M: { deep: { L: [{ N: '1' }, { S: 'x' }, { M: { y: { NULL: true } } }] } } },
        ':l': { L: [{ BOOL: true }, { N: '1.50' }] },
        ':f': { BOOL: false },
        ':z': { NULL: true },
      },
    },
    narrowedBy: ['FilterExpression'],
    items: 1,
  },
  'a projection': {
    kwargs: [
      '{"ProjectionExpression": "pk, #s, mixture.deep[0]", "ExpressionAttributeNames": {"#s": "state"}, "Select": "SPECIFIC_ATTRIBUTES"}',
    ],
    sent: {
      ProjectionExpression: 'pk, #s, mixture.deep[0]',
      ExpressionAttributeNames: { '#s': 'state' },
      Select: 'SPECIFIC_ATTRIBUTES',
    },
    narrowedBy: ['ProjectionExpression'],
    items: 60,
  },
  'a global index': {
    kwargs: ['IndexName: by-state', '{"IndexName": "by-state"}'],
    sent: { IndexName: 'by-state' },
    narrowedBy: ['IndexName'],
    // Sparse: every fourth item has no state.
    items: 45,
  },
  'the projected attributes of a global index': {
    kwargs: ['IndexName: by-state\nSelect: ALL_PROJECTED_ATTRIBUTES'],
    sent: { IndexName: 'by-state', Select: 'ALL_PROJECTED_ATTRIBUTES' },
    narrowedBy: ['IndexName'],
    items: 45,
  },
  'a local index, read consistently': {
    kwargs: ['IndexName: by-number\nConsistentRead: true'],
    sent: { IndexName: 'by-number', ConsistentRead: true },
    narrowedBy: ['IndexName'],
    items: 60,
  },
  'consistent reads': {
    kwargs: ['ConsistentRead: true'],
    sent: { ConsistentRead: true },
    narrowedBy: [],
    items: 60,
  },
  'pages of 7': { kwargs: ['Limit: 7'], sent: { Limit: 7 }, narrowedBy: [], items: 60 },
  'all attributes': {
    kwargs: ['{"Select": "ALL_ATTRIBUTES", "ConsistentRead": false}'],
    sent: { Select: 'ALL_ATTRIBUTES', ConsistentRead: false },
    narrowedBy: [],
    items: 60,
  },
};

for (const [name, { kwargs, sent, narrowedBy, items }] of fewOf(Object.entries(CASES), 3)) {
  suite(`${name}: what was asked for arrives, and its answer is the copy`, { concurrency: 2 }, () => {
    for (const text of fewOf(kwargs, 1)) {
      test(text.replaceAll('\n', ' ⏎ ').slice(0, 100), async () => {
        await using pair = await openPair();
        await using run = await pair.run({ 'dynamodb-table-name': table, 'dynamodb-scan-kwargs': text });
        const copy = await pair.copyOf(run);

        for (const parameters of scansOf(pair)) {
          const { TableName, ReturnConsumedCapacity, Segment, TotalSegments, ExclusiveStartKey, ...rest } = parameters;
          assert.equal(TableName, table);
          assert.deepEqual(rest, sent);
        }
        assertSameItems(copy.items(), await expectedItems(sent));
        assert.equal(copy.summary.itemCount, items);
        assert.equal(run.outputs['scope'], narrowedBy.length === 0 ? 'table' : 'subset');
        assert.equal(copy.record?.['scope'], run.outputs['scope']);
        assert.deepEqual(copy.record?.['narrowedBy'], narrowedBy);
      });
    }
  });
}

test('Limit is the size of a page: all of them are read, each once', async () => {
  await using pair = await openPair();
  await using run = await pair.run({
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': 'Limit: 7',
    'total-segments': '1',
  });
  assert.equal((await pair.copyOf(run)).summary.itemCount, 60);
  // 60 items are 9 pages of 7, the last of 4.
  assert.equal(scansOf(pair).length, 9);
});

slowTest('empty pages in the middle are not the end', async () => {
  await using pair = await openPair();
  await using run = await pair.run({
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': `{"FilterExpression": "big = :n", "ExpressionAttributeValues": {":n": ${DIGITS_38}}, "Limit": 1}`,
    'total-segments': '1',
  });
  assert.equal((await pair.copyOf(run)).summary.itemCount, 1);
  const counts = pair.source.requests
    .filter((request) => request.operation === 'Scan')
    .map((request) => (JSON.parse(request.answer?.toString() ?? '{}') as { Count?: number }).Count);
  assert.ok(counts.indexOf(1) > 0, `an empty page before the item: ${counts}`);
  assert.ok(counts.length > 30, 'a page an item');
});

test('a filter that leaves nothing of the last pages does not lose the first', async () => {
  await using pair = await openPair();
  await using run = await pair.run({
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': 'FilterExpression: attribute_exists(picture)\nLimit: 1',
    'total-segments': '4',
  });
  assertSucceeded(run);
  assert.equal(run.outputs['item-count'], '1');
  assert.equal(run.outputs['file-count'], '1');
});

/** Those of the copy: the one that checks the parameters beforehand asks for no figures. */
function scansOf({ source }: Pair): Readonly<Record<string, unknown>>[] {
  const scans = source.requests.filter((request) => request.operation === 'Scan').map((request) => request.parameters);
  return scans.filter((parameters) => parameters['ReturnConsumedCapacity'] === 'TOTAL');
}

/** What the server itself answers to the same question. */
async function expectedItems(sent: Readonly<Record<string, unknown>>): Promise<WireItem[]> {
  const pages = await scanRaw(table, sent);
  return pages.flatMap((page) => page.items.map((item) => JSON.parse(item.toString()) as WireItem));
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(INDEXED_ITEMS, INDEXED);
}
