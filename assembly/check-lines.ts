// AssemblyScript: the syntax of TypeScript, compiled to WebAssembly. `npm run build` writes it to
// src/format/check-lines.wasm.ts.
//
// Checks lines in DYNAMODB_JSON in the form that DynamoDB and this Action write. Stops at any other line, which can be
// valid too: src/format/item-checker.ts then decides. Accepts no line that item-checker.ts would reject.
//
// Zero bytes follow the lines. A zero byte is neither structure nor allowed inside a string, so no loop has to check for
// the end of the lines.
import {
  ALL_BUT_LETTER,
  BACKSLASH,
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
  QUOTE,
  SCALAR,
  TRUE,
} from './json-text';

/** Address of the key attributes: 16 bytes each, with the address and length of the name, and the letter of the type. */
const KEYS: usize = 1024;
const KEY_BYTES: usize = 16;

const MAX_NESTING: i32 = 100;

const LETTER_S: u8 = 0x53;
const LETTER_N: u8 = 0x4e;
const LETTER_B: u8 = 0x42;
const MINUS: u8 = 0x2d;
const PLUS: u8 = 0x2b;
const POINT: u8 = 0x2e;
const EQUALS: u8 = 0x3d;

const SIX_BYTES: u64 = 0xffff_ffff_ffff;
const SEVEN_BYTES: u64 = (u64(0xff_ffff) << 32) | 0xffff_ffff;
const MAP: u64 = 0x7b_3a_22_4d_22_7b; // {"M":{
const LIST: u64 = 0x5b_3a_22_4c_22_7b; // {"L":[
const STRING_SET: u64 = (u64(0x5b_3a_22) << 32) | 0x53_53_22_7b; // {"SS":[
const NUMBER_SET: u64 = (u64(0x5b_3a_22) << 32) | 0x53_4e_22_7b; // {"NS":[
const BINARY_SET: u64 = (u64(0x5b_3a_22) << 32) | 0x53_42_22_7b; // {"BS":[
const BOOLEAN: u64 = (u64(0x3a_22_4c_4f) << 32) | 0x4f_42_22_7b; // {"BOOL":
const NULL: u64 = (u64(0x3a_22_4c_4c) << 32) | 0x55_4e_22_7b; // {"NULL":

/** Address after the last line that was accepted. */
export let linesEnd: usize = 0;

/**
 * Checks lines from `start` to `end`, the address after a line feed.
 *
 * @param keyCount number of key attributes at KEYS, of which each item must have each exactly once
 * @returns number of lines before the first one that is not accepted
 */
export function checkLines(start: usize, end: usize, keyCount: i32): i32 {
  let at = start;
  let count = 0;
  while (at < end) {
    if (load<u64>(at) !== LINE_START) break;
    const itemEnd = endOfItem(at + 8, keyCount);
    if (itemEnd === 0 || load<u16>(itemEnd) !== LINE_END) break;
    at = itemEnd + 2;
    count += 1;
  }
  linesEnd = at;
  return count;
}

/** Returns the address after the item that starts at `start`; 0 if it is not accepted. */
function endOfItem(start: usize, keyCount: i32): usize {
  if (load<u8>(start) !== OPEN_BRACE) return 0;
  let at = start + 1;
  if (load<u8>(at) === CLOSE_BRACE) return keyCount === 0 ? at + 1 : 0;
  let found = 0;
  while (true) {
    if (load<u8>(at) !== QUOTE) return 0;
    const nameEnd = endOfPlainString(at + 1);
    if (nameEnd === 0 || load<u8>(nameEnd) !== COLON) return 0;
    const key = keyNamed(at + 1, nameEnd - at - 2, keyCount);
    const value = nameEnd + 1;
    if (key >= 0) {
      if ((found & (1 << key)) !== 0 || !isKeyValue(value, key)) return 0;
      found |= 1 << key;
    }
    at = endOfValue(value, 0);
    if (at === 0) return 0;
    const next = load<u8>(at);
    at += 1;
    if (next === COMMA) continue;
    if (next !== CLOSE_BRACE || found !== (1 << keyCount) - 1) return 0;
    return at;
  }
}

/** Returns the index of the key attribute with this name; -1 if there is none. */
function keyNamed(name: usize, length: usize, keyCount: i32): i32 {
  for (let key = 0; key < keyCount; key++) {
    const entry = KEYS + usize(key) * KEY_BYTES;
    if (load<u32>(entry + 4) === u32(length) && memory.compare(load<u32>(entry), name, length) === 0) return key;
  }
  return -1;
}

/** Returns whether the value has the type of the key attribute. Strings and binaries in keys are not empty. */
function isKeyValue(value: usize, key: i32): bool {
  if ((load<u64>(value) & ALL_BUT_LETTER) !== SCALAR) return false;
  return load<u8>(value + 2) === load<u8>(KEYS + usize(key) * KEY_BYTES + 8) && load<u8>(value + 6) !== QUOTE;
}

