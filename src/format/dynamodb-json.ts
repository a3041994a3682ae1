import { COPY_ITEMS } from './copy-items.wasm.ts';
import { type Cursor, PADDING, zerosFollow } from './cursor.ts';
import { endOfObject } from './json-value.ts';
import { holdsSeparators, type LineBuffer } from './lines.ts';
import { memoryOf } from './page-memory.ts';
import type { TranscodedItems, TranscodeItems } from './transcode-items.ts';
import { transcoder } from './transcoder.ts';
import { type AssemblyMemory, instantiate } from './web-assembly.ts';

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

/** Maximum ratio of output to input: an empty item takes 3 bytes in a page and 12 as a line. */
const MAX_GROWTH = 4;

/** Exports of assembly/copy-items.ts. */
interface Assembly {
  copyItems(start: number, to: number): number;
  readonly end: { readonly value: number };
  readonly linesEnd: { readonly value: number };
}

/**
 * The module in each memory; undefined if it cannot run. Only one thread may run it at a time: the main thread converts
 * pages only until the byte thread has started.
 */
const assemblies = new WeakMap<AssemblyMemory, Assembly | undefined>();

/**
 * Writes the lines of a page in DYNAMODB_JSON, like `TranscodeItems`. Nearly twice as fast as JavaScript because it
 * processes 16 bytes at a time (assembly/copy-items.ts).
 *
 * @param page without unescaped U+0085, U+2028 and U+2029
 * @returns undefined if the page differs from the form that DynamoDB writes, or if the module cannot run or cannot read
 *   and write in place: page and lines must be in the same PageMemory, the page followed by zeros, and the lines by room
 *   for four times as many bytes. `lines` is then unchanged
 */
export function copyItems(page: Buffer, start: number, lines: LineBuffer): TranscodedItems | undefined {
  const memory = memoryOf(page);
  if (!memory || memoryOf(lines.bytes) !== memory || !zerosFollow(page)) return undefined;
  if (lines.bytes.length - lines.length < (page.length - start) * MAX_GROWTH + PADDING) return undefined;
  const assembly = assemblyIn(memory);
  if (!assembly) return undefined;

  const linesAt = lines.bytes.byteOffset + lines.length;
  const count = assembly.copyItems(page.byteOffset + start, linesAt);
  if (count < 0) return undefined;
  // JavaScript gets addresses as signed numbers.
  lines.length += (assembly.linesEnd.value >>> 0) - linesAt;
  return { count, end: (assembly.end.value >>> 0) - page.byteOffset };
}

function assemblyIn(memory: AssemblyMemory): Assembly | undefined {
  if (!assemblies.has(memory)) assemblies.set(memory, instantiate<Assembly>(COPY_ITEMS, memory));
  return assemblies.get(memory);
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
