import { LOWER_D, MINUS, POINT, QUOTE, ZERO } from './ascii.ts';
import type { Cursor } from './cursor.ts';
import { type Decimal, parseDecimal, significantDigits } from './decimal.ts';
import { endOfDigits } from './number.ts';

/**
 * Writes a number as an Ion decimal, digit for digit like DynamoDB's exports: without trailing zeros (Java's
 * BigDecimal.stripTrailingZeros) and in the notation of ion-java's text writer (_Private_IonTextAppender.printDecimal):
 * `103.`, `6d2`, `1.5`, `0.000001`, `123d-9`. Never writes a bare `103`, which is an integer in Ion.
 */
export function writeDecimal(cursor: Cursor): void {
  cursor.expect(QUOTE, 'a number as a string');
  const { view, at: start } = cursor;
  const whole = view.getUint8(start) === MINUS ? start + 1 : start;
  const point = endOfDigits(view, whole);
  if (view.getUint8(point) === POINT) writeFraction(cursor, whole, point);
  else if (view.getUint8(point) === QUOTE) writeInteger(cursor, whole, point);
  else writeAnyDecimal(cursor);
}

/** Writes an integer. Its digits are from `whole` to `end`, the index of the quote; `cursor.at` is at its sign. */
function writeInteger(cursor: Cursor, whole: number, end: number): void {
  const { view, at: start } = cursor;
  let significant = end;
  while (significant > whole && view.getUint8(significant - 1) === ZERO) significant -= 1;
  const exponent = end - significant;
  if (significant === whole && end > whole) {
    // Neither Java nor DynamoDB has a negative zero.
    cursor.put(ZERO);
    cursor.put(POINT);
    cursor.at = end + 1;
    return;
  }
  if (end === whole || view.getUint8(whole) === ZERO || exponent > 9) {
    writeAnyDecimal(cursor);
    return;
  }
  cursor.copy(start, significant - start);
  if (exponent === 0) cursor.put(POINT);
  else {
    cursor.put(LOWER_D);
    cursor.put(ZERO + exponent);
  }
  cursor.at = end + 1;
}

/** Writes a number with digits before and after the point; `cursor.at` is at its sign. */
function writeFraction(cursor: Cursor, whole: number, point: number): void {
  const { view, at: start } = cursor;
  const end = endOfDigits(view, point + 1);
  const last = view.getUint8(end - 1);
  if (view.getUint8(end) !== QUOTE || last === ZERO || last === POINT || !hasPlainStart(view, whole, point)) {
    writeAnyDecimal(cursor);
    return;
  }
  cursor.copy(start, end - start);
  cursor.at = end + 1;
}

/** Returns true if Ion writes the start the same way: `12.`, or `0.` with at most five zeros before another digit. */
function hasPlainStart(view: DataView, whole: number, point: number): boolean {
  if (point === whole) return false;
  if (view.getUint8(whole) !== ZERO) return true;
  let significant = point + 1;
  while (view.getUint8(significant) === ZERO) significant += 1;
  return point === whole + 1 && significant <= point + 6;
}

/** Writes any number by parsing its text: numbers that only servers other than DynamoDB send, and very small ones. */
function writeAnyDecimal(cursor: Cursor): void {
  const end = cursor.bytes.indexOf(QUOTE, cursor.at);
  const decimal = end < 0 ? undefined : parseDecimal(cursor.bytes.toString('latin1', cursor.at, end));
  const text = decimal && ionDecimal(decimal);
  if (text === undefined) throw cursor.malformed('a number');
  cursor.to += cursor.out.write(text, cursor.to, 'latin1');
  cursor.at = end + 1;
}

/** @returns undefined if the exponent is not a safe integer */
function ionDecimal(decimal: Decimal): string | undefined {
  const { digits, trailingZeros } = significantDigits(decimal);
  if (digits === '') return '0.';
  const { length } = digits;
  const power = Number(decimal.exponent ?? '0') - decimal.fraction.length + trailingZeros;
  if (!Number.isSafeInteger(power)) return undefined;

  const sign = decimal.negative ? '-' : '';
  if (power === 0) return `${sign}${digits}.`;
  if (power > 0) return `${sign}${digits}d${power}`;
  const scale = -power;
  const adjusted = length - 1 - scale;
  if (adjusted >= 0) return `${sign}${digits.slice(0, length - scale)}.${digits.slice(length - scale)}`;
  if (adjusted >= -6) return `${sign}0.${'0'.repeat(scale - length)}${digits}`;
  return `${sign}${digits}d-${scale}`;
}