/** Returns the address after a value with its type descriptor, such as `{"S":"a"}`; 0 if it is not accepted. */
function endOfValue(start: usize, depth: i32): usize {
  const first = load<u64>(start);
  let at: usize = 0;
  if ((first & ALL_BUT_LETTER) === SCALAR) {
    const letter = load<u8>(start + 2);
    if (letter === LETTER_S) at = endOfString(start + 6);
    else if (letter === LETTER_N) at = endOfNumber(start + 6);
    else if (letter === LETTER_B) at = endOfBase64(start + 6);
  } else if ((first & SIX_BYTES) === MAP) at = endOfMap(start + 6, depth + 1);
  else if ((first & SIX_BYTES) === LIST) at = endOfList(start + 6, depth + 1);
  else if ((first & SEVEN_BYTES) === STRING_SET) at = endOfSet(start + 7, LETTER_S);
  else if ((first & SEVEN_BYTES) === NUMBER_SET) at = endOfSet(start + 7, LETTER_N);
  else if ((first & SEVEN_BYTES) === BINARY_SET) at = endOfSet(start + 7, LETTER_B);
  else if (first === BOOLEAN) at = endOfBoolean(start + 8);
  else if (first === NULL && load<u32>(start + 8) === TRUE) at = start + 12;
  return at !== 0 && load<u8>(at) === CLOSE_BRACE ? at + 1 : 0;
}

function endOfBoolean(at: usize): usize {
  const four = load<u32>(at);
  if (four === TRUE) return at + 4;
  return four === FALS && load<u8>(at + 4) === LOWER_E ? at + 5 : 0;
}

/** @param start address after the `{` */
function endOfMap(start: usize, depth: i32): usize {
  if (depth > MAX_NESTING) return 0;
  let at = start;
  if (load<u8>(at) === CLOSE_BRACE) return at + 1;
  while (true) {
    if (load<u8>(at) !== QUOTE) return 0;
    at = endOfString(at + 1);
    if (at === 0 || load<u8>(at) !== COLON) return 0;
    at = endOfValue(at + 1, depth);
    if (at === 0) return 0;
    const next = load<u8>(at);
    at += 1;
    if (next === COMMA) continue;
    return next === CLOSE_BRACE ? at : 0;
  }
}

/** @param start address after the `[` */
function endOfList(start: usize, depth: i32): usize {
  if (depth > MAX_NESTING) return 0;
  let at = start;
  if (load<u8>(at) === CLOSE_BRACKET) return at + 1;
  while (true) {
    at = endOfValue(at, depth);
    if (at === 0) return 0;
    const next = load<u8>(at);
    at += 1;
    if (next === COMMA) continue;
    return next === CLOSE_BRACKET ? at : 0;
  }
}

/** Sets are never empty. @param start address after the `[` */
function endOfSet(start: usize, letter: u8): usize {
  let at = start;
  while (true) {
    if (load<u8>(at) !== QUOTE) return 0;
    if (letter === LETTER_S) at = endOfString(at + 1);
    else if (letter === LETTER_N) at = endOfNumber(at + 1);
    else at = endOfBase64(at + 1);
    if (at === 0) return 0;
    const next = load<u8>(at);
    at += 1;
    if (next === COMMA) continue;
    return next === CLOSE_BRACKET ? at : 0;
  }
}

/** Returns the address after the closing quote of a number in the notation of JSON; 0 if it is another one. */
function endOfNumber(start: usize): usize {
  const whole = load<u8>(start) === MINUS ? start + 1 : start;
  let at = endOfDigits(whole);
  if (at === whole || (load<u8>(whole) === 0x30 && at > whole + 1)) return 0;
  if (load<u8>(at) === POINT) {
    const fraction = at + 1;
    at = endOfDigits(fraction);
    if (at === fraction) return 0;
  }
  if ((load<u8>(at) | 0x20) === LOWER_E) {
    at += 1;
    const sign = load<u8>(at);
    if (sign === PLUS || sign === MINUS) at += 1;
    const exponent = at;
    at = endOfDigits(exponent);
    if (at === exponent) return 0;
  }
  return load<u8>(at) === QUOTE ? at + 1 : 0;
}

function endOfDigits(start: usize): usize {
  let at = start;
  while (u8(load<u8>(at) - 0x30) < 10) at += 1;
  return at;
}

/** Returns the address after the closing quote of base64 with padding and without escape sequences; 0 otherwise. */
function endOfBase64(start: usize): usize {
  let at = start;
  while (true) {
    const bytes = v128.load(at);
    const letters = i8x16.sub(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61));
    const isLetter = i8x16.eq(i8x16.min_u(letters, i8x16.splat(25)), letters);
    // The slash is next to the digits.
    const digits = i8x16.sub(bytes, i8x16.splat(0x2f));
    const isDigit = i8x16.eq(i8x16.min_u(digits, i8x16.splat(10)), digits);
    const isPlus = i8x16.eq(bytes, i8x16.splat(PLUS));
    const others = ~i8x16.bitmask(v128.or(v128.or(isLetter, isDigit), isPlus)) & 0xffff;
    if (others === 0) {
      at += 16;
      continue;
    }
    at += ctz(others);
    break;
  }
  for (let padding = 0; padding < 2 && load<u8>(at) === EQUALS; padding++) at += 1;
  return (at - start) % 4 === 0 && load<u8>(at) === QUOTE ? at + 1 : 0;
}

/** Returns the address after the closing quote of a string without escape sequences; 0 if it has one. */
function endOfPlainString(start: usize): usize {
  let at = start;
  while (true) {
    const bytes = v128.load(at);
    const quotes = i8x16.eq(bytes, i8x16.splat(QUOTE));
    const backslashes = i8x16.eq(bytes, i8x16.splat(BACKSLASH));
    const controls = i8x16.eq(i8x16.min_u(bytes, i8x16.splat(0x1f)), bytes);
    const stops = i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
    if (stops === 0) {
      at += 16;
      continue;
    }
    at += ctz(stops);
    return load<u8>(at) === QUOTE ? at + 1 : 0;
  }
}
