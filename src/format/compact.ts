import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.ts';
import { MalformedPage } from './malformed-page.ts';

const SPACE = new Uint8Array(256);
for (const byte of Buffer.from(' \t\n\r')) SPACE[byte] = 1;

/** Bytes that no whitespace need keep apart from their neighbours. */
const STANDS_ALONE = Uint8Array.from(SPACE);
for (const byte of [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COLON, COMMA, QUOTE]) STANDS_ALONE[byte] = 1;

/**
 * Copies the items of a page, from `start` to behind the `]` that ends them, without the whitespace between tokens. All
 * else stays byte for byte, and what was no JSON does not become it.
 *
 * @param into has room for as many bytes as `page` has from `start` on
 * @param until stop when this many bytes are written, to learn which byte of the page the next one comes from
 * @returns index of the page's first byte not read, and number of bytes written
 * @throws {MalformedPage} where the page ends before the items do
 */
export function compactItems(page: Buffer, start: number, into: Buffer, until = Number.POSITIVE_INFINITY) {
  let read = start;
  let written = 0;
  let depth = 1;
  let inString = false;

  while (depth > 0 && written < until) {
    if (read >= page.length) throw new MalformedPage('more', page.length);
    const byte = page[read] as number;
    read += 1;
    if (inString) {
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) {
        // The escaped byte goes with it, whatever it is: a quote must not end the string.
        into[written++] = byte;
        into[written++] = page[read++] ?? 0;
        continue;
      }
    } else if (SPACE[byte] === 1) {
      // `tr ue` is no `true`.
      if (!STANDS_ALONE[into[written - 1] ?? QUOTE] && !STANDS_ALONE[page[read] ?? QUOTE]) {
        throw new MalformedPage('"," or an end', read);
      }
      continue;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    into[written++] = byte;
  }
  return { read, written };
}
