import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { chosenSource } from '../emulators/source.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { readCopy } from '../fixtures/read-copy.ts';
import { openRestorePair, type RestorePair } from '../fixtures/restore-pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { fewOf } from '../run/effort.ts';

await startServers();

const METHODS: readonly (readonly [method: string, inputs: Inputs])[] = [
  ['import', {}],
  ['bulk-put', { 'failed-items-s3-uri': 's3://failed-items/restore' }],
  ['write', {}],
];

/** Copies a table and returns the lines of its data objects, sorted. */
async function linesOf({ pair, service }: RestorePair, table: string): Promise<string[]> {
  await using run = await pair.run({ 'dynamodb-table-name': table }, { env: service.env });
  assertSucceeded(run);
  const copy = await readCopy(pair.store, pair.bucket, run.outputs['manifest-key'] ?? '');
  return copy.objects.flatMap(({ lines }) => lines).sort();
}

suite('copy, restore and copy again', { concurrency: 2 }, () => {
  for (const [method, inputs] of fewOf(METHODS, 1)) {
    test(`return equal lines for every edge case with the method ${method}`, async () => {
      await using restoring = await openRestorePair({ items: edgeItems(chosenSource()) });
      await using run = await restoring.restore({ method, ...inputs });
      await restoring.assertRestored(run);
      const [before, after] = [await linesOf(restoring, restoring.table), await linesOf(restoring, restoring.into)];
      assert.ok(before.length > 40, `${before.length} lines`);
      assert.deepEqual(after, before);
    });
  }
});
