import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Compression } from '../../../src/s3/compression.ts';
import { chosenSource, type Item } from '../../emulators/source.ts';
import { assertSameItems, wireJson } from '../../fixtures/items.ts';
import { startServers } from '../../fixtures/pair.ts';
import { EDGE_TABLES, edgeItems } from '../../fixtures/table-of-edges.ts';
import { ionLinesOf, linesOf, openLoadPair, type StoredLines } from './stored-copy.ts';

await startServers();

const KEYED = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
};

function smallItems(count: number, from = 0): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    pk: { S: `item-${from + index}` },
    n: { N: String(index) },
    text: { S: 'text "quoted" \u2028 '.repeat(index % 20) },
  }));
}

/** Divides items among `count` objects. */
function divided(items: readonly Item[], count: number): Item[][] {
  return Array.from({ length: count }, (_, part) => items.filter((__, index) => index % count === part));
}

suite('a loaded table equals the source', () => {
  for (const compression of ['gzip', 'zstd', 'none'] as const satisfies readonly Compression[]) {
    test(`with every edge value and ${compression}`, async () => {
      await using pair = await openLoadPair();
      const items = edgeItems(chosenSource());
      const source = await pair.source.createTable(items);
      const table = await pair.source.createTable([], KEYED);
      const files = await pair.put(divided(items, 3).map(linesOf), compression);
      const { result, error, rejected } = await pair.load(table, files, { compression });
      assert.ifError(error);
      assert.equal(result?.itemCount, items.length);
      assert.equal(rejected, undefined);
      assertSameItems(await pair.source.readItems(table), await pair.source.readItems(source));
    });
  }

  /** Without lone surrogates, and without numbers whose notation DynamoDB Local keeps but Ion does not. */
  const isPreserved = (item: Item) =>
    !/\\ud[89a-f]/.test(wireJson(item)) && !(chosenSource() === 'dynamodb-local' && 'list' in item);

  test('with every edge value that Ion can represent, in the format ION', async () => {
    await using pair = await openLoadPair();
    const items = edgeItems(chosenSource()).filter(isPreserved);
    const source = await pair.source.createTable(items);
    const table = await pair.source.createTable([], KEYED);
    const files = await pair.put(divided(items, 3).map(ionLinesOf));
    const { result, error } = await pair.load(table, files, { format: 'ION' });
    assert.ifError(error);
    assert.equal(result?.itemCount, items.length);
    assertSameItems(await pair.source.readItems(table), await pair.source.readItems(source));
  });

  for (const { name, definition, items } of EDGE_TABLES) {
    test(`if its keys are ${name}`, async () => {
      await using pair = await openLoadPair();
      const source = await pair.source.createTable(items, definition);
      const table = await pair.source.createTable([], definition);
      const files = await pair.put([linesOf(items)]);
      const { error } = await pair.load(table, files, { keyAttributes: ['pk', 'sk'] });
      assert.ifError(error);
      assertSameItems(await pair.source.readItems(table), await pair.source.readItems(source));
    });
  }
});

test('writeItems sends batches of 25 items, and fewer in the last batch of each object', async () => {
  await using pair = await openLoadPair();
  const table = await pair.source.createTable([], KEYED);
  const files = await pair.put([linesOf(smallItems(60)), linesOf(smallItems(7, 60)), '']);
  const { result, figures } = await pair.load(table, files);
  assert.equal(result?.itemCount, 67);
  assert.deepEqual(sizesOf(pair.source.requests).sort(), [10, 25, 25, 7]);
  assert.deepEqual(
    [figures.filesDone, figures.filesTotal, figures.rejectedCount, figures.throttledRequests],
    [3, 3, 0, 0],
  );
  assert.ok(figures.consumedWriteCapacity >= 67, `${figures.consumedWriteCapacity} WCU`);
});

function sizesOf(requests: readonly { readonly operation: string; readonly parameters: Record<string, unknown> }[]) {
  return requests
    .filter(({ operation }) => operation === 'BatchWriteItem')
    .map(({ parameters }) => Object.values(parameters['RequestItems'] as Record<string, unknown[]>)[0]?.length ?? 0);
}

