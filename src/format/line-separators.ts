import { BACKSLASH } from './ascii.ts';
import { MalformedPage } from './malformed-page.ts';

/** The characters outside ASCII at which readers of lines end one; UTF-8 has their bytes nowhere else. */
const SEPARATORS = [
  { raw: Buffer.from('\u0085'), escaped: Buffer.from('\\u0085') },
  { raw: Buffer.from('\u2028'), escaped: Buffer.from('\\u2028') },
  { raw: Buffer.from('\u2029'), escaped: Buffer.from('\\u2029') },
];

/** At most how many bytes come of one: U+0085 is two bytes, its escape six. */
export const ESCAPED_GROWTH = 3;

/** What U+2028 and U+2029 begin with, as dashes and typographic quotes do. */
const PUNCTUATION = Buffer.from('\u2028').subarray(0, 2);

/** Whether a raw U+0085, U+2028 or U+2029 is anywhere from `start` on. */
export function holdsSeparators(page: Buffer, start: number): boolean {
  const [nextLine, ...separators] = SEPARATORS.map(({ raw }) => raw);
  if (page.includes(nextLine as Buffer, start)) return true;
  const from = page.indexOf(PUNCTUATION, start);
  return from >= 0 && separators.some((raw) => page.includes(raw, from));
}

/**
 * Copies a page from `start` on with escapes instead of its raw separators. Strings mean the same then; outside of
 * strings neither the one nor the other is JSON.
 *
 * @param into has room for ESCAPED_GROWTH times as many bytes
 * @returns number of bytes written, and which index of the page one of theirs comes from
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
    if (isEscaped(page, at)) throw new MalformedPage('an escape', at - 1);
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

/** Whether a backslash is before `at`: with an escape there it would be two backslashes and a text. */
function isEscaped(page: Buffer, at: number): boolean {
  let start = at;
  while (page[start - 1] === BACKSLASH) start -= 1;
  return (at - start) % 2 === 1;
}
