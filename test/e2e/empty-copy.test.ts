import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertFailed, type Inputs, keysIn, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { fewOf } from '../run/effort.ts';

await startServers();

const NOTHING = 'attribute_exists(nowhere)';

/** Ways to a copy without an item: an empty table, read in one page or in segments, and a filter that matches nothing. */
const EMPTY: Readonly<
  Record<string, { readonly items: number; readonly inputs: Inputs; readonly policies: readonly string[] }>
> = {
  'a table of 0 items': { items: 0, inputs: {}, policies: ['', 'warn', 'ignore'] },
  'a table of 0 items in 8 segments': { items: 0, inputs: { 'total-segments': '8' }, policies: ['ignore'] },
  'a filter that matches nothing': {
    items: 20,
    inputs: { 'dynamodb-scan-kwargs': `FilterExpression: ${NOTHING}\nLimit: 7` },
    policies: ['warn'],
  },
};

for (const [name, { items, inputs, policies }] of Object.entries(EMPTY)) {
  suite(`${name} is a copy without a data object`, { concurrency: 2 }, () => {
    for (const ifEmpty of fewOf(policies, 1)) {
      test(`if-empty: ${ifEmpty || '(not set)'}`, async () => {
        await using pair = await openPair();
        await using run = await copyNothing(pair, items, { ...inputs, 'if-empty': ifEmpty });
        const copy = await pair.copyOf(run);
        assert.equal(copy.summary.itemCount, 0);
        assert.deepEqual(copy.objects, []);
        assert.deepEqual(
          (await keysIn(pair)).filter((key) => key.includes('/data/')),
          [],
        );
        assert.equal(run.outputs['s3-keys'], '[]');
        assert.equal(run.outputs['item-count'], '0');
        assert.equal(run.outputs['file-count'], '0');
        assert.equal(run.outputs['scope'], items === 0 ? 'table' : 'subset');
        assert.equal(run.warnings.length, ifEmpty === 'ignore' ? 0 : 1, run.log);
        assert.match(run.warnings[0] ?? 'contains no items', /contains no items/);
      });
    }

    test('if-empty: error', async () => {
      await using pair = await openPair();
      await using run = await copyNothing(pair, items, { ...inputs, 'if-empty': 'error' });
      const { remedy } = await assertFailed(run, pair, 'EMPTY_COPY');
      assert.match(remedy, /if-empty/);
      // It failed before anything that could be taken for a copy.
      const [, root] = (run.outputs['s3-uri'] ?? '').split(`s3://${pair.bucket}/`);
      assert.deepEqual(await keysIn(pair), [`${root}_started`]);
      assert.equal(run.outputs['item-count'], '0');
    });
  });
}

async function copyNothing(pair: Pair, items: number, inputs: Inputs) {
  const table = await pair.source.createTable(smallItems(items));
  return pair.run({ 'dynamodb-table-name': table, ...inputs });
}
