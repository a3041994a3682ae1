import { CLOSE_BRACKET, COMMA, OPEN_BRACE } from './ascii.ts';
import { compactItems } from './compact.ts';
import { Cursor } from './cursor.ts';
import type { TranscodedItems, TranscodeItems } from './format.ts';
import type { LineBuffer } from './line-buffer.ts';
import { ESCAPED_GROWTH, escapeSeparators, holdsSeparators } from './line-separators.ts';
import { MalformedPage } from './malformed-page.ts';

/** Reads one item, from its `{` to behind its `}`, and writes its line. */
export type TranscodeItem = (cursor: Cursor) => void;

/** Room beyond `growth` for one item: what a format writes around it, and writes of several bytes at once. */
const ITEM_OVERHEAD = 64;

/**
 * A format's transcoder, out of what the format does to one item.
 *
 * `item` reads only compact JSON without a raw U+0085, U+2028 or U+2029. A page that is not so is made so first: native
 * searches find the separators, and whitespace, which DynamoDB never sends, shows by `item` failing.
 *
 * @param growth at most how many bytes `item` writes for each it reads, apart from ITEM_OVERHEAD
 */
export function transcoder(item: TranscodeItem, growth: number): TranscodeItems {
  // One for all workers: a page is transcoded in one go, and a copy of it is of no use afterwards.
  const pages = new PageTranscoder(item, growth);
  return (page, start, lines) => pages.transcode(page, start, lines);
}

class PageTranscoder {
  private readonly cursor = new Cursor();
  private readonly item: TranscodeItem;
  private readonly growth: number;
  /** The page with its separators escaped. */
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

  /** @returns how many items there were */
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

/** Runs `work` on a page that was written anew; where it fails, says where that is in the page itself. */
function inPage<T>(indexInPage: (index: number) => number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MalformedPage) || error.at === undefined) throw error;
    throw new MalformedPage(error.expected, indexInPage(error.at));
  }
}
