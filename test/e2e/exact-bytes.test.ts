import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenSource, openSource } from '../emulators/source.ts';
import { largeItems, openPair, startServers } from '../fixtures/pair.ts';
import { scanRaw } from '../fixtures/raw-dynamodb.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const table = await fill();

for (const segments of fewOf([3, 1], 1)) {
  test(`writes each item as the bytes that DynamoDB returned, in scan order, with total-segments ${segments}`, async () => {
    await using pair = await openPair();
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': String(segments) });
    const copy = await pair.copyOf(run);

    const contents = copy.objects.map((object) => object.content.toString('latin1'));
    assert.deepEqual(contents.toSorted(), (await expectedSegments(segments)).toSorted());
  });
}

slowTest('writes only consecutive items of one segment to each object if a segment fills several objects', async () => {
  await using pair = await openPair();
  await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '2', 'file-size': '1MiB' });
  const copy = await pair.copyOf(run);

  const segments = await expectedSegments(2);
  assert.ok(copy.objects.length > segments.length);
  const contents = copy.objects.map((object) => object.content.toString('latin1'));
  for (const content of contents) {
    assert.ok(
      segments.some((segment) => segment.includes(content)),
      'an object is not a contiguous part of a segment',
    );
  }
  assert.equal(contents.join('').length, segments.join('').length);
});

/** Creates a table with all attribute types and with several pages per segment. */
async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable([...edgeItems(chosenSource()), ...largeItems(40)]);
}

/** Returns the expected content of each segment that has items, one character per byte. */
async function expectedSegments(total: number): Promise<string[]> {
  const segments = await Promise.all(
    Array.from({ length: total }, async (_, index) => {
      const pages = await scanRaw(table, total === 1 ? {} : { Segment: index, TotalSegments: total });
      return { pages: pages.length, lines: pages.flatMap((page) => page.items.map(lineOf)).join('') };
    }),
  );
  assert.ok(
    segments.some(({ pages }) => pages > 1),
    'control: a segment has several pages',
  );
  return segments.map(({ lines }) => lines).filter((lines) => lines !== '');
}

/** Returns the line of an item. Only three line separators differ from the response: they are escaped. */
function lineOf(item: Buffer): string {
  const text = item
    .toString('latin1')
    .replaceAll('\xc2\x85', '\\u0085')
    .replaceAll('\xe2\x80\xa8', '\\u2028')
    .replaceAll('\xe2\x80\xa9', '\\u2029');
  return `{"Item":${text}}\n`;
}
