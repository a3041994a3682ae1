import type { LineBuffer } from './line-buffer.ts';

/** Where the `Items` array of a page ended, and how many items it held. */
export interface TranscodedItems {
  readonly count: number;
  /** Index just past the closing `]`. */
  readonly end: number;
}

/**
 * Turns the items of one Scan response into lines, without making an object of any of them.
 *
 * Reads `page` from `start`, the index just past the `[` of `"Items":[`, up to the matching `]`, and appends one line
 * an item (ending in `\n`) to `lines`. Bytes after the `]` are not looked at.
 *
 * @throws {MalformedPage} where the bytes end early or are not what DynamoDB sends; `lines` is then as it was
 */
export type TranscodeItems = (page: Buffer, start: number, lines: LineBuffer) => TranscodedItems;
