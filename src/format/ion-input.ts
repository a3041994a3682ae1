import { APOSTROPHE, BACKSLASH, CLOSE_BRACE, EQUALS, QUOTE, SPACE } from './ascii.ts';
import type { LineBuffer } from './lines.ts';
import { MalformedPage } from './malformed-page.ts';

/** Minimum number of bytes for which a native copy is faster. */
const NATIVE_COPY = 64;

/** Ion text with the current position, and the JSON that is written. Every line of the text ends in a line feed. */
export class IonInput {
  bytes: Buffer = Buffer.alloc(0);
  /** Index of the next byte to read. */
  at = 0;
  private readonly out: LineBuffer;

  constructor(out: LineBuffer) {
    this.out = out;
  }

  /** Returns the next byte. */
  peek(ahead = 0): number {
    return this.bytes[this.at + ahead] ?? 0;
  }

  /** Skips `text` if it is next. */
  skip(text: Buffer): boolean {
    for (let i = 0; i < text.length; i += 1) if (this.bytes[this.at + i] !== text[i]) return false;
    this.at += text.length;
    return true;
  }

  /** @throws {MalformedPage} if `text` is not next */
  expect(text: Buffer, name: string): void {
    if (!this.skip(text)) throw this.malformed(name);
  }

  /** Writes ASCII text. */
  put(text: string): void {
    const { out } = this;
    const { length } = text;
    out.ensure(length);
    // For a few bytes, a loop is faster than a call of native code.
    for (let i = 0; i < length; i += 1) out.bytes[out.length + i] = text.charCodeAt(i);
    out.length += length;
  }

  /** Copies the bytes from `start` to `end`. */
  putFrom(start: number, end = this.at): void {
    const { out, bytes } = this;
    const length = end - start;
    out.ensure(length);
    if (length >= NATIVE_COPY) bytes.copy(out.bytes, out.length, start, end);
    else for (let i = 0; i < length; i += 1) out.bytes[out.length + i] = bytes[start + i] as number;
    out.length += length;
  }

  /** Writes a character inside of a JSON string. */
  putCharacter(codePoint: number): void {
    if (codePoint === QUOTE) this.put('\\"');
    else if (codePoint === BACKSLASH) this.put('\\\\');
    else if (codePoint < SPACE) this.put(`\\u00${codePoint.toString(16).padStart(2, '0')}`);
    else {
      this.out.ensure(4);
      this.out.length += this.out.bytes.write(String.fromCodePoint(codePoint), this.out.length);
    }
  }

  malformed(expected: string): MalformedPage {
    return new MalformedPage(expected, this.at);
  }
}

/** Reads text in quotes, from its opening to its closing `delimiter`, and writes it as a JSON string. */
export function readText(input: IonInput, delimiter: typeof QUOTE | typeof APOSTROPHE): void {
  input.at += 1;
  input.put('"');
  for (;;) {
    const start = input.at;
    input.at = endOf(PLAIN, input);
    input.putFrom(start);
    const byte = input.peek();
    if (byte === delimiter) break;
    if (byte === BACKSLASH) input.putCharacter(readEscape(input));
    else if (byte === QUOTE || byte === APOSTROPHE) {
      input.putCharacter(byte);
      input.at += 1;
    } else throw input.malformed('the rest of a text');
  }
  input.at += 1;
  input.put('"');
}

/** Returns the index of the next byte that is not in the table. The line feed at the end of a line is in none. */
export function endOf(table: Uint8Array, { bytes, at }: IonInput): number {
  let end = at;
  while (table[bytes[end] as number] === 1) end += 1;
  return end;
}

/** Bytes that are the same in an Ion string, in a quoted symbol and in a JSON string. */
const PLAIN = new Uint8Array(256).fill(1, SPACE);
for (const byte of [QUOTE, APOSTROPHE, BACKSLASH]) PLAIN[byte] = 0;

/** Characters of the escape sequences of two characters. */
const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  v: '\v',
  '"': '"',
  "'": "'",
  '?': '?',
  '\\': '\\',
  '/': '/',
};

/** Number of hexadecimal digits of the other escape sequences. */
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads an escape sequence. Returns its character as a code point. */
function readEscape(input: IonInput): number {
  const kind = String.fromCharCode(input.peek(1));
  const digits = DIGITS[kind];
  if (digits === undefined) {
    const character = ESCAPES[kind];
    if (character === undefined) throw input.malformed('an escape sequence');
    input.at += 2;
    return character.charCodeAt(0);
  }
  const value = hexadecimal(input, digits);
  if (value < 0xd800 || value > 0xdfff) {
    if (value > 0x10ffff) throw input.malformed('a Unicode character');
    return value;
  }
  const isPair = value < 0xdc00 && input.peek() === BACKSLASH && input.peek(1) === 0x75;
  const low = isPair ? hexadecimal(input, 4) : 0;
  if (low < 0xdc00 || low > 0xdfff) throw input.malformed('a surrogate pair');
  return 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
}

/** Reads a backslash, a letter and this number of digits. */
function hexadecimal(input: IonInput, digits: number): number {
  const text = input.bytes.toString('latin1', input.at + 2, input.at + 2 + digits);
  if (text.length < digits || !/^[0-9a-fA-F]+$/.test(text)) throw input.malformed('hexadecimal digits');
  input.at += 2 + digits;
  return Number.parseInt(text, 16);
}

/** Reads an Ion blob, `{{...}}`, and writes its base64 as a JSON string. */
export function readBlob(input: IonInput): void {
  input.expect(BLOB_START, 'a blob');
  const start = input.at;
  input.at = endOf(BASE64, input);
  for (let padding = 0; padding < 2 && input.peek() === EQUALS; padding += 1) input.at += 1;
  if ((input.at - start) % 4 !== 0) throw input.malformed('base64');
  input.put('"');
  input.putFrom(start);
  input.put('"');
  input.expect(BLOB_END, 'the end of a blob');
}

const BLOB_START = Buffer.of(0x7b, 0x7b);
const BLOB_END = Buffer.of(CLOSE_BRACE, CLOSE_BRACE);

const BASE64 = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')) BASE64[byte] = 1;
