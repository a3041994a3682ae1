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

suite('ExclusiveStartKey goes on where a scan stopped', { concurrency: 2 }, () => {
  for (const { name, items, definition } of fewOf(TABLES, 2)) {
    for (const totalSegments of fewOf([1, 2], 1)) {
      test(`${name}, ${totalSegments === 1 ? 'in the whole table' : 'in a segment'}`, async () => {
        await using pair = await openPair();
        const table = await pair.source.createTable(items, definition);
        const share = totalSegments === 1 ? undefined : await fullerSegment(table, totalSegments);
        // A page of one item: what follows its key is the rest.
        const [first, ...rest] = await scanRaw(table, { ...share, Limit: 1 });
        assert.ok(rest.flatMap((page) => page.items).length > 0, 'a key that nothing follows proves nothing');
        const kwargs = { ...share, ExclusiveStartKey: first?.lastKey };
        await using run = await pair.run({
          'dynamodb-table-name': table,
          'dynamodb-scan-kwargs': JSON.stringify(kwargs),
        });
        const copy = await pair.copyOf(run);

        assertSameItems(copy.items(), rest.flatMap((page) => page.items).map(parse));
        const [scan, ...more] = pair.source.requests
          .filter((request) => request.operation === 'Scan')
          .map((request) => request.parameters)
          // The one that checks the parameters beforehand asks for no figures.
          .filter((parameters) => parameters['ReturnConsumedCapacity'] === 'TOTAL');
        assert.deepEqual(more, []);
        assert.deepEqual(scan, { TableName: table, ReturnConsumedCapacity: 'TOTAL', ...kwargs });
        assert.equal(run.outputs['scope'], 'subset');
        assert.deepEqual(copy.record?.['narrowedBy'], share ? ['Segment', 'ExclusiveStartKey'] : ['ExclusiveStartKey']);
      });
    }
  }

  slowTest('a plain key, as it is written', async () => {
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

  test('a key that the table cannot have fails, and is not shown', async () => {
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

/** Each server has its own way to share items out. */
async function fullerSegment(table: string, TotalSegments: number) {
  const segments = await Promise.all(
    Array.from({ length: TotalSegments }, async (_, Segment) => {
      const pages = await scanRaw(table, { Segment, TotalSegments });
      return { share: { Segment, TotalSegments }, items: pages.flatMap((page) => page.items).length };
    }),
  );
  return segments.toSorted((a, b) => b.items - a.items)[0]?.share;
}

function parse(item: Buffer): WireItem {
  return JSON.parse(item.toString()) as WireItem;
}
