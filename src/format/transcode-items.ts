import type { LineBuffer } from './lines.ts';

/** End of the `Items` array of a page, and number of items in it. */
export interface TranscodedItems {
  readonly count: number;
  /** Index after the closing `]`. */
  readonly end: number;
}

/**
 * Converts the items of a Scan response to lines without parsing them into objects.
 *
 * Reads `page` from `start`, the index after the `[` of `"Items":[`, up to the matching `]`, and appends one line per
 * item (ending in `\n`) to `lines`. Does not read the bytes after the `]`.
 *
 * @throws {MalformedPage} if the page ends early or is not in the form that DynamoDB sends; `lines` is then unchanged
 */
export type TranscodeItems = (page: Buffer, start: number, lines: LineBuffer) => TranscodedItems;
