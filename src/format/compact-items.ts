import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.ts';
import { MalformedPage } from './malformed-page.ts';

const SPACE = new Uint8Array(256);
for (const byte of Buffer.from(' \t\n\r')) SPACE[byte] = 1;

/** Bytes that need no whitespace to separate them from the next token. */
const IS_DELIMITER = Uint8Array.from(SPACE);
for (const byte of [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COLON, COMMA, QUOTE]) IS_DELIMITER[byte] = 1;

/**
 * Copies the items of a page, from `start` through the `]` that ends them, without the whitespace between tokens. All
 * other bytes stay the same. Invalid JSON does not become valid.
 *
 * @param into output buffer with room for all bytes of `page` after `start`
 * @param until number of written bytes at which to stop; `read` is then the index in the page of the next output byte
 * @returns index of the first byte of the page that was not read, and number of bytes written
 * @throws {MalformedPage} if the page ends before the items do
 */
export function compactItems(page: Buffer, start: number, into: Buffer, until = Number.POSITIVE_INFINITY) {
  let read = start;
  let written = 0;
  let depth = 1;
  let inString = false;

  while (depth > 0 && written < until) {
    if (read >= page.length) throw new MalformedPage('more data', page.length);
    const byte = page[read] as number;
    read += 1;
    if (inString) {
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) {
        // Copy the escaped byte too, whatever it is: an escaped quote must not end the string.
        into[written++] = byte;
        into[written++] = page[read++] ?? 0;
        continue;
      }
    } else if (SPACE[byte] === 1) {
      // `tr ue` must not become `true`.
      if (!IS_DELIMITER[into[written - 1] ?? QUOTE] && !IS_DELIMITER[page[read] ?? QUOTE]) {
        throw new MalformedPage('"," or a closing bracket', read);
      }
      continue;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    into[written++] = byte;
  }
  return { read, written };
}
