import { COPY_ITEMS } from './copy-items.wasm.ts';
import { PADDING } from './cursor.ts';
import type { TranscodedItems } from './format.ts';
import type { LineBuffer } from './line-buffer.ts';

/** Below it, the WebAssembly keeps its notes. */
const PAGE_AT = 2048;

const WASM_PAGE_BYTES = 64 * 1024;

/** A line of `{}` is four times as long as the three bytes that an empty item takes in a page. */
const MOST_GROWTH = 4;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(wasmPages: number): void;
}

/** What assembly/copy-items.ts exports. */
interface Assembly {
  readonly memory: Memory;
  copyItems(start: number, to: number): number;
  readonly end: { readonly value: number };
  readonly linesEnd: { readonly value: number };
}

/** The types of this global come with a browser's only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** One for all workers: a page is copied in one go. */
const wasm = instantiate();

/**
 * Writes the lines of a page in DYNAMODB_JSON, as `TranscodeItems` does, at nearly twice the speed of JavaScript: it takes
 * sixteen bytes at a step (assembly/copy-items.ts).
 *
 * @returns undefined where the page is not as DynamoDB writes it, or the processor lacks what it takes; `lines` is as it
 *   was then
 */
export function copyItems(page: Buffer, start: number, lines: LineBuffer): TranscodedItems | undefined {
  if (!wasm) return undefined;
  const linesAt = PAGE_AT + page.length + PADDING;
  const memory = reserve(wasm.memory, linesAt + (page.length - start) * MOST_GROWTH + PADDING);
  page.copy(memory, PAGE_AT);
  memory.fill(0, PAGE_AT + page.length, linesAt);

  const count = wasm.copyItems(PAGE_AT + start, linesAt);
  if (count < 0) return undefined;
  const linesEnd = wasm.linesEnd.value;
  lines.ensure(linesEnd - linesAt);
  lines.length += memory.copy(lines.bytes, lines.length, linesAt, linesEnd);
  return { count, end: wasm.end.value - PAGE_AT };
}

/** The memory, made to hold `bytes`; the system gives it what is written to and no more. */
function reserve(memory: Memory, bytes: number): Buffer {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  return Buffer.from(memory.buffer);
}

/** @returns undefined on a processor without instructions for 16 bytes, and where Node may not compile at run time */
function instantiate(): Assembly | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(COPY_ITEMS, 'base64'))).exports as Assembly;
  } catch {
    return undefined;
  }
}
