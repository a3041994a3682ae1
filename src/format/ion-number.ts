import { MINUS, NINE, POINT, ZERO } from './ascii.ts';
import { endOf, type IonInput } from './ion-input.ts';

/** Reads an Ion decimal or integer, and writes it as a JSON string with all digits. */
export function readNumber(input: IonInput): void {
  const start = input.at;
  input.at = endOf(IN_NUMBER, input);
  // DynamoDB writes most numbers like this: `103.` or `1.5`. They are the same in JSON, except for the point.
  const point = endOfPlain(input.bytes, start, input.at);
  if (point > 0) {
    input.put('"');
    input.putFrom(start, point);
    input.put('"');
    return;
  }
  const text = input.bytes.toString('latin1', start, input.at);
  const [, sign, whole = '', fraction = '', exponent] = NUMBER.exec(text) ?? [];
  if (sign === undefined) throw input.malformed('a number');
  input.put(`"${sign}${exponent === undefined ? withPoint(whole, fraction) : shifted(whole, fraction, exponent)}"`);
}

/**
 * Returns the end of a number as JSON writes it, if it has only digits and a point.
 *
 * @returns 0 for any other text
 */
function endOfPlain(bytes: Buffer, start: number, end: number): number {
  const whole = bytes[start] === MINUS ? start + 1 : start;
  if (bytes[whole] === ZERO && isDigit(bytes[whole + 1])) return 0;
  let at = whole;
  while (isDigit(bytes[at])) at += 1;
  if (at === whole || at === end || bytes[at] !== POINT) return 0;
  const point = at;
  at += 1;
  while (isDigit(bytes[at])) at += 1;
  if (at !== end) return 0;
  return end === point + 1 ? point : end;
}

function isDigit(byte = 0): boolean {
  return byte >= ZERO && byte <= NINE;
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
  return byte === MINUS || isDigit(byte);
}
