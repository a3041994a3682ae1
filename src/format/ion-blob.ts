import { BACKSLASH, CLOSE_BRACE, EQUALS, OPEN_BRACE, QUOTE } from './ascii.ts';
import type { Cursor } from './cursor.ts';
import { writeEscape } from './ion-text.ts';

/** Writes base64 as an Ion blob. Checks every character, because an Ion blob has no quotes that would delimit it. */
export function writeBlob(cursor: Cursor): void {
  cursor.expect(QUOTE, 'base64 as a string');
  cursor.put(OPEN_BRACE);
  cursor.put(OPEN_BRACE);
  const { view, at: start, to: opening } = cursor;
  let end = start;
  while (BASE64[view.getUint8(end)] === 1) end += 1;
  cursor.copy(start, end - start);
  cursor.at = end;

  let padding = 0;
  while (view.getUint8(cursor.at) !== QUOTE) {
    const byte = writeEscapable(cursor);
    if (byte === EQUALS) padding += 1;
    else if (BASE64[byte] !== 1 || padding > 0) throw cursor.malformed('base64');
  }
  if (padding > 2 || (cursor.to - opening) % 4 !== 0) throw cursor.malformed('base64');
  cursor.at += 1;
  cursor.put(CLOSE_BRACE);
  cursor.put(CLOSE_BRACE);
}

/** Writes one byte, which can be an escape sequence: some JSON writers write `\/` for `/` or `\u003d` for `=`. */
function writeEscapable(cursor: Cursor): number {
  const byte = cursor.view.getUint8(cursor.at);
  if (byte !== BACKSLASH) {
    cursor.at += 1;
    cursor.put(byte);
    return byte;
  }
  const before = cursor.to;
  writeEscape(cursor, QUOTE);
  // If the escape becomes more than one byte, the first one is not base64.
  return cursor.out[before] as number;
}

const BASE64 = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')) BASE64[byte] = 1;
