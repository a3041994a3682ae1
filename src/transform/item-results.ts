import { CopyError } from '../errors.ts';
import { CLOSE_BRACKET, COMMA } from '../format/ascii.ts';
import type { KeyDefinition } from '../format/check-lines.ts';
import { LineBuffer } from '../format/lines.ts';
import { InvalidIonText } from '../format/malformed-page.ts';
import type { TranscodeItems } from '../format/transcode-items.ts';
import { itemJson } from './item-json.ts';
import type { ResultEncoder } from './result-encoder.ts';

const FIRST_BYTES = 64 * 1024;

/**
 * For modules whose results are items. The format writes them as it writes the items of a table, so an unchanged item
 * has the same line as in a copy without a module.
 *
 * @param keys key attributes of the table, partition key first
 */
export function itemResults(transcode: TranscodeItems, keys: readonly KeyDefinition[]): ResultEncoder {
  const lines = new LineBuffer(Buffer.allocUnsafeSlow(FIRST_BYTES));
  return {
    encode: (result) => Buffer.from(itemJson(result, keys)),
    join(encoded) {
      lines.clear();
      if (encoded.length > 0) write(asPage(encoded), transcode, lines);
      return lines.lines();
    },
  };
}

/** Returns the items as a format reads them in a Scan response: after the `[`, through the `]`. */
function asPage(encoded: readonly Buffer[]): Buffer {
  const between = Buffer.of(COMMA);
  const parts = encoded.flatMap((item, index) => (index === 0 ? [item] : [between, item]));
  return Buffer.concat([...parts, Buffer.of(CLOSE_BRACKET)]);
}

/** @throws {CopyError} ION_VALUE_INVALID */
function write(page: Buffer, transcode: TranscodeItems, lines: LineBuffer): void {
  try {
    transcode(page, 0, lines);
  } catch (error) {
    if (!(error instanceof InvalidIonText)) throw error;
    throw new CopyError('ION_VALUE_INVALID', error.message, error.remedy, { cause: error });
  }
}
