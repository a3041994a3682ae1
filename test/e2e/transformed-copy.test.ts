import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { chosenSource } from '../emulators/source.ts';
import { assertSameItems, type WireItem, type WireValue } from '../fixtures/items.ts';
import { assertFailed, assertSucceeded, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { openRestorePair } from '../fixtures/restore-pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { runWithModule } from '../fixtures/user-module.ts';
import { assertNotVerified, assertVerified, VERIFY_ACTION } from '../fixtures/verify-pair.ts';
import { canonical } from '../format/reference.ts';
import { slowTest } from '../run/effort.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

const UNCHANGED = "export const output = 'item';\nexport default (item) => item;\n";

suite('a copy whose items process-func returned', { concurrency: 2 }, () => {
  for (const method of ['write', 'import'] as const) {
    for (const format of ['DYNAMODB_JSON', 'ION']) {
      slowTest(`is loaded by ${method} from ${format}, with every type and digit of the table`, async () => {
        // Ion has no unpaired surrogates. An empty name fails, because DynamoDB Local rejects it.
        const items = edgeItems(chosenSource()).filter((item) => {
          const text = JSON.stringify(item);
          return !text.includes('"":') && (format !== 'ION' || !/\\ud[89a-f]/.test(text));
        });
        const copyInputs = { 'export-format': format, compression: 'zstd' };
        await using restoring = await openRestorePair({ items, module: UNCHANGED, copyInputs });
        await using refused = await restoring.restore({ method });
        assert.match(failureOf(refused, 'COPY_NOT_RESTORABLE').join(), /process-func changed its items/);
        await using run = await restoring.restore({ method, 'allow-subset': 'true' });
        assertSucceeded(run);
        // Servers other than DynamoDB keep the notation of a number, which JavaScript does not.
        const restored = await restoring.pair.source.readItems(restoring.into);
        assertSameItems(restored.map(withEqualNumbers), restoring.original.map(withEqualNumbers));
      });
    }

    slowTest(`fails to be loaded by ${method} if items got equal keys`, async () => {
      const module = "export const output = 'item';\nexport default ({ n }) => ({ pk: 'masked', n });\n";
      await using restoring = await openRestorePair({ module });
      await using run = await restoring.restore({ method, 'allow-subset': 'true' });
      const message = failureOf(run, 'RESTORE_FAILED').join();
      assert.match(message, /has 1 item, but the copy contains 20 items/);
      assert.match(message, /different keys keep different keys/);
    });
  }

  slowTest('is not the latest copy, can be verified, and cannot be compared', async () => {
    await using restoring = await openRestorePair({ module: UNCHANGED });
    const { pair, copyUri, table } = restoring;
    const verify = (inputs: Readonly<Record<string, string>>) =>
      runAction({
        ...VERIFY_ACTION,
        inputs: { 's3-force-path-style': 'true', ...inputs },
        env: { ...pair.source.env, ...pair.store.env },
      });
    await using latest = await verify({ 's3-bucket-name': pair.bucket });
    assert.match(assertNotVerified(latest, 'COPY_NOT_FOUND'), /1 copy was skipped: 1 was transformed/);
    await using compared = await verify({ copy: copyUri, 'compare-with': table });
    assert.match(assertNotVerified(compared, 'NOT_COMPARABLE'), /contains items that were changed/);
    await using verified = await verify({ copy: copyUri });
    assertVerified(verified);
    assert.match(verified.summary, /- whether process-func changed the items as intended/);
    assert.doesNotMatch(verified.summary, /that each item has the key attributes/);
  });

  slowTest('is plain JSON with export-format JSON', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(20));
    const module = "export const output = 'item';\nexport default ({ pk, n }) => ({ pk, n });\n";
    await using run = await runWithModule(pair, table, module, { inputs: { 'export-format': 'JSON' } });
    assertSucceeded(run);
    const copy = await pair.copyOf(run);
    const lines = copy.objects.flatMap(({ content }) => content.toString().split('\n').slice(0, -1));
    const expected = Array.from({ length: 20 }, (_, n) => `{"pk":"item-${String(n).padStart(4, '0')}","n":${n}}`);
    assert.deepEqual(lines.toSorted(), expected);
    assert.deepEqual([copy.summary.outputFormat, run.outputs['scope']], ['JSON', 'transformed']);
    for (const { dataFileS3Key } of copy.objects) assert.match(dataFileS3Key, /\.json\.gz$/);
  });
});

slowTest('process-func fails the step if it returns text instead of an item, without showing it', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable(smallItems(3));
  const module = "export const output = 'item';\nexport default ({ text }) => text;\n";
  await using run = await runWithModule(pair, table, module);
  const { message } = await assertFailed(run, pair, 'PROCESS_FUNC_FAILED');
  assert.match(message, /returned a string instead of an item/);
  assert.doesNotMatch(run.log, /text of item/);
});

/** Attribute values that contain numbers. */
interface AttributeNumbers {
  readonly N: string;
  readonly NS: string[];
  readonly L: readonly WireValue[];
  readonly M: WireItem;
}

/** Returns an item in which equal numbers have the same text. */
function withEqualNumbers(item: WireItem): WireItem {
  const sameText = (value: WireValue): WireValue => {
    const { N, NS, L, M } = value as Partial<AttributeNumbers>;
    if (N !== undefined) return { N: canonical(N) };
    if (NS) return { NS: NS.map(canonical) };
    if (L) return { L: L.map(sameText) };
    return M ? { M: withEqualNumbers(M) } : value;
  };
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, sameText(value)]));
}

/** Returns the messages of a restore that failed with exactly this error. */
function failureOf(run: Awaited<ReturnType<typeof runAction>>, code: string): readonly string[] {
  assert.equal(run.exitCode, 1, run.log);
  const errors = run.commands.filter(({ name }) => name === 'error');
  assert.deepEqual(
    errors.map(({ properties }) => properties['title']),
    [code],
    run.log,
  );
  return errors.map(({ message }) => message);
}
