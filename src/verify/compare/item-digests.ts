import type { KeyDefinition } from '../../format/check-lines.ts';
import { BUCKET_COUNT, BucketSums } from './bucket-sums.ts';
import { DigestedItems } from './digested-items.ts';

/** Digests of all items of one side: a few megabytes, whatever the number of items. */
export class ItemDigests {
  readonly sums = new BucketSums();
  private readonly items: DigestedItems;
  /** Total length in bytes of the keys of each bucket, in DynamoDB JSON. */
  private readonly keyBytes = new Float64Array(BUCKET_COUNT);

  /** @param secret from `newDigestSecret` */
  constructor(keyAttributes: readonly KeyDefinition[], secret: Buffer) {
    this.items = new DigestedItems(keyAttributes, secret);
  }

  /**
   * Adds items.
   *
   * @param lines complete lines in DYNAMODB_JSON
   * @throws {MalformedPage} if a line is not a valid item with the key attributes
   */
  addLines(lines: Buffer): void {
    const { items, sums, keyBytes } = this;
    items.load(lines);
    while (items.next()) {
      sums.add(items.bucket, items.digest());
      keyBytes[items.bucket] = (keyBytes[items.bucket] as number) + items.keyJsonLength;
    }
  }

  /** Returns the total length in bytes of the keys of a bucket, in DynamoDB JSON. */
  keyBytesIn(bucket: number): number {
    return this.keyBytes[bucket] as number;
  }
}
