import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { chosenSource, type Item, openSource } from '../emulators/source.ts';
import { assertSameItems, type WireItem, wireJson } from '../fixtures/items.ts';
import { openPair, startServers } from '../fixtures/pair.ts';
import { assertPlainItem, parsePlainItem } from '../fixtures/plain-json.ts';
import { getItem, type WireKey } from '../fixtures/raw-dynamodb.ts';
import type { Copy } from '../fixtures/read-copy.ts';
import { EDGE_TABLES, edgeItems } from '../fixtures/table-of-edges.ts';
import { byEffort, fewOf } from '../run/effort.ts';

await startServers();

const edges = await fill(edgeItems(chosenSource()), ['pk']);

suite('every type at its edges is what GetItem returns', { concurrency: 2 }, () => {
  for (const format of ['DYNAMODB_JSON', 'JSON']) {
    for (const compression of ['gzip', 'zstd', 'none']) {
      for (const segments of byEffort({ quick: [format === 'JSON' ? 1 : 16], thorough: [1, 16] })) {
        test(`${format}, ${compression}, total-segments ${segments}`, async () => {
          await using pair = await openPair();
          await using run = await pair.run({
            'dynamodb-table-name': edges.table,
            'export-format': format,
            compression,
            'total-segments': String(segments),
          });
          const copy = await pair.copyOf(run);
          assert.equal(copy.summary.outputFormat, format);
          assert.equal(copy.summary.itemCount, edges.items.length);
          const extension = { gzip: '.json.gz', zstd: '.json.zst', none: '.json' }[compression] ?? '?';
          for (const { dataFileS3Key } of copy.objects) {
            assert.ok(dataFileS3Key.endsWith(extension), dataFileS3Key);
          }
          if (segments === 1) {
            assert.equal(copy.objects.length, 1);
          } else {
            assert.ok(copy.objects.length > 1 && copy.objects.length <= segments);
          }
          assertHolds(copy, edges.items);
          await assertLinesAreLines(copy);
        });
      }
    }
  }
});

suite('keys of every type lead from page to page', { concurrency: 2 }, () => {
  for (const { name, definition, items } of fewOf(EDGE_TABLES, 1)) {
    test(name, async () => {
      await using pair = await openPair();
      const { table, items: expected } = await fill(items, ['pk', 'sk'], definition);
      await using run = await pair.run({
        'dynamodb-table-name': table,
        'dynamodb-scan-kwargs': '{"Limit": 1}',
        'total-segments': '2',
      });
      assertHolds(await pair.copyOf(run), expected);
      const scans = pair.source.requests.filter((request) => request.operation === 'Scan');
      assert.ok(scans.length >= items.length, 'a page an item');
    });
  }
});

/** Makes a table, and asks it for each of its items. */
async function fill(
  items: readonly Item[],
  keyNames: readonly string[],
  definition = {},
): Promise<{ readonly table: string; readonly items: readonly WireItem[] }> {
  await using source = await openSource();
  const table = await source.createTable(items, definition);
  const keys = (JSON.parse(wireJson(items)) as WireItem[]).map(
    (item): WireKey => Object.fromEntries(keyNames.map((name) => [name, item[name] ?? { NULL: true }])),
  );
  return { table, items: await Promise.all(keys.map((key) => getItem(table, key))) };
}

function assertHolds(copy: Copy, items: readonly WireItem[]): void {
  if (copy.summary.outputFormat === 'DYNAMODB_JSON') {
    assertSameItems(copy.items(), items);
    return;
  }
  const byKey = new Map(items.map((item) => [JSON.stringify(Object.values(item['pk'] ?? {})[0]), item]));
  for (const line of copy.lines) {
    const key = JSON.stringify(parsePlainItem(line)['pk']);
    const item = byKey.get(key);
    assert.ok(item, `an item that is not in the table, or is there twice: ${key}`);
    byKey.delete(key);
    assertPlainItem(line, item);
  }
  assert.deepEqual([...byKey.keys()], [], 'items that are missing');
}

/** What Python's str.splitlines takes for the end of a line, and other readers after it. */
const LINE_ENDS = '\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029';
const SPLITLINES = new RegExp(`\r\n|[${LINE_ENDS}]`);

/** A line is a line to whoever reads it. */
async function assertLinesAreLines(copy: Copy): Promise<void> {
  for (const { content, lines } of copy.objects) {
    const read: string[] = [];
    for await (const line of createInterface({
      input: Readable.from([content]),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      read.push(line);
    }
    assert.deepEqual(read, lines);
    assert.deepEqual(content.toString().split(SPLITLINES), [...lines, '']);
  }
  // Of no worth unless they are there at all.
  const text = copy.lines.join('\n');
  for (const spelled of ['\\u0085', '\\u2028', '\\u2029']) {
    assert.ok(text.includes(spelled), `${spelled} is in no line`);
  }
}
