import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.ts';
import { MalformedPage } from './malformed-page.ts';

/** The characters outside ASCII at which readers of lines end one. UTF-8 has these bytes nowhere else. */
const NEXT_LINE = Buffer.from('\u0085');
const LINE_SEPARATOR = Buffer.from('\u2028');
const PARAGRAPH_SEPARATOR = Buffer.from('\u2029');

/** At most how many bytes `compactItems` writes for one it reads: U+0085 is two bytes, its escape six. */
export const MOST_GROWTH = 3;

/** Bytes that may follow any token without whitespace between: after or before another one, they would join it. */
const STANDS_ALONE = new Uint8Array(256);
for (const byte of [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COLON, COMMA, QUOTE]) STANDS_ALONE[byte] = 1;

const SPACE = new Uint8Array(256);
for (const byte of Buffer.from(' \t\n\r')) SPACE[byte] = 1;

/** Whether a raw U+0085, U+2028 or U+2029 is anywhere in the page. */
export function holdsSeparators(page: Buffer): boolean {
  return page.includes(NEXT_LINE) || page.includes(LINE_SEPARATOR) || page.includes(PARAGRAPH_SEPARATOR);
}

/**
 * Copies the items of a page, from `start` to behind the `]` that ends them, without whitespace between tokens and with
 * raw line separators inside strings as escapes. All else stays byte for byte, and what was no JSON does not become it.
 *
 * @param into has room for MOST_GROWTH times the bytes from `start`
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

    if (inString) {
      const spelled = escapeOfSeparator(page, read, byte);
      if (spelled) {
        written += into.write(spelled, written, 'latin1');
        read += byte === NEXT_LINE[0] ? NEXT_LINE.length : LINE_SEPARATOR.length;
        continue;
      }
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) {
        // The escaped byte goes with it, whatever it is: a quote must not end the string.
        into[written++] = byte;
        into[written++] = page[read + 1] ?? 0;
        read += 2;
        continue;
      }
    } else if (SPACE[byte] === 1) {
      read += 1;
      // `tr ue` is no `true`.
      if (
        !STANDS_ALONE[into[written - 1] ?? QUOTE] &&
        !STANDS_ALONE[page[read] ?? QUOTE] &&
        !SPACE[page[read] ?? QUOTE]
      ) {
        throw new MalformedPage('"," or an end', read);
      }
      continue;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;

    into[written++] = byte;
    read += 1;
  }
  return { read, written };
}

function escapeOfSeparator(page: Buffer, at: number, byte: number): string | undefined {
  if (byte === 0xc2) return page[at + 1] === 0x85 ? '\\u0085' : undefined;
  if (byte !== 0xe2 || page[at + 1] !== 0x80) return undefined;
  if (page[at + 2] === 0xa8) return '\\u2028';
  return page[at + 2] === 0xa9 ? '\\u2029' : undefined;
}
