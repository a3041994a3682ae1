import assert from 'node:assert/strict';
import { PADDING } from '../../src/format/cursor.ts';
import { copyAndCheck } from '../../src/format/dynamodb-json.ts';
import { FORMATS, type FormatName } from '../../src/format/formats.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import type { TranscodeItems } from '../../src/format/transcode-items.ts';

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** At which some reader or other ends a line, `\n` apart. */
const LINE_ENDS = [...'\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029'];

const HEAD = '{"Count":1,"Items":[';
const TAIL = '],"ScannedCount":1}';

/** The lines of a page, without their `\n`; checks what is promised of lines and buffer whatever the format. */
export function transcoded(format: FormatName, page: Buffer, start: number) {
  const result = transcodedBy(FORMATS[format].transcode, page, start);
  // Most pages never come to the JavaScript that stands behind the WebAssembly.
  if (format === 'DYNAMODB_JSON') assert.deepEqual(transcodedBy(copyAndCheck, page, start), result);

  const received = asReceived(page);
  assert.deepEqual(transcodedBy(FORMATS[format].transcode, received, start), result);
  assert.ok(received.equals(page), 'does not write into the page');
  return result;
}

/** The page with zeros behind it, as BodyBuffer holds it. */
function asReceived(page: Buffer): Buffer {
  return Buffer.concat([page], page.length + PADDING).subarray(0, page.length);
}

function transcodedBy(transcode: TranscodeItems, page: Buffer, start: number) {
  const lines = new LineBuffer(Buffer.alloc(8));
  lines.ensure(6);
  lines.length = lines.bytes.write('before');
  const { count, end } = transcode(page, start, lines);
  const text = lines.lines().toString();
  assert.ok(text.startsWith('before'), 'appends to what is there');
  assert.ok(count === 0 ? text === 'before' : text.endsWith('\n'), 'ends every line');
  assert.ok(!LINE_ENDS.some((end) => text.includes(end)), 'a line is a line to every reader');
  const found = text.slice('before'.length).split('\n').slice(0, -1);
  assert.equal(found.length, count, 'one line an item');
  return { lines: found, end };
}

/** The only line of a page that holds `item`, which is its JSON. */
export function lineOf(format: FormatName, item: string): string {
  const { lines, end } = transcoded(format, pageOf(item), HEAD.length);
  assert.equal(end, Buffer.byteLength(HEAD + item) + 1);
  assert.equal(lines.length, 1);
  return lines[0] as string;
}

/** What the only attribute of an item, `a`, becomes. */
export function contentOf(format: FormatName, value: string): string {
  const line = lineOf(format, `{"a":${value}}`);
  const [before, after] = {
    DYNAMODB_JSON: ['{"Item":{"a":', '}}'],
    JSON: ['{"a":', '}'],
    ION: ['$ion_1_0 {Item:{a:', '}}'],
  }[format] as [string, string];
  assert.ok(line.startsWith(before) && line.endsWith(after), line);
  return line.slice(before.length, line.length - after.length);
}

/** Checks that a page is refused, and that neither its lines nor its data come out. */
export function assertMalformed(format: FormatName, page: Buffer, start: number, at?: number): void {
  const lines = new LineBuffer(Buffer.alloc(65_536));
  lines.length = 3;
  assert.throws(
    () => FORMATS[format].transcode(page, start, lines),
    (error: unknown) => {
      assert.ok(error instanceof MalformedPage, String(error));
      assert.doesNotMatch(error.message, /secret/);
      assert.ok(error.at !== undefined && error.at >= start && error.at <= page.length, String(error.at));
      if (at !== undefined) assert.equal(error.at, at);
      return true;
    },
  );
  assert.equal(lines.length, 3, 'leaves no lines behind');
}

/** Checks that an item, given as its JSON, is refused. */
export function assertMalformedItem(format: FormatName, item: string, at?: number): void {
  assertMalformed(format, pageOf(item), HEAD.length, at === undefined ? undefined : HEAD.length + at);
}

function pageOf(item: string): Buffer {
  return Buffer.from(HEAD + item + TAIL);
}
