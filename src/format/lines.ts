import { BACKSLASH } from './ascii.ts';
import { MalformedPage } from './malformed-page.ts';

/** Holds the lines of one page in one buffer, so that the scan allocates nothing per item. */
export class LineBuffer {
  /** Buffer. Only the first `length` bytes are valid; `ensure` can replace the buffer. */
  bytes: Buffer;
  /** View of the same buffer, to write several bytes at once. */
  view: DataView;
  /** Number of bytes in use. */
  length = 0;

  /** @param bytes initial buffer */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Makes room for `more` bytes after `length` and keeps the contents. */
  ensure(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.replace(larger, this.length);
  }

  /** Replaces the buffer, whose first `length` bytes are lines. */
  replace(bytes: Buffer, length: number): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.length = length;
  }

  /** Removes the lines and keeps the buffer. */
  clear(): void {
    this.length = 0;
  }

  /** Returns the lines as a view into the buffer, valid until the next `ensure` or `clear`. */
  lines(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Non-ASCII characters at which line readers can end a line. In UTF-8, no other character contains their bytes. */
const SEPARATORS = [
  { raw: Buffer.from('\u0085'), escaped: Buffer.from('\\u0085') },
  { raw: Buffer.from('\u2028'), escaped: Buffer.from('\\u2028') },
  { raw: Buffer.from('\u2029'), escaped: Buffer.from('\\u2029') },
];

/** Maximum growth factor: U+0085 is two bytes, and its escape sequence is six. */
export const ESCAPED_GROWTH = 3;

/** First two bytes of U+2028 and U+2029. Dashes and typographic quotes start with them too. */
const PUNCTUATION = Buffer.from('\u2028').subarray(0, 2);

/** Returns true if `page` contains an unescaped U+0085, U+2028 or U+2029 at or after `start`. */
export function holdsSeparators(page: Buffer, start: number): boolean {
  const [nextLine, ...separators] = SEPARATORS.map(({ raw }) => raw);
  if (page.includes(nextLine as Buffer, start)) return true;
  const from = page.indexOf(PUNCTUATION, start);
  return from >= 0 && separators.some((raw) => page.includes(raw, from));
}

/**
 * Copies a page, starting at `start`, and escapes its line separators. This does not change the value of a string.
 * Outside of strings, both forms are invalid JSON.
 *
 * @param into output buffer with room for ESCAPED_GROWTH times as many bytes
 * @returns number of bytes written, and a function that maps an index in the output to the index in the page
 */
export function escapeSeparators(page: Buffer, start: number, into: Buffer) {
  const places: { readonly end: number; readonly shift: number }[] = [];
  const next = SEPARATORS.map(({ raw }) => indexOf(page, raw, start));
  let read = start;
  let written = 0;
  for (;;) {
    const at = Math.min(...next);
    written += page.copy(into, written, read, at);
    if (at === page.length) break;
    if (isEscaped(page, at)) throw new MalformedPage('an escape sequence', at - 1);
    const kind = next.indexOf(at);
    const { raw, escaped } = SEPARATORS[kind] as (typeof SEPARATORS)[number];
    written += escaped.copy(into, written);
    read = at + raw.length;
    next[kind] = indexOf(page, raw, read);
    places.push({ end: written, shift: read - written });
  }
  const indexInPage = (at: number): number => at + (places.findLast(({ end }) => end <= at)?.shift ?? start);
  return { written, indexInPage };
}

function indexOf(page: Buffer, raw: Buffer, from: number): number {
  const at = page.indexOf(raw, from);
  return at < 0 ? page.length : at;
}

/** Returns true if a backslash escapes the character at `at`. Replacing the character would then change the string. */
function isEscaped(page: Buffer, at: number): boolean {
  let start = at;
  while (page[start - 1] === BACKSLASH) start -= 1;
  return (at - start) % 2 === 1;
}
