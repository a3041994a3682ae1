import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { chosenSource } from '../emulators/source.ts';
import type { WireItem } from '../fixtures/items.ts';
import {
  assertFailed,
  type Inputs,
  keysIn,
  largeItems,
  openPair,
  type Pair,
  smallItems,
  startServers,
} from '../fixtures/pair.ts';
import { scanRaw } from '../fixtures/raw-dynamodb.ts';
import type { Copy } from '../fixtures/read-copy.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { runWithModule } from '../fixtures/user-module.ts';
import { meaningOfParsed, unordered } from '../format/reference.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

const ITEMS = 60;

const MODULES: Readonly<Record<string, string>> = {
  'line.mjs': 'export default (item) => item.pk + " " + item.n + "\\n";\n',
  'line.js': 'export default function line({ pk, n }) {\n  return Buffer.from(pk + " " + n + "\\n");\n}\n',
  'line.ts':
    'interface Item {\n  readonly pk: string;\n  readonly n: number;\n}\n' +
    'export default ({ pk, n }: Item): string => pk + " " + (n satisfies number) + "\\n";\n',
  'async.mjs':
    "import { setTimeout as sleep } from 'node:timers/promises';\n" +
    'export default async ({ pk, n }) => {\n  await sleep(Math.random() * 10);\n  return pk + " " + n + "\\n";\n};\n',
  'folder of mine/line.mts': 'export default (item: { pk: string; n: number }) => item.pk + " " + item.n + "\\n";\n',
};

suite('process-func', { concurrency: 2 }, () => {
  for (const [name, content] of fewOf(Object.entries(MODULES), 1)) {
    test(`writes what the module ${name} returns for each item`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(smallItems(ITEMS));
      await using run = await runWithModule(pair, table, content, { name, inputs: { 'total-segments': '3' } });
      const copy = await pair.copyOf(run);
      assert.deepEqual(
        linesOf(copy).sort(),
        Array.from({ length: ITEMS }, (_, n) => `item-${String(n).padStart(4, '0')} ${n}`),
      );
      assert.ok(copy.objects.length > 1);
      for (const { dataFileS3Key } of copy.objects) assert.match(dataFileS3Key, /\.txt\.gz$/);
      assert.equal(copy.summary.outputFormat, 'CUSTOM');
      assert.equal(copy.summary.itemCount, ITEMS);
      assert.equal(copy.record?.['outputFormat'], 'CUSTOM');
      assert.equal(copy.record?.['processFuncSha256'], createHash('sha256').update(content).digest('hex'));
      assert.equal(copy.record?.['scope'], 'subset');
      assert.deepEqual(copy.record?.['narrowedBy'], ['process-func']);
      assert.equal(run.outputs['scope'], 'subset');
      assert.equal(run.outputs['item-count'], String(ITEMS));
      assert.equal(run.outputs['dropped-count'], '0');
      assert.match(run.summary, /CUSTOM/);
    });
  }

  slowTest('writes results in scan order if an asynchronous module takes a random time per item', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(200, 15_000));
    const content = `export default ({ pk, n }) =>
      new Promise((resolve) => setTimeout(resolve, (n * 7919) % 13, pk + '\\n'));`;
    await using run = await runWithModule(pair, table, content, { inputs: { 'total-segments': '1' } });
    const pages = await scanRaw(table);
    assert.ok(pages.length > 1, 'control: several pages');
    const keys = pages.flatMap((page) =>
      page.items.map((item) => ((JSON.parse(item.toString()) as WireItem)['pk'] as { S: string }).S),
    );
    assert.deepEqual(linesOf(await pair.copyOf(run)), keys);
  });

  slowTest('starts each object with the header of the module, and ends it at file-size', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(50, 30_000));
    const content = `
      export const extension = 'csv';
      export const header = '\\ufeffid,text\\n';
      export default ({ pk, text }) => \`\${pk},\${text}\\n\`;`;
    await using run = await runWithModule(pair, table, content, {
      inputs: { 'file-size': '64KiB', 'dynamodb-scan-kwargs': 'Limit: 3', compression: 'zstd' },
    });
    const copy = await pair.copyOf(run);
    assert.ok(copy.objects.length >= 10, `${copy.objects.length} objects`);
    for (const { dataFileS3Key, content: bytes, itemCount } of copy.objects) {
      assert.match(dataFileS3Key, /\.csv\.zst$/);
      const [header, ...rows] = bytes.toString().split('\n').slice(0, -1);
      assert.equal(header, '\ufeffid,text');
      assert.equal(rows.length, itemCount, 'the header does not count as an item');
      for (const row of rows) assert.match(row, /^item-\d{4},text of item/);
    }
    assert.equal(copy.summary.itemCount, 50);
    assert.equal(run.outputs['item-count'], '50');
    const bytes = copy.objects.reduce((sum, object) => sum + object.content.length, 0);
    assert.equal(run.outputs['uncompressed-bytes'], String(bytes), 'uncompressed-bytes includes the headers');
    assert.equal(copy.record?.['uncompressedBytes'], bytes);
  });

  slowTest('loads the module once, and passes it the context of each segment', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(ITEMS));
    const content = `
      const load = Math.random();
      export default (item, { NumberValue, ...context }) =>
        JSON.stringify({ ...context, load, isClass: typeof NumberValue.from === 'function' }) + '\\n';`;
    await using run = await runWithModule(pair, table, content, { inputs: { 'total-segments': '4' } });
    const contexts = linesOf(await pair.copyOf(run)).map((line) => JSON.parse(line) as Record<string, unknown>);
    const valuesOf = (name: string) => [...new Set(contexts.map((context) => context[name]))].sort();
    assert.deepEqual(valuesOf('table'), [table]);
    assert.deepEqual(valuesOf('segment'), [0, 1, 2, 3]);
    assert.deepEqual(valuesOf('runId'), ['1658821493']);
    assert.deepEqual(valuesOf('isClass'), [true]);
    assert.equal(valuesOf('load').length, 1);
  });

  slowTest('passes plain JavaScript values from which the module can restore every type and digit', async () => {
    await using pair = await openPair();
    const items = edgeItems(chosenSource());
    const table = await pair.source.createTable(items);
    // Restores the DynamoDB types. Attributes keep their order, except names that look like integers.
    const content = `
      const typed = (value, C) => {
        if (value === null) return { NULL: true };
        if (typeof value === 'string') return { S: value };
        if (typeof value === 'boolean') return { BOOL: value };
        if (typeof value === 'number') return { N: '' + value };
        if (value instanceof C) return { N: value.toString() };
        if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
        if (Array.isArray(value)) return { L: value.map((inner) => typed(inner, C)) };
        if (value instanceof Set) {
          const [[type] = []] = [...value].map((inner) => Object.keys(typed(inner, C)));
          return { [type + 'S']: [...value].map((inner) => typed(inner, C)[type]) };
        }
        return { M: map(value, C) };
      };
      const map = (value, C) => Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typed(inner, C)]));
      export default (item, { NumberValue }) => JSON.stringify(map(item, NumberValue)) + '\\n';`;
    await using run = await runWithModule(pair, table, content);
    const written = linesOf(await pair.copyOf(run)).map((line) => JSON.parse(line) as WireItem);
    const expected = await pair.source.readItems(table);
    assert.deepEqual(written.map(meaning).sort(), expected.map(meaning).sort());
  });
});

