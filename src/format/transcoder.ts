import { CLOSE_BRACKET, COMMA, OPEN_BRACE } from './ascii.ts';
import { compactItems } from './compact-items.ts';
import { Cursor } from './cursor.ts';
import type { LineBuffer } from './lines.ts';
import { ESCAPED_GROWTH, escapeSeparators, holdsSeparators } from './lines.ts';
import { MalformedPage } from './malformed-page.ts';
import type { TranscodedItems, TranscodeItems } from './transcode-items.ts';

/** Reads one item, from its `{` through its `}`, and writes its line. */
export type TranscodeItem = (cursor: Cursor) => void;

/** Extra bytes per item: text that a format writes around an item, and the overrun of writes of several bytes. */
const ITEM_OVERHEAD = 64;

/**
 * Returns the transcoder of a format, given the function that transcodes one item.
 *
 * `item` reads only compact JSON without an unescaped U+0085, U+2028 or U+2029. Other pages are normalized first.
 * Native searches find the separators. DynamoDB never sends whitespace, so whitespace is removed only if `item` fails.
 *
 * @param growth maximum number of bytes that `item` writes per byte that it reads, not counting ITEM_OVERHEAD
 */
export function transcoder(item: TranscodeItem, growth: number): TranscodeItems {
  // Shared by all workers: transcoding a page is synchronous, and a copied page is not needed afterwards.
  const pages = new PageTranscoder(item, growth);
  return (page, start, lines) => pages.transcode(page, start, lines);
}

class PageTranscoder {
  private readonly cursor = new Cursor();
  private readonly item: TranscodeItem;
  private readonly growth: number;
  /** Page with escaped line separators. */
  private escaped = Buffer.alloc(0);

  constructor(item: TranscodeItem, growth: number) {
    this.item = item;
    this.growth = growth;
  }

  transcode(page: Buffer, start: number, lines: LineBuffer): TranscodedItems {
    const before = lines.length;
    try {
      return holdsSeparators(page, start) ? this.withSeparators(page, start, lines) : this.without(page, start, lines);
    } catch (error) {
      lines.length = before;
      throw error;
    }
  }

  private withSeparators(page: Buffer, start: number, lines: LineBuffer): TranscodedItems {
    const room = (page.length - start) * ESCAPED_GROWTH;
    if (this.escaped.length < room) this.escaped = Buffer.allocUnsafeSlow(room);
    const { written, indexInPage } = escapeSeparators(page, start, this.escaped);
    return inPage(indexInPage, () => {
      const { count, end } = this.without(this.escaped.subarray(0, written), 0, lines);
      return { count, end: indexInPage(end) };
    });
  }

  private without(page: Buffer, start: number, lines: LineBuffer): TranscodedItems {
    const before = lines.length;
    try {
      this.cursor.load(page, start);
      return { count: this.items(lines), end: this.cursor.at };
    } catch (error) {
      if (!(error instanceof MalformedPage)) throw error;
      lines.length = before;
      return this.compacted(page, start, lines);
    }
  }

  private compacted(page: Buffer, start: number, lines: LineBuffer): TranscodedItems {
    const { cursor } = this;
    const compact = cursor.reserve(page.length - start);
    const { read, written } = compactItems(page, start, compact);
    cursor.seal(written);
    cursor.at = 0;
    const indexInPage = (index: number) => compactItems(page, start, compact, index).read;
    return inPage(indexInPage, () => ({ count: this.items(lines), end: read }));
  }

  /** @returns number of items */
  private items(lines: LineBuffer): number {
    const { cursor, item, growth } = this;
    if (cursor.view.getUint8(cursor.at) === CLOSE_BRACKET) {
      cursor.at += 1;
      return 0;
    }
    for (let count = 1; ; count += 1) {
      if (cursor.view.getUint8(cursor.at) !== OPEN_BRACE) throw cursor.malformed('an item');
      lines.ensure((cursor.length - cursor.at) * growth + ITEM_OVERHEAD);
      cursor.writeTo(lines);
      item(cursor);
      lines.length = cursor.to;

      const next = cursor.view.getUint8(cursor.at);
      if (next !== COMMA && next !== CLOSE_BRACKET) throw cursor.malformed('"," or "]"');
      cursor.at += 1;
      if (next === CLOSE_BRACKET) return count;
    }
  }
}

/** Runs `work` on a normalized page. If it fails, maps the position in the error to the original page. */
function inPage<T>(indexInPage: (index: number) => number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MalformedPage) || error.at === undefined) throw error;
    throw new MalformedPage(error.expected, indexInPage(error.at));
  }
}
