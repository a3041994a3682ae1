import { LOWER_E, MINUS, NINE, PLUS, POINT, ZERO } from './ascii.ts';

/** Index behind the JSON number that starts at `start`, or -1 where none does. */
export function endOfNumber(view: DataView, start: number): number {
  let at = start;
  if (view.getUint8(at) === MINUS) at += 1;
  const whole = at;
  at = endOfDigits(view, at);
  if (at === whole) return -1;
  // JSON has no leading zeros: after `0`, the number's next digit is none of it.
  if (view.getUint8(whole) === ZERO && at > whole + 1) return -1;

  let next = view.getUint8(at);
  if (next === POINT) {
    const fraction = at + 1;
    at = endOfDigits(view, fraction);
    if (at === fraction) return -1;
    next = view.getUint8(at);
  }
  if ((next | LOWERCASE) === LOWER_E) {
    at += 1;
    const sign = view.getUint8(at);
    if (sign === PLUS || sign === MINUS) at += 1;
    const exponent = at;
    at = endOfDigits(view, exponent);
    if (at === exponent) return -1;
  }
  return at;
}

/** Index of the first byte from `start` that is no digit. */
export function endOfDigits(view: DataView, start: number): number {
  let at = start;
  let byte = view.getUint8(at);
  while (byte >= ZERO && byte <= NINE) {
    at += 1;
    byte = view.getUint8(at);
  }
  return at;
}

/** The bit that makes an ASCII letter lower case. */
export const LOWERCASE = 0x20;

/** The parts of a number's text; digits are as they stand there. */
export interface NumberParts {
  readonly negative: boolean;
  /** Digits before the point; may be empty, and start with zeros. */
  readonly whole: string;
  /** Digits behind the point; may be empty, but not both. */
  readonly fraction: string;
  /** With its sign, where it has one; undefined where there is none. */
  readonly exponent: string | undefined;
}

/**
 * Takes a number's text apart, or returns undefined where it is none.
 *
 * Wider than JSON: DynamoDB takes `.5`, `+1`, `5.` and `007` too. It gives them back as JSON would have them, but other
 * servers need not.
 */
export function numberParts(text: string): NumberParts | undefined {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  return { negative: sign === '-', whole, fraction, exponent };
}
