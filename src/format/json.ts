import { QUOTE } from './ascii.ts';
import type { Cursor } from './cursor.ts';
import { parseDecimal } from './decimal.ts';
import { copyEscape, copyString } from './json-string.ts';
import { endOfNumber } from './number.ts';
import type { TranscodeItems } from './transcode-items.ts';
import { transcoder } from './transcoder.ts';
import { typedItem } from './typed-item.ts';

const NOTHING = Buffer.alloc(0);

/**
 * JSON: each item as a plain object. Strings keep their escape sequences, numbers keep every digit, binary values stay
 * base64, and sets become arrays. Sets and lists look the same afterwards, and so do binary values and strings, so AWS
 * import tools cannot load it.
 */
export const transcodeJson: TranscodeItems = transcoder(
  typedItem({
    lineStart: NOTHING,
    lineEnd: Buffer.from('\n'),
    sets: { SS: NOTHING, NS: NOTHING, BS: NOTHING },
    name: copyText,
    S: copyText,
    N: copyNumber,
    B: copyText,
  }),
  1,
);

/** Copies a string with its escape sequences. */
export function copyText(cursor: Cursor): void {
  copyString(cursor, copyEscape);
}

/** Writes a number, which is a string in DynamoDB JSON, as JSON. */
export function copyNumber(cursor: Cursor): void {
  cursor.expect(QUOTE, 'a number as a string');
  const start = cursor.at;
  const end = endOfNumber(cursor.view, start);
  if (end < 0 || cursor.view.getUint8(end) !== QUOTE) {
    rewriteNumber(cursor);
    return;
  }
  cursor.copy(start, end - start);
  cursor.at = end + 1;
}

/** Rewrites a number that is invalid JSON, such as `007` or `+1`. Keeps the digits, drops what JSON does not allow. */
function rewriteNumber(cursor: Cursor): void {
  const end = cursor.bytes.indexOf(QUOTE, cursor.at);
  const number = end < 0 ? undefined : parseDecimal(cursor.bytes.toString('latin1', cursor.at, end));
  if (!number) throw cursor.malformed('a number');
  const { negative, whole, fraction, exponent } = number;
  const text =
    (negative ? '-' : '') +
    (whole.replace(/^0+/, '') || '0') +
    (fraction && `.${fraction}`) +
    (exponent === undefined ? '' : `E${exponent}`);
  cursor.to += cursor.out.write(text, cursor.to, 'latin1');
  cursor.at = end + 1;
}
