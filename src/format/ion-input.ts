import { APOSTROPHE, BACKSLASH, CLOSE_BRACE, EQUALS, MINUS, NINE, QUOTE, SPACE, ZERO } from './ascii.ts';
import type { LineBuffer } from './lines.ts';
import { MalformedPage } from './malformed-page.ts';

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
  put(text: Buffer | string): void {
    const { out } = this;
    out.ensure(text.length);
    if (typeof text === 'string') out.bytes.write(text, out.length, 'latin1');
    else text.copy(out.bytes, out.length);
    out.length += text.length;
  }

  /** Copies the bytes from `start` to the current position. */
  putFrom(start: number): void {
    const { out } = this;
    out.ensure(this.at - start);
    out.length += this.bytes.copy(out.bytes, out.length, start, this.at);
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
    while (PLAIN[input.peek()] === 1) input.at += 1;
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
  while (BASE64[input.peek()] === 1) input.at += 1;
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

/** Reads an Ion decimal or integer, and writes it as a JSON string with all digits. */
export function readNumber(input: IonInput): void {
  const start = input.at;
  while (IN_NUMBER[input.peek()] === 1) input.at += 1;
  const text = input.bytes.toString('latin1', start, input.at);
  const [, sign, whole = '', fraction = '', exponent] = NUMBER.exec(text) ?? [];
  if (sign === undefined) throw input.malformed('a number');
  input.put(`"${sign}${exponent === undefined ? withPoint(whole, fraction) : shifted(whole, fraction, exponent)}"`);
}

/** Ion allows neither a leading zero nor an exponent with `e`, which would be a binary float. */
const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]*))?(?:[dD]([+-]?[0-9]+))?$/;

const IN_NUMBER = new Uint8Array(256).fill(1, ZERO, NINE + 1);
for (const byte of Buffer.from('+-.dDeE_')) IN_NUMBER[byte] = 1;

/** Exponents up to this magnitude are written as digits, as DynamoDB does. Its numbers have none above 130. */
const MAX_SHIFT = 200;

/** Returns whole.fraction * 10^exponent. */
function shifted(whole: string, fraction: string, exponent: string): string {
  const power = Number(exponent) - fraction.length;
  const digits = (whole + fraction).replace(/^0+(?=.)/, '');
  if (Math.abs(power) > MAX_SHIFT) return `${digits}E${power}`;
  if (power >= 0) return digits === '0' ? '0' : digits + '0'.repeat(power);
  const padded = digits.padStart(1 - power, '0');
  return withPoint(padded.slice(0, power), padded.slice(power));
}

function withPoint(whole: string, fraction: string): string {
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** Returns true if a number starts with this byte. */
export function startsNumber(byte: number): boolean {
  return byte === MINUS || (byte >= ZERO && byte <= NINE);
}