suite('a process-func module that returns null', { concurrency: 2 }, () => {
  slowTest('drops the item, which dropped-count counts', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(ITEMS));
    const content = 'export default ({ pk, n }) => (n % 3 === 0 ? pk + "\\n" : null);';
    await using run = await runWithModule(pair, table, content, { inputs: { 'total-segments': '5' } });
    const copy = await pair.copyOf(run);
    assert.equal(linesOf(copy).length, ITEMS / 3);
    assert.equal(copy.summary.itemCount, ITEMS / 3);
    assert.equal(run.outputs['item-count'], String(ITEMS / 3));
    assert.equal(run.outputs['dropped-count'], String((ITEMS * 2) / 3));
    assert.equal(copy.record?.['droppedCount'], (ITEMS * 2) / 3);
    assert.equal(copy.record?.['scannedCount'], ITEMS);
    assert.match(run.summary, /Dropped \| 40 items, by process-func/);
  });

  for (const segments of fewOf(['auto', '4'], 1)) {
    for (const [ifEmpty, warnings] of fewOf([['warn', 1] as const, ['ignore', 0] as const], 1)) {
      slowTest(
        `for all items completes an empty copy with if-empty: ${ifEmpty}, total-segments: ${segments}`,
        async () => {
          await using pair = await openPair();
          await using run = await dropAllItems(pair, { 'if-empty': ifEmpty, 'total-segments': segments });
          await assertAllDropped(pair, run);
          const copy = await pair.copyOf(run);
          assert.equal(copy.summary.itemCount, 0);
          assert.equal(run.warnings.length, warnings);
        },
      );
    }

    slowTest(`for all items fails the step with if-empty: error, total-segments: ${segments}`, async () => {
      await using pair = await openPair();
      await using run = await dropAllItems(pair, { 'if-empty': 'error', 'total-segments': segments });
      await assertAllDropped(pair, run);
      assert.match((await assertFailed(run, pair, 'EMPTY_COPY')).remedy, /process-func/);
    });
  }
});

slowTest('a process-func module that returns an empty string drops no items', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable(smallItems(ITEMS));
  for (const compression of ['gzip', 'zstd', 'none']) {
    await using run = await runWithModule(pair, table, "export default () => '';", { inputs: { compression } });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, ITEMS);
    assert.equal(copy.objects.length, 1);
    assert.equal(copy.objects[0]?.content.length, 0);
    assert.equal(run.outputs['dropped-count'], '0');
  }
});

/** Runs a copy with a module that has a header and returns null for every item. */
async function dropAllItems(pair: Pair, inputs: Inputs): Promise<RunResult> {
  const table = await pair.source.createTable(smallItems(ITEMS));
  return runWithModule(pair, table, "export const header = 'h';export default () => null;", { inputs });
}

async function assertAllDropped(pair: Pair, run: RunResult): Promise<void> {
  assert.equal(run.outputs['dropped-count'], String(ITEMS));
  assert.deepEqual(
    (await keysIn(pair)).filter((key) => key.includes('/data/')),
    [],
  );
}

/** Returns the lines of all objects, in the order of the manifest. */
function linesOf(copy: Copy): string[] {
  return copy.objects.flatMap(({ content }) => content.toString().split('\n').slice(0, -1));
}

/** Returns an item as text, with canonical numbers and sorted names. */
function meaning(item: WireItem): string {
  return JSON.stringify(unordered(meaningOfParsed(item)));
}
