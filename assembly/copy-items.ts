// AssemblyScript: the syntax of TypeScript, compiled to WebAssembly. `npm run build` writes it to
// src/format/copy-items.wasm.ts.
//
// Does the same as src/format/dynamodb-json.ts, 16 bytes at a time, for pages in the form that DynamoDB writes. Rejects
// all other pages: dynamodb-json.ts then reads the page and reports the error if it is malformed.
//
// The memory is imported: it contains the page and its lines, in any place after the first 64 KiB, which belong to this
// module. Threads can share it, but only one of them may run the module at a time: the stack has one address.
//
// Zero bytes follow the page. A zero byte is neither structure nor allowed inside a string, so no loop has to check for
// the end of the page.

import {
  ALL_BUT_LETTER,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOfString,
  FALS,
  LINE_END,
  LINE_START,
  LOWER_E,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SCALAR,
  TRUE,
} from './json-text';

/** Address of the stack of open maps and lists: one byte each, OBJECT or ARRAY. */
const KINDS: usize = 1024;
const MAX_NESTING: i32 = 200;

const OBJECT: u8 = 1;
const ARRAY: u8 = 0;

const NULL: u32 = 0x6c6c756e;

/** Address after the `]` of the items, if the last call accepted the page. */
export let end: usize = 0;
/** Address after the last line, if the last call accepted the page. */
export let linesEnd: usize = 0;

/**
 * Writes one line per item, from `start`, the address after the `[` of `"Items":[`, up to the `]`.
 *
 * @param to output address, with room for four times the input bytes plus 16
 * @returns number of items; -1 if the page is not in the form that DynamoDB writes
 */
export function copyItems(start: usize, to: usize): i32 {
  let at = start;
  let out = to;
  let count = 0;
  if (load<u8>(at) === CLOSE_BRACKET) at += 1;
  else {
    let next: u8;
    do {
      const itemEnd = load<u8>(at) === OPEN_BRACE ? endOfValue(at) : 0;
      if (itemEnd === 0) return -1;
      const length = itemEnd - at;
      store<u64>(out, LINE_START);
      memory.copy(out + 8, at, length);
      store<u16>(out + 8 + length, LINE_END);
      out += length + 10;
      count += 1;
      next = load<u8>(itemEnd);
      at = itemEnd + 1;
    } while (next === COMMA);
    if (next !== CLOSE_BRACKET) return -1;
  }
  end = at;
  linesEnd = out;
  return count;
}

/** Returns the address after the value that starts at `start`; 0 if it is not a valid value. */
function endOfValue(start: usize): usize {
  let at = start;
  let depth = 0;
  while (true) {
    const first = load<u8>(at);
    // The most common case. One test for S, N and B, because the processor cannot predict which of them comes next.
    if ((load<u64>(at) & ALL_BUT_LETTER) === SCALAR && isCapital(load<u8>(at + 2))) {
      at = endOfString(at + 6);
      if (at === 0 || load<u8>(at) !== CLOSE_BRACE) return 0;
      at += 1;
    } else if (first === QUOTE) {
      at = endOfString(at + 1);
      if (at === 0) return 0;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const isObject = first === OPEN_BRACE;
      at += 1;
      if (load<u8>(at) === closing(isObject)) at += 1;
      else {
        if (depth === MAX_NESTING) return 0;
        store<u8>(KINDS + depth, isObject ? OBJECT : ARRAY);
        depth += 1;
        if (isObject) at = endOfName(at);
        if (at === 0) return 0;
        continue;
      }
    } else {
      at = endOfLiteral(at);
      if (at === 0) return 0;
    }

    // After a value: close all maps and lists that end here.
    while (true) {
      if (depth === 0) return at;
      const isObject = load<u8>(KINDS + depth - 1) === OBJECT;
      const next = load<u8>(at);
      at += 1;
      if (next === COMMA) {
        if (isObject) at = endOfName(at);
        if (at === 0) return 0;
        break;
      }
      if (next !== closing(isObject)) return 0;
      depth -= 1;
    }
  }
}

function closing(isObject: bool): u8 {
  return isObject ? CLOSE_BRACE : CLOSE_BRACKET;
}

/** Returns the address after a name and its colon; 0 if they are invalid. */
function endOfName(start: usize): usize {
  if (load<u8>(start) !== QUOTE) return 0;
  const at = endOfString(start + 1);
  return at !== 0 && load<u8>(at) === COLON ? at + 1 : 0;
}

function isCapital(byte: u8): bool {
  return byte >= 0x41 && byte <= 0x5a;
}

/** Handles true, false and null only, because numbers are strings in DynamoDB JSON. */
function endOfLiteral(at: usize): usize {
  const four = load<u32>(at);
  if (four === TRUE || four === NULL) return at + 4;
  return four === FALS && load<u8>(at + 4) === LOWER_E ? at + 5 : 0;
}
