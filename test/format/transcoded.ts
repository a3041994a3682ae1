import assert from 'node:assert/strict';
import { PADDING } from '../../src/format/cursor.ts';
import { copyAndCheck } from '../../src/format/dynamodb-json.ts';
import { FORMATS, type FormatName } from '../../src/format/formats.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import type { TranscodeItems } from '../../src/format/transcode-items.ts';
import { inPageMemory, linesInPageMemory } from './in-page-memory.ts';

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** Characters other than `\n` that some readers treat as the end of a line. */
const LINE_ENDS = [...'\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029'];

/**
 * Transcoders with the same result. WebAssembly handles most pages of DYNAMODB_JSON in PageMemory, JavaScript handles the
 * others.
 */
const OTHER_TRANSCODERS: Readonly<Record<FormatName, readonly TranscodeItems[]>> = {
  DYNAMODB_JSON: [copyAndCheck],
  JSON: [],
  ION: [],
};

const HEAD = '{"Count":1,"Items":[';
const TAIL = '],"ScannedCount":1}';

/** Returns the lines of a page without their `\n`. Asserts that lines and buffers follow the rules of all formats. */
export function transcoded(format: FormatName, page: Buffer, start: number) {
  const result = transcodedBy(FORMATS[format].transcode, page, start);
  for (const other of OTHER_TRANSCODERS[format]) assert.deepEqual(transcodedBy(other, page, start), result);
  const shared = inPageMemory(page);
  assert.deepEqual(transcodedBy(FORMATS[format].transcode, shared, start, linesInPageMemory()), result);
  assert.ok(shared.equals(page), 'a transcoder must not change the page');

  const received = asReceived(page);
  assert.deepEqual(transcodedBy(FORMATS[format].transcode, received, start), result);
  assert.ok(received.equals(page), 'a transcoder must not change the page');
  return result;
}

/** Returns the page with zeros after its end, like in a BodyBuffer. */
function asReceived(page: Buffer): Buffer {
  return Buffer.concat([page], page.length + PADDING).subarray(0, page.length);
}

function transcodedBy(
  transcode: TranscodeItems,
  page: Buffer,
  start: number,
  lines: LineBuffer = new LineBuffer(Buffer.alloc(8)),
) {
  lines.ensure(6);
  lines.length = lines.bytes.write('before');
  const { count, end } = transcode(page, start, lines);
  const text = lines.lines().toString();
  assert.ok(text.startsWith('before'), 'a transcoder must append to the buffer');
  assert.ok(count === 0 ? text === 'before' : text.endsWith('\n'), 'every line must have an end');
  assert.ok(
    !LINE_ENDS.some((end) => text.includes(end)),
    'a line must not contain characters that a reader may treat as the end of a line',
  );
  const found = text.slice('before'.length).split('\n').slice(0, -1);
  assert.equal(found.length, count, 'there must be one line per item');
  return { lines: found, end };
}

/** Returns the line of a page with one item, given as JSON. */
export function lineOf(format: FormatName, item: string): string {
  const { lines, end } = transcoded(format, pageOf(item), HEAD.length);
  assert.equal(end, Buffer.byteLength(HEAD + item) + 1);
  assert.equal(lines.length, 1);
  return lines[0] as string;
}

/** Returns the output for the value of the only attribute, `a`, of an item. */
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

/** Asserts that a page is rejected, that it adds no lines, and that the error contains none of its data. */
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
  assert.equal(lines.length, 3, 'a rejected page must add no lines');
}

/** Asserts that an item, given as JSON, is rejected. */
export function assertMalformedItem(format: FormatName, item: string, at?: number): void {
  assertMalformed(format, pageOf(item), HEAD.length, at === undefined ? undefined : HEAD.length + at);
}

function pageOf(item: string): Buffer {
  return Buffer.from(HEAD + item + TAIL);
}
