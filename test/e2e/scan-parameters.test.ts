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
  /** Values of dynamodb-scan-kwargs that all mean the same. */
  readonly kwargs: readonly string[];
  /** Parameters that DynamoDB must receive with every Scan. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly scope: 'table' | 'subset';
  readonly narrowedBy: readonly string[];
  /** Number of items in the copy. */
  readonly items: number;
}

const CASES: Readonly<Record<string, Case>> = {
  'a filter with values in JSON, YAML and DynamoDB JSON': {
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
    scope: 'subset',
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
    scope: 'subset',
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
    scope: 'subset',
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
    scope: 'subset',
    narrowedBy: ['ProjectionExpression'],
    items: 60,
  },
  'a global index': {
    kwargs: ['IndexName: by-state', '{"IndexName": "by-state"}'],
    sent: { IndexName: 'by-state' },
    scope: 'subset',
    narrowedBy: ['IndexName'],
    // A quarter of the items has no state and is not in the index.
    items: 45,
  },
  'the projected attributes of a global index': {
    kwargs: ['IndexName: by-state\nSelect: ALL_PROJECTED_ATTRIBUTES'],
    sent: { IndexName: 'by-state', Select: 'ALL_PROJECTED_ATTRIBUTES' },
    scope: 'subset',
    narrowedBy: ['IndexName'],
    items: 45,
  },
  'a local index and consistent reads': {
    kwargs: ['IndexName: by-number\nConsistentRead: true'],
    sent: { IndexName: 'by-number', ConsistentRead: true },
    scope: 'subset',
    narrowedBy: ['IndexName'],
    items: 60,
  },
  'consistent reads': {
    kwargs: ['ConsistentRead: true'],
    sent: { ConsistentRead: true },
    scope: 'table',
    narrowedBy: [],
    items: 60,
  },
  'pages of 7': { kwargs: ['Limit: 7'], sent: { Limit: 7 }, scope: 'table', narrowedBy: [], items: 60 },
  'all attributes': {
    kwargs: ['{"Select": "ALL_ATTRIBUTES", "ConsistentRead": false}'],
    sent: { Select: 'ALL_ATTRIBUTES', ConsistentRead: false },
    scope: 'table',
    narrowedBy: [],
    items: 60,
  },
};

for (const [name, { kwargs, sent, scope, narrowedBy, items }] of fewOf(Object.entries(CASES), 2)) {
  suite(`dynamodb-scan-kwargs with ${name}`, { concurrency: 2 }, () => {
    for (const text of fewOf(kwargs, 1)) {
      const excerpt = text.replaceAll('\n', ' ⏎ ').slice(0, 100);
      test(`sends the Scan parameters and copies the items that DynamoDB returns: ${excerpt}`, async () => {
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
        assert.equal(run.outputs['scope'], scope);
        assert.equal(copy.record?.['scope'], scope);
        assert.deepEqual(copy.record?.['narrowedBy'], narrowedBy);
      });
    }
  });
}

slowTest('Limit in dynamodb-scan-kwargs sets the page size, and every page is read once', async () => {
  await using pair = await openPair();
  await using run = await pair.run({
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': 'Limit: 7',
    'total-segments': '1',
  });
  assert.equal((await pair.copyOf(run)).summary.itemCount, 60);
  // 60 items make 9 pages: 8 of 7 items and one of 4.
  assert.equal(scansOf(pair).length, 9);
});

slowTest('a scan continues after pages on which the filter matches no item', async () => {
  await using pair = await openPair();
  await using run = await pair.run({
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': `{"FilterExpression": "big = :n", "ExpressionAttributeValues": {":n": ${DIGITS_38}}, "Limit": 1}`,
    'total-segments': '1',
  });
  assert.equal((await pair.copyOf(run)).summary.itemCount, 1);
  const counts = pair.source.requests
    .filter((request) => request.operation === 'Scan')
    .map((request) => (JSON.parse(request.httpResponse?.toString() ?? '{}') as { Count?: number }).Count);
  assert.ok(counts.indexOf(1) > 0, `control: an empty page before the item: ${counts}`);
  assert.ok(counts.length > 30, 'control: one page per item');
});

slowTest('an item is copied even if the filter matches nothing on the pages after it', async () => {
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

/** Returns the Scan requests of the copy. The preflight check of the parameters omits ReturnConsumedCapacity. */
function scansOf({ source }: Pair): Readonly<Record<string, unknown>>[] {
  const scans = source.requests.filter((request) => request.operation === 'Scan').map((request) => request.parameters);
  return scans.filter((parameters) => parameters['ReturnConsumedCapacity'] === 'TOTAL');
}

/** Returns the items that the server returns for these parameters. */
async function expectedItems(sent: Readonly<Record<string, unknown>>): Promise<WireItem[]> {
  const pages = await scanRaw(table, sent);
  return pages.flatMap((page) => page.items.map((item) => JSON.parse(item.toString()) as WireItem));
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(INDEXED_ITEMS, INDEXED);
}
