import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMATS } from '../../src/format/formats.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { assertMalformed, FORMAT_NAMES, transcoded } from './transcoded.ts';

const ITEMS = '{"a":{"S":"x"},"b":{"L":[{"N":"1"}]}},{"a":{"BOOL":true}}';
const LINES = {
  DYNAMODB_JSON: ['{"Item":{"a":{"S":"x"},"b":{"L":[{"N":"1"}]}}}', '{"Item":{"a":{"BOOL":true}}}'],
  JSON: ['{"a":"x","b":[1]}', '{"a":true}'],
  ION: ['$ion_1_0 {Item:{a:"x",b:[1.]}}', '$ion_1_0 {Item:{a:true}}'],
};

for (const format of FORMAT_NAMES) {
  test(`${format} of a page without items has no lines`, () => {
    for (const [items, end] of [[']', 2] as const, [' \n] ', 4] as const]) {
      assert.deepEqual(transcoded(format, Buffer.from(`[${items}`), 1), { lines: [], end });
    }
  });

  test(`${format} ignores all bytes after the items`, () => {
    for (const after of ['', '}', '\0', 'no JSON', '"\u2028', '\ud800', '{"Items":[{']) {
      const page = Buffer.from(`${ITEMS}]${after}`);
      assert.deepEqual(transcoded(format, page, 0), { lines: LINES[format], end: ITEMS.length + 1 });
    }
  });

  test(`${format} ignores all bytes before the items`, () => {
    const before = '"\u2028 \u0085\\\u2029 }}{';
    const start = Buffer.byteLength(before);
    const page = Buffer.from(`${before}${ITEMS}]`);
    assert.deepEqual(transcoded(format, page, start), { lines: LINES[format], end: page.length });
    const spaced = Buffer.from(`${before} {"a" : {"S":"\u2028"}} ] `);
    assert.equal(transcoded(format, spaced, start).end, spaced.length - 1);
  });

  test(`${format} accepts whitespace like that of JavaScript, of Python and of Windows`, () => {
    const pretty = JSON.stringify(JSON.parse(`[${ITEMS}]`), null, 2);
    assert.deepEqual(transcoded(format, Buffer.from(pretty), 1), { lines: LINES[format], end: pretty.length });
    const python = ITEMS.replaceAll(',', ', ').replaceAll(':', ': ');
    assert.deepEqual(transcoded(format, Buffer.from(`${python}]`), 0), {
      lines: LINES[format],
      end: python.length + 1,
    });
    const windows = ITEMS.replaceAll(/([{}[\]:,])/g, '\r\n\t$1\r\n\t');
    assert.deepEqual(transcoded(format, Buffer.from(`${windows}]`), 0), {
      lines: LINES[format],
      end: windows.length + 1,
    });
  });

  test(`${format} rejects whitespace inside tokens`, () => {
    for (const items of [
      '{"a":{"BOOL":tr ue}}',
      '{"a":{"NULL":t\nrue}}',
      '{"a":{"N":1 2}}',
      '{"a":- 1}',
      '{"a":1 .5}',
    ]) {
      assertMalformed(format, Buffer.from(`${items}]`), 0);
    }
  });

  test(`${format} reports the position of an error in the page`, () => {
    assertMalformed(format, Buffer.from('[{"a":{"S":"x"};}]'), 1, 15);
    assertMalformed(format, Buffer.from('[ {"a": {"S": "x"};}]'), 1, 18);
    assertMalformed(format, Buffer.from('[{"a":{"S":"\u2028"};}]'), 1, 17);
    assertMalformed(format, Buffer.from('[ {"a":{"S":"\u2028"};}]'), 1, 18);
    assertMalformed(format, Buffer.from('[{"a":{"S":"\u2028x\u0085"};}]'), 1, 20);
    assertMalformed(format, Buffer.from('[{"a":{"S":"\u2028"},"b":{"S":"\\\u0085"}}]'), 1, 28);
    assertMalformed(format, Buffer.from('[{"a":{"S":"secret'), 1, 18);
  });

  test(`${format} does not read beyond the end of a page in a larger buffer`, () => {
    const page = Buffer.from(`{"a":{"S":"x"}}]`);
    const around = Buffer.concat([Buffer.from('"},{'), page, Buffer.from('"}},{"a":{"S":"y"}}]')]);
    assert.equal(transcoded(format, around.subarray(4, 4 + page.length), 0).lines.length, 1);
    for (let length = 0; length < page.length; length += 1) {
      assertMalformed(format, around.subarray(4, 4 + length), 0);
    }
  });

  test(`${format} does not read bytes of an earlier, longer page`, () => {
    const { transcode } = FORMATS[format];
    transcode(Buffer.from(`${ITEMS}]`), 0, new LineBuffer(Buffer.alloc(65_536)));
    assertMalformed(format, Buffer.from(ITEMS.slice(0, 14)), 0);
    assert.equal(transcoded(format, Buffer.from('{}]'), 0).lines.length, 1);
  });

  test(`${format} of 100,000 empty items has 100,000 lines, which are longer than the items`, () => {
    const { lines } = transcoded(format, Buffer.from(`${'{},'.repeat(99_999)}{}]`), 0);
    assert.equal(lines.length, 100_000);
    assert.equal(new Set(lines).size, 1);
  });

  test(`${format} rejects a page that is truncated at any byte`, (t) => {
    let cuts = 0;
    for (let seed = 1; seed <= byEffort({ quick: 8, thorough: 40 }); seed += 1) {
      const page = randomPage(seeded(seed), { items: 3, whitespace: seed % 4 === 0, rawSeparators: seed % 2 === 0 });
      for (let length = page.start; length < page.end; length += 1) {
        assertMalformed(format, page.bytes.subarray(0, length), page.start);
        cuts += 1;
      }
      assert.equal(transcoded(format, page.bytes.subarray(0, page.end), page.start).lines.length, page.items.length);
    }
    t.diagnostic(`${cuts} truncated pages`);
  });
}

test('a line buffer collects the lines of several pages and formats', () => {
  const lines = new LineBuffer(Buffer.alloc(1));
  for (const format of FORMAT_NAMES) FORMATS[format].transcode(Buffer.from(`${ITEMS}]`), 0, lines);
  assert.equal(lines.lines().toString(), Object.values(LINES).flat().join('\n').concat('\n'));
  lines.clear();
  assert.equal(lines.lines().length, 0);
});

test('each format has the file extension of its data objects', () => {
  const extensions = Object.fromEntries(FORMAT_NAMES.map((format) => [format, FORMATS[format].extension]));
  assert.deepEqual(extensions, { DYNAMODB_JSON: 'json', JSON: 'json', ION: 'ion' });
});
