import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertFailed, type Inputs, keysIn, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { fewOf } from '../run/effort.ts';

await startServers();

const NO_MATCH = 'attribute_exists(nowhere)';

interface EmptyCase {
  readonly items: number;
  readonly inputs: Inputs;
  readonly scope: string;
  /** Values of if-empty. */
  readonly policies: readonly (keyof typeof WARNINGS)[];
}

/** Warnings for each value of if-empty that does not fail the step. */
const WARNINGS = { '': [/contains no items/], warn: [/contains no items/], ignore: [] };

/** Reasons for a copy without items: an empty table, with and without segments, and a filter that matches nothing. */
const CASES: Readonly<Record<string, EmptyCase>> = {
  'an empty table': { items: 0, inputs: {}, scope: 'table', policies: ['', 'warn', 'ignore'] },
  'an empty table in 8 segments': {
    items: 0,
    inputs: { 'total-segments': '8' },
    scope: 'table',
    policies: ['ignore'],
  },
  'no matches of a filter': {
    items: 20,
    inputs: { 'dynamodb-scan-kwargs': `FilterExpression: ${NO_MATCH}\nLimit: 7` },
    scope: 'subset',
    policies: ['warn'],
  },
};

suite('copies without items', { concurrency: 2 }, () => {
  for (const [name, { items, inputs, scope, policies }] of Object.entries(CASES)) {
    for (const ifEmpty of fewOf(policies, 1)) {
      test(`copies ${name} without data objects with if-empty: ${ifEmpty || '(not set)'}`, async () => {
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
        assert.equal(run.outputs['scope'], scope);
        const expected: readonly RegExp[] = WARNINGS[ifEmpty];
        assert.equal(run.warnings.length, expected.length, run.log);
        for (const [index, pattern] of expected.entries()) assert.match(run.warnings[index] ?? '', pattern);
      });
    }

    test(`fails without a manifest after reading ${name} with if-empty: error`, async () => {
      await using pair = await openPair();
      await using run = await copyNothing(pair, items, { ...inputs, 'if-empty': 'error' });
      const { remedy } = await assertFailed(run, pair, 'EMPTY_COPY');
      assert.match(remedy, /if-empty/);
      const [, root] = (run.outputs['s3-uri'] ?? '').split(`s3://${pair.bucket}/`);
      assert.deepEqual(await keysIn(pair), [`${root}_started`]);
      assert.equal(run.outputs['item-count'], '0');
    });
  }
});

async function copyNothing(pair: Pair, items: number, inputs: Inputs) {
  const table = await pair.source.createTable(smallItems(items));
  return pair.run({ 'dynamodb-table-name': table, ...inputs });
}
