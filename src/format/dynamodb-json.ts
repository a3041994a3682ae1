import { COPY_ITEMS } from './copy-items.wasm.ts';
import { type Cursor, PADDING } from './cursor.ts';
import { endOfObject } from './json-value.ts';
import { holdsSeparators, type LineBuffer } from './lines.ts';
import type { TranscodedItems, TranscodeItems } from './transcode-items.ts';
import { transcoder } from './transcoder.ts';
import { type AssemblyMemory, instantiate, reserve } from './web-assembly.ts';

const LINE_START = Buffer.from('{"Item":');
const LINE_END = Buffer.from('}\n');

/**
 * DYNAMODB_JSON: each item as DynamoDB sent it, as `{"Item":{...}}`.
 *
 * Checks that an item is complete, valid JSON, but not that its values have known types. If DynamoDB adds a type, its
 * values are copied like all others.
 */
export const transcodeDynamoDbJson: TranscodeItems = (page, start, lines) =>
  (holdsSeparators(page, start) ? undefined : copyItems(page, start, lines)) ?? copyAndCheck(page, start, lines);

/** Address of the page in the WebAssembly memory. The module stores its state below it. */
const PAGE_AT = 2048;

/** Maximum ratio of output to input: an empty item takes 3 bytes in a page and 12 as a line. */
const MAX_GROWTH = 4;

/** Exports of assembly/copy-items.ts. */
interface Assembly {
  readonly memory: AssemblyMemory;
  copyItems(start: number, to: number): number;
  readonly end: { readonly value: number };
  readonly linesEnd: { readonly value: number };
}

/** Shared by all workers, since copying a page is synchronous. */
const wasm = instantiate<Assembly>(COPY_ITEMS);

/**
 * Writes the lines of a page in DYNAMODB_JSON, like `TranscodeItems`. Nearly twice as fast as JavaScript because it
 * processes 16 bytes at a time (assembly/copy-items.ts).
 *
 * @returns undefined if the page differs from the form that DynamoDB writes, or if WebAssembly SIMD is not available;
 *   `lines` is then unchanged
 */
export function copyItems(page: Buffer, start: number, lines: LineBuffer): TranscodedItems | undefined {
  if (!wasm) return undefined;
  const linesAt = PAGE_AT + page.length + PADDING;
  const memory = reserve(wasm.memory, linesAt + (page.length - start) * MAX_GROWTH + PADDING);
  page.copy(memory, PAGE_AT);
  memory.fill(0, PAGE_AT + page.length, linesAt);

  const count = wasm.copyItems(PAGE_AT + start, linesAt);
  if (count < 0) return undefined;
  const linesEnd = wasm.linesEnd.value;
  lines.ensure(linesEnd - linesAt);
  lines.length += memory.copy(lines.bytes, lines.length, linesAt, linesEnd);
  return { count, end: wasm.end.value - PAGE_AT };
}

/** Handles the pages that `copyItems` rejects: whitespace, line separators, raw numbers. Reports malformed pages. */
export const copyAndCheck: TranscodeItems = transcoder(copyItem, 1);

function copyItem(cursor: Cursor): void {
  const start = cursor.at;
  const end = endOfObject(cursor, start, 0);
  cursor.putAll(LINE_START);
  cursor.copy(start, end - start);
  cursor.putAll(LINE_END);
  cursor.at = end;
}
