import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenSource, openSource } from '../emulators/source.ts';
import { largeItems, openPair, startServers } from '../fixtures/pair.ts';
import { scanRaw } from '../fixtures/raw-dynamodb.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';

await startServers();

const table = await fill();

for (const segments of [1, 3]) {
  test(`each line is the item's own bytes, in the order of the scan: total-segments ${segments}`, async () => {
    await using pair = await openPair();
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': String(segments) });
    const copy = await pair.copyOf(run);

    const contents = copy.objects.map((object) => object.content.toString('latin1'));
    assert.deepEqual(contents.toSorted(), (await segmentsRead(segments)).toSorted());
  });
}

test('each object is a run of one segment, where a segment fills several', async () => {
  await using pair = await openPair();
  await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '2', 'file-size': '1MiB' });
  const copy = await pair.copyOf(run);

  const segments = await segmentsRead(2);
  assert.ok(copy.objects.length > segments.length);
  const contents = copy.objects.map((object) => object.content.toString('latin1'));
  for (const content of contents) {
    assert.ok(
      segments.some((segment) => segment.includes(content)),
      'an object is no run of either segment',
    );
  }
  assert.equal(contents.join('').length, segments.join('').length);
});

/** Items of all sorts, and enough of them for several pages a segment. */
async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable([...edgeItems(chosenSource()), ...largeItems(40)]);
}

/** What the objects must hold, one character a byte: one text for each segment that has items. */
async function segmentsRead(total: number): Promise<string[]> {
  const segments = await Promise.all(
    Array.from({ length: total }, async (_, index) => {
      const pages = await scanRaw(table, total === 1 ? {} : { Segment: index, TotalSegments: total });
      return { pages: pages.length, lines: pages.flatMap((page) => page.items.map(lineOf)).join('') };
    }),
  );
  assert.ok(
    segments.some(({ pages }) => pages > 1),
    'pages in order are only seen where a segment has several',
  );
  return segments.map(({ lines }) => lines).filter((lines) => lines !== '');
}

/** The only bytes that are not as they came: three line ends, as escapes. */
function lineOf(item: Buffer): string {
  const text = item
    .toString('latin1')
    .replaceAll('\xc2\x85', '\\u0085')
    .replaceAll('\xe2\x80\xa8', '\\u2028')
    .replaceAll('\xe2\x80\xa9', '\\u2029');
  return `{"Item":${text}}\n`;
}
