import { EQUALS, LOWER_E, LOWER_U, MINUS, NINE, PLUS, POINT, ZERO } from '../../format/ascii.ts';
import type { Cursor } from '../../format/cursor.ts';
import { codeUnit, copyString, lengthOfEscape } from '../../format/json-string.ts';
import { LOWERCASE } from '../../format/number.ts';

/** Bytes of the length before the content of a field. */
export const LENGTH_BYTES = 4;

/** Writes the length of the content between `start` and the current position into the field that begins at `start`. */
export function endField(cursor: Cursor, start: number): void {
  cursor.outView.setUint32(start, cursor.to - start - LENGTH_BYTES, true);
}

/**
 * Reads a string and writes a field with its UTF-16 code units, encoded as WTF-8: UTF-8 in which half of a surrogate
 * pair takes three bytes. The field is the same for every notation of the string.
 * https://wtf-8.codeberg.page/#the-wtf-8-encoding
 */
export function writeString(cursor: Cursor): void {
  const start = cursor.to;
  // The length overwrites the quotation mark that copyString writes.
  cursor.to = start + LENGTH_BYTES - 1;
  copyString(cursor, decodeEscape);
  cursor.to -= 1;
  endField(cursor, start);
}

/** Reads an escape sequence, or two if they are a surrogate pair, and writes the character. */
function decodeEscape(cursor: Cursor): void {
  const { view, at } = cursor;
  const kind = view.getUint8(at + 1);
  cursor.at = at + lengthOfEscape(cursor, at);
  if (kind !== LOWER_U) cursor.put(UNESCAPED[kind] as number);
  else putCodePoint(cursor, codePoint(cursor, codeUnit(cursor, at)));
}

const UNESCAPED = new Uint8Array(256);
for (const [kind, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  UNESCAPED[(kind as string).charCodeAt(0)] = (character as string).charCodeAt(0);
}

/** Combines `unit` with the escape sequence that follows if they are a surrogate pair. */
function codePoint(cursor: Cursor, unit: number): number {
  if (unit >> 10 !== HIGH_SURROGATES || cursor.view.getInt16(cursor.at, true) !== UNICODE_ESCAPE) return unit;
  const low = codeUnit(cursor, cursor.at);
  if (low >> 10 !== LOW_SURROGATES) return unit;
  cursor.at += 6;
  return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}

const HIGH_SURROGATES = 0xd800 >> 10;
const LOW_SURROGATES = 0xdc00 >> 10;
const UNICODE_ESCAPE = Buffer.from('\\u').readInt16LE();

function putCodePoint(cursor: Cursor, code: number): void {
  if (code < 0x80) {
    cursor.put(code);
    return;
  }
  if (code < 0x800) cursor.put(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) cursor.put(0xe0 | (code >> 12));
    else {
      cursor.put(0xf0 | (code >> 18));
      cursor.put(0x80 | ((code >> 12) & 0x3f));
    }
    cursor.put(0x80 | ((code >> 6) & 0x3f));
  }
  cursor.put(0x80 | (code & 0x3f));
}

/** Reads a base64 string and writes a field with its bytes. */
export function writeBinary(cursor: Cursor): void {
  const start = cursor.to;
  writeString(cursor);
  const { outView: bytes, to: end } = cursor;
  let to = start + LENGTH_BYTES;
  let padding = 0;
  while (padding < 2 && end - padding > to && bytes.getUint8(end - 1 - padding) === EQUALS) {
    padding += 1;
    bytes.setUint8(end - padding, ZERO_SEXTET);
  }
  if ((end - to) % 4 !== 0) throw cursor.malformed('base64');
  // Decodes in place: three bytes replace four.
  for (let at = to; at < end; at += 4) {
    const three =
      (sextet(bytes.getUint8(at)) << 18) |
      (sextet(bytes.getUint8(at + 1)) << 12) |
      (sextet(bytes.getUint8(at + 2)) << 6) |
      sextet(bytes.getUint8(at + 3));
    if (three < 0) throw cursor.malformed('base64');
    bytes.setUint16(to, three >> 8);
    bytes.setUint8(to + 2, three & 0xff);
    to += 3;
  }
  cursor.to = to - padding;
  endField(cursor, start);
}

/** @returns a negative number if the byte is not valid in base64, which stays negative when shifted and combined */
function sextet(byte: number): number {
  return SEXTETS[byte] as number;
}

const SEXTETS = new Int32Array(256).fill(-1);
for (const [value, byte] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries()) {
  SEXTETS[byte] = value;
}

/** `A`, which is zero in base64. */
const ZERO_SEXTET = 0x41;

/** Sign and exponent. */
const NUMBER_HEAD = 5;

/** Maximum magnitude of an exponent that is read. DynamoDB stores up to 130. */
const MAX_EXPONENT = 1_000_000;

/**
 * Reads a number, which is a string in DynamoDB JSON, and writes a field with its sign, its exponent and its digits
 * without leading and trailing zeros. Zero is one byte. Accepts the same notations as `parseDecimal`.
 */
export function writeNumber(cursor: Cursor): void {
  const start = cursor.to;
  const head = start + LENGTH_BYTES;
  // Decodes the text behind the place of the result, which is not longer than the text and its head together.
  cursor.to = head + NUMBER_HEAD;
  writeString(cursor);
  const { outView: bytes, to: end } = cursor;
  let at = head + NUMBER_HEAD + LENGTH_BYTES;
  let to = head + NUMBER_HEAD;
  const sign = at < end ? bytes.getUint8(at) : 0;
  if (sign === MINUS || sign === PLUS) at += 1;

  const digits = to;
  let digitsEnd = to;
  /** Exponent of the number if its digits are written as 0.123. */
  let exponent = 0;
  let hasPoint = false;
  let hasDigit = false;
  for (; at < end; at += 1) {
    const byte = bytes.getUint8(at);
    if (byte === POINT && !hasPoint) {
      hasPoint = true;
      continue;
    }
    if (byte < ZERO || byte > NINE) break;
    hasDigit = true;
    if (byte === ZERO && to === digits) {
      if (hasPoint) exponent -= 1;
      continue;
    }
    bytes.setUint8(to, byte);
    to += 1;
    if (byte !== ZERO) digitsEnd = to;
    if (!hasPoint) exponent += 1;
  }
  if (!hasDigit) throw cursor.malformed('a number');
  if (at < end) exponent += readExponent(cursor, at, end);
  if (digitsEnd === digits) {
    bytes.setUint8(head, ZERO);
    cursor.to = head + 1;
  } else {
    bytes.setUint8(head, sign === MINUS ? MINUS : PLUS);
    bytes.setInt32(head + 1, exponent, true);
    cursor.to = digitsEnd;
  }
  endField(cursor, start);
}

/** Reads an exponent, from its `e` through the end of the number, in the output. */
function readExponent(cursor: Cursor, start: number, end: number): number {
  const { outView: bytes } = cursor;
  if ((bytes.getUint8(start) | LOWERCASE) !== LOWER_E || start + 1 === end) throw cursor.malformed('a number');
  const sign = bytes.getUint8(start + 1);
  const digits = sign === MINUS || sign === PLUS ? start + 2 : start + 1;
  if (digits === end) throw cursor.malformed('a number');
  let exponent = 0;
  for (let at = digits; at < end; at += 1) {
    const byte = bytes.getUint8(at);
    if (byte < ZERO || byte > NINE) throw cursor.malformed('a number');
    exponent = exponent * 10 + (byte - ZERO);
    if (exponent > MAX_EXPONENT) throw cursor.malformed('a smaller exponent');
  }
  return sign === MINUS ? -exponent : exponent;
}
