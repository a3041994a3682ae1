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
import { byEffort, fewOf, slowTest } from '../run/effort.ts';

await startServers();

const edges = await fill(edgeItems(chosenSource()), ['pk']);

const EXTENSIONS = { gzip: '.json.gz', zstd: '.json.zst', none: '.json' };

const ONE_SEGMENT = { segments: 1, minObjects: 1 };
const MANY_SEGMENTS = { segments: 16, minObjects: 2 };
const FORMATS = [
  ['DYNAMODB_JSON', byEffort({ quick: [MANY_SEGMENTS], thorough: [ONE_SEGMENT, MANY_SEGMENTS] })],
  ['JSON', byEffort({ quick: [ONE_SEGMENT], thorough: [ONE_SEGMENT, MANY_SEGMENTS] })],
] as const;

suite('edge values', { concurrency: 2 }, () => {
  for (const [format, splits] of FORMATS) {
    for (const [compression, extension] of Object.entries(EXTENSIONS)) {
      for (const { segments, minObjects } of splits) {
        test(`every type equals the GetItem response in ${format} with ${compression} and total-segments ${segments}`, async () => {
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
          for (const { dataFileS3Key } of copy.objects) {
            assert.ok(dataFileS3Key.endsWith(extension), dataFileS3Key);
          }
          assert.ok(copy.objects.length >= minObjects && copy.objects.length <= segments);
          assertSameContent(copy, edges.items);
          await assertSplitsIntoLines(copy);
        });
      }
    }
  }
});

suite('pagination', { concurrency: 2 }, () => {
  for (const { name, definition, items } of fewOf(EDGE_TABLES, 1)) {
    slowTest(`copies every item of a table whose keys are ${name} if each page has one item`, async () => {
      await using pair = await openPair();
      const { table, items: expected } = await fill(items, ['pk', 'sk'], definition);
      await using run = await pair.run({
        'dynamodb-table-name': table,
        'dynamodb-scan-kwargs': '{"Limit": 1}',
        'total-segments': '2',
      });
      assertSameContent(await pair.copyOf(run), expected);
      const scans = pair.source.requests.filter((request) => request.operation === 'Scan');
      assert.ok(scans.length >= items.length, 'control: at most one item per page');
    });
  }
});

/** Creates a table, and reads each of its items with GetItem. */
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

function assertSameContent(copy: Copy, items: readonly WireItem[]): void {
  if (copy.summary.outputFormat === 'DYNAMODB_JSON') {
    assertSameItems(copy.items(), items);
    return;
  }
  const byKey = new Map(items.map((item) => [JSON.stringify(Object.values(item['pk'] ?? {})[0]), item]));
  for (const line of copy.lines) {
    const key = JSON.stringify(parsePlainItem(line)['pk']);
    const item = byKey.get(key);
    assert.ok(item, `the item ${key} is not in the table, or is in the copy twice`);
    byKey.delete(key);
    assertPlainItem(line, item);
  }
  assert.deepEqual([...byKey.keys()], [], 'items that are missing in the copy');
}

/** Characters that Python's str.splitlines and other readers treat as the end of a line. */
const LINE_ENDS = '\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029';
const SPLITLINES = new RegExp(`\r\n|[${LINE_ENDS}]`);

/** Checks that different readers split the content into the same lines. */
async function assertSplitsIntoLines(copy: Copy): Promise<void> {
  for (const { content, lines } of copy.objects) {
    const linesRead: string[] = [];
    for await (const line of createInterface({
      input: Readable.from([content]),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      linesRead.push(line);
    }
    assert.deepEqual(linesRead, lines);
    assert.deepEqual(content.toString().split(SPLITLINES), [...lines, '']);
  }
  // Control: the items have the characters.
  const text = copy.lines.join('\n');
  for (const escaped of ['\\u0085', '\\u2028', '\\u2029']) {
    assert.ok(text.includes(escaped), `no line has ${escaped}`);
  }
}