test('the last line of a key remains in the table, and equal keys are never in one request', async () => {
  await using pair = await openLoadPair();
  const definition = { ...KEYED, AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' as const }] };
  const table = await pair.source.createTable([], definition);
  const spellings = ['1', '1.0', '10E-1', '0.1e1'];
  const lines = Array.from(
    { length: 40 },
    (_, i) => `{"Item":{"pk":{"N":"${spellings[i % 4]}"},"i":{"N":"${i}"}}}\n{"Item":{"pk":{"N":"${i + 2}"}}}\n`,
  );
  const files = await pair.put([lines.join('')]);
  const { error, figures } = await pair.load(table, files);
  assert.ifError(error);
  assert.equal(figures.itemCount, 80);
  const items = await pair.source.readItems(table);
  assert.equal(items.length, 41);
  assert.deepEqual(
    items.find(({ pk }) => (pk as { N: string }).N === '1'),
    { pk: { N: '1' }, i: { N: '39' } },
  );
});

suite('a damaged copy fails with COPY_DAMAGED', () => {
  const good = linesOf(smallItems(30));
  const cases: Record<string, { readonly object: StoredLines; readonly says: RegExp }> = {
    'if a line injects another request': {
      object: {
        text: `${good}{"Item":{"pk":{"S":"x"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"item-1"}}}},{"PutRequest":{"Item":{"pk":{"S":"y"}}\n`,
      },
      says: /not valid near line 31/,
    },
    'if the bytes differ from the MD5': {
      object: { text: good, damage: () => gzipSync(good.replace('item-1"', 'item-x"')) },
      says: /MD5/,
    },
    'if bytes follow the gzip member': {
      object: { text: good, repack: (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(20)]) },
      says: /bytes after its gzip member/,
    },
    'if the object is incomplete': {
      object: { text: good, repack: (bytes: Buffer) => bytes.subarray(0, -8) },
      says: /decompressed/,
    },
    'if a line is missing': { object: { text: good, itemCount: 31 }, says: /31 lines/ },
    'if there is another line': { object: { text: good, itemCount: 29 }, says: /29 lines/ },
    'if the object is not compressed': {
      object: { text: good, repack: () => Buffer.from(good) },
      says: /decompressed/,
    },
  };
  for (const [name, { object, says }] of Object.entries(cases)) {
    test(name, async () => {
      await using pair = await openLoadPair();
      const table = await pair.source.createTable([], KEYED);
      const files = await pair.put([object]);
      const { error } = await pair.load(table, files);
      assert.equal(error?.code, 'COPY_DAMAGED', error?.message);
      assert.match(error.message, says);
      const written = await pair.source.readItems(table);
      assert.match(error.message, written.length > 0 ? /is partial/ : /No item was written/);
      assert.doesNotMatch(error.message + error.remedy, /item-\d/);
    });
  }

  test('if the bytes differ from the SHA-256 of the copy', async () => {
    await using pair = await openLoadPair();
    const table = await pair.source.createTable([], KEYED);
    const files = await pair.put([good]);
    const { error } = await pair.load(table, files, { checksums: new Map([['data/0', '0'.repeat(64)]]) });
    assert.equal(error?.code, 'COPY_DAMAGED');
    assert.match(error.message, /does not match its SHA-256 in manifest-sha256\.txt\. The table .* is partial/);
  });

  test('if a copy of this Action has two gzip members, which an export may have', async () => {
    await using pair = await openLoadPair();
    const table = await pair.source.createTable([], KEYED);
    const half = linesOf(smallItems(15));
    const repack = () => Buffer.concat([gzipSync(half), gzipSync(good.slice(half.length))]);
    const files = await pair.put([{ text: good, repack }]);
    const { error } = await pair.load(table, files);
    assert.equal(error?.code, 'COPY_DAMAGED');
    assert.match(error.message, /bytes after its gzip member/);
    assert.equal((await pair.load(table, files, { hasOneMember: false })).result?.itemCount, 30);
  });

  test('if the object is missing', async () => {
    await using pair = await openLoadPair();
    const table = await pair.source.createTable([], KEYED);
    const files = await pair.put([good]);
    const { error } = await pair.load(
      table,
      files.map((file) => ({ ...file, key: 'data/other' })),
    );
    assert.equal(error?.code, 'COPY_DAMAGED');
    assert.match(error.message, /is missing/);
  });
});

test('a load that is aborted stops and rejects with the reason', async () => {
  await using pair = await openLoadPair();
  const table = await pair.source.createTable([], KEYED);
  const files = await pair.put([linesOf(smallItems(200))]);
  pair.source.inject(({ operation }, nth) => (operation === 'BatchWriteItem' && nth > 2 ? 'hang' : undefined));
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('stopped')), 300);
  const { error, figures } = await pair.load(table, files, { signal: stop.signal });
  assert.match(String(error), /stopped|AbortError/);
  assert.ok(figures.itemCount <= 50, `${figures.itemCount} items`);
});
