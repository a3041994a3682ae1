import { writeBlob } from './ion-blob.ts';
import { writeDecimal } from './ion-decimal.ts';
import { writeFieldName, writeText } from './ion-text.ts';
import type { TranscodeItems } from './transcode-items.ts';
import { transcoder } from './transcoder.ts';
import { typedItem } from './typed-item.ts';

/**
 * ION: each item as Ion text, in the form of DynamoDB's exports: `$ion_1_0 {Item:{...}}`.
 *
 * @throws {NotIon} if a string contains half of a surrogate pair
 */
export const transcodeIon: TranscodeItems = transcoder(
  typedItem({
    lineStart: Buffer.from('$ion_1_0 {Item:'),
    lineEnd: Buffer.from('}\n'),
    sets: {
      SS: Buffer.from('$dynamodb_SS::'),
      NS: Buffer.from('$dynamodb_NS::'),
      BS: Buffer.from('$dynamodb_BS::'),
    },
    name: writeFieldName,
    S: writeText,
    N: writeDecimal,
    B: writeBlob,
  }),
  // Worst cases: names that consist of apostrophes, and sets, whose annotation is longer than their type descriptor.
  2,
);
