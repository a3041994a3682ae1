import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../emulators/source.ts';
import { assertSameItems, type WireItem } from '../fixtures/items.ts';
import { assertFailed, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { scanRaw } from '../fixtures/raw-dynamodb.ts';
import { EDGE_TABLES } from '../fixtures/table-of-edges.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

interface KeyedTable {
  readonly name: string;
  readonly items: readonly Item[];
  readonly definition: Partial<CreateTableCommandInput>;
}

const TABLES: readonly KeyedTable[] = [
  { name: 'plain strings', items: smallItems(40), definition: {} },
  ...EDGE_TABLES,
];

const RANGES = [
  { range: 'the whole table', rangeOf: async () => ({}), narrowedBy: ['ExclusiveStartKey'] },
  {
    range: 'a segment',
    rangeOf: (table: string) => largestSegment(table, 2),
    narrowedBy: ['Segment', 'ExclusiveStartKey'],
  },
] as const;

suite('ExclusiveStartKey', { concurrency: 2 }, () => {
  for (const { name, items, definition } of fewOf(TABLES, 1)) {
    for (const { range, rangeOf, narrowedBy } of fewOf(RANGES, 1)) {
      slowTest(`copies the items after the key in ${range} if the keys are ${name}`, async () => {
        await using pair = await openPair();
        const table = await pair.source.createTable(items, definition);
        const parameters = await rangeOf(table);
        // The first page has one item. The copy must contain the items after its key.
        const [first, ...rest] = await scanRaw(table, { ...parameters, Limit: 1 });
        assert.ok(rest.flatMap((page) => page.items).length > 0, 'control: there are items after the key');
        const kwargs = { ...parameters, ExclusiveStartKey: first?.lastKey };
        await using run = await pair.run({
          'dynamodb-table-name': table,
          'dynamodb-scan-kwargs': JSON.stringify(kwargs),
        });
        const copy = await pair.copyOf(run);

        assertSameItems(copy.items(), rest.flatMap((page) => page.items).map(parse));
        const [scan, ...more] = pair.source.requests
          .filter((request) => request.operation === 'Scan')
          .map((request) => request.parameters)
          // The preflight check of the parameters omits ReturnConsumedCapacity.
          .filter((sent) => sent['ReturnConsumedCapacity'] === 'TOTAL');
        assert.deepEqual(more, []);
        assert.deepEqual(scan, { TableName: table, ReturnConsumedCapacity: 'TOTAL', ...kwargs });
        assert.equal(run.outputs['scope'], 'subset');
        assert.deepEqual(copy.record?.['narrowedBy'], narrowedBy);
      });
    }
  }

  slowTest('can be a plain value without a DynamoDB type', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(40));
    const [first, ...rest] = await scanRaw(table, { Limit: 20 });
    const pk = Object.values(first?.lastKey?.['pk'] ?? {})[0];
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': `ExclusiveStartKey:\n  pk: ${pk}`,
    });
    assertSameItems((await pair.copyOf(run)).items(), rest.flatMap((page) => page.items).map(parse));
  });

  test('fails with INVALID_SCAN, and the key is not shown, if it does not match the key schema', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(4));
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': '{"ExclusiveStartKey": {"somebody": {"S": "patient-4711"}}}',
    });
    const { remedy } = await assertFailed(run, pair, 'INVALID_SCAN');
    assert.match(remedy, /ExclusiveStartKey/);
    assert.ok(!`${run.log}${run.summary}`.includes('patient-4711'));
    assert.ok(!`${run.log}${run.summary}`.includes('somebody'));
  });
});

/** Returns the segment with the most items. Each server distributes items differently. */
async function largestSegment(table: string, TotalSegments: number) {
  const segments = await Promise.all(
    Array.from({ length: TotalSegments }, async (_, Segment) => {
      const pages = await scanRaw(table, { Segment, TotalSegments });
      return { segment: { Segment, TotalSegments }, items: pages.flatMap((page) => page.items).length };
    }),
  );
  return segments.toSorted((a, b) => b.items - a.items)[0]?.segment;
}

function parse(item: Buffer): WireItem {
  return JSON.parse(item.toString()) as WireItem;
}
