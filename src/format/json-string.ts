import { BACKSLASH, LOWER_U, QUOTE } from './ascii.ts';
import type { Cursor } from './cursor.ts';

/**
 * Returns the index after the closing quote of the string whose first character is at `start`.
 *
 * Most of the time is spent here and in `copyString`, so both process four bytes at a time.
 */
export function endOfString(cursor: Cursor, start: number): number {
  const { view } = cursor;
  let at = start;
  for (;;) {
    let stops = stopsIn(view.getInt32(at, true));
    if (stops === 0) {
      at += 4;
      stops = stopsIn(view.getInt32(at, true));
      if (stops === 0) {
        at += 4;
        continue;
      }
    }
    at += firstOf(stops);
    const byte = view.getUint8(at);
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) throw cursor.malformed('the rest of a string', at);
    at += lengthOfEscape(cursor, at);
  }
}

/** Copies a string with its quotes. Calls `transcodeEscape` at the backslash of each escape sequence. */
export function copyString(cursor: Cursor, transcodeEscape: (cursor: Cursor) => void): void {
  const { view, outView } = cursor;
  let { at, to } = cursor;
  if (view.getUint8(at) !== QUOTE) throw cursor.malformed('a string');
  outView.setUint8(to, QUOTE);
  at += 1;
  to += 1;
  for (;;) {
    // This can write bytes past a stop. The next write overwrites them, and LineBuffer has room for them.
    let word = view.getInt32(at, true);
    outView.setInt32(to, word, true);
    let stops = stopsIn(word);
    if (stops === 0) {
      word = view.getInt32(at + 4, true);
      outView.setInt32(to + 4, word, true);
      stops = stopsIn(word);
      at += 4;
      to += 4;
      if (stops === 0) {
        at += 4;
        to += 4;
        continue;
      }
    }
    const length = firstOf(stops);
    at += length;
    to += length;
    const byte = view.getUint8(at);
    if (byte === QUOTE) {
      cursor.at = at + 1;
      cursor.to = to + 1;
      return;
    }
    cursor.at = at;
    cursor.to = to;
    if (byte !== BACKSLASH) throw cursor.malformed('the rest of a string');
    transcodeEscape(cursor);
    at = cursor.at;
    to = cursor.to;
  }
}

/** Copies an escape sequence unchanged. */
export function copyEscape(cursor: Cursor): void {
  const { bytes, at } = cursor;
  const length = lengthOfEscape(cursor, at);
  for (let i = 0; i < length; i += 1) cursor.put(bytes[at + i] as number);
  cursor.at = at + length;
}

/** Returns the length in bytes of the escape sequence whose backslash is at `at`: 6 for `\uXXXX`, otherwise 2. */
export function lengthOfEscape(cursor: Cursor, at: number): 2 | 6 {
  const kind = cursor.view.getUint8(at + 1);
  if (kind === LOWER_U) {
    codeUnit(cursor, at);
    return 6;
  }
  if (ESCAPABLE[kind] !== 1) throw cursor.malformed('an escape sequence', at);
  return 2;
}

/** Returns the UTF-16 code unit of the `\uXXXX` at `at`. */
export function codeUnit(cursor: Cursor, at: number): number {
  const { view } = cursor;
  const unit =
    (hexDigit(view.getUint8(at + 2)) << 12) |
    (hexDigit(view.getUint8(at + 3)) << 8) |
    (hexDigit(view.getUint8(at + 4)) << 4) |
    hexDigit(view.getUint8(at + 5));
  if (unit < 0) throw cursor.malformed('four hexadecimal digits', at);
  return unit;
}

const ESCAPABLE = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrtu')) ESCAPABLE[byte] = 1;

/** @returns a negative number if the byte is not a digit, which stays negative when shifted and combined with others */
function hexDigit(byte: number): number {
  return HEX_DIGITS[byte] as number;
}

const HEX_DIGITS = new Int32Array(256).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  const text = digit.toString(16);
  HEX_DIGITS[text.charCodeAt(0)] = digit;
  HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Marks, in bit 7 of each of four bytes, those at which plain text in a string ends: `"`, `\` and controls below 0x20.
 * The lowest mark is exact. Marks above it can be wrong because of a borrow.
 */
function stopsIn(word: number): number {
  // Flipping bit 1 makes the quote 0x20, next to the controls, so that one subtraction finds both.
  return (((word ^ 0x02020202) - 0x21212121) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & 0x80808080;
}

/** Returns the number of bytes before the lowest mark. */
function firstOf(stops: number): number {
  return (31 - Math.clz32(stops & -stops)) >> 3;
}
