import { LOWER_E, MINUS, NINE, PLUS, POINT, ZERO } from './ascii.ts';

/** Returns the index after the JSON number that starts at `start`; -1 if no number starts there. */
export function endOfNumber(view: DataView, start: number): number {
  let at = start;
  if (view.getUint8(at) === MINUS) at += 1;
  const whole = at;
  at = endOfDigits(view, at);
  if (at === whole) return -1;
  // JSON does not allow leading zeros.
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

/** Returns the index of the first byte, starting at `start`, that is not a digit. */
export function endOfDigits(view: DataView, start: number): number {
  let at = start;
  let byte = view.getUint8(at);
  while (byte >= ZERO && byte <= NINE) {
    at += 1;
    byte = view.getUint8(at);
  }
  return at;
}

/** Bit that makes an ASCII letter lowercase. */
export const LOWERCASE = 0x20;
