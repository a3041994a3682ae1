/** Number of buckets. Pass 2 lists the keys of those that differ, so each must be a small part of a table. */
export const BUCKET_COUNT = 65_536;

/** Number of characters of a digest: one for each of its 16 bytes. */
export const DIGEST_LENGTH = 16;

const WORDS = DIGEST_LENGTH / 4;

/**
 * Count and sum of the digests of items, for each bucket of key hashes. The order of the items does not matter, and an
 * item that occurs twice counts twice. A sum is modulo 2^128, in words of 32 bits, the least significant first.
 *
 * If the sums of two sets of items are equal, the items are equal, except with a probability of about 2^-128: whoever
 * chooses the items does not know the secret of the digests.
 */
export class BucketSums {
  /** Number of all items. */
  itemCount = 0;
  private readonly counts = new Uint32Array(BUCKET_COUNT);
  private readonly sums = new Uint32Array(WORDS * BUCKET_COUNT);

  /** @param digest DIGEST_LENGTH characters below 256 */
  add(bucket: number, digest: string): void {
    const { counts, sums } = this;
    this.itemCount += 1;
    counts[bucket] = (counts[bucket] as number) + 1;
    let carry = 0;
    for (let i = 0; i < WORDS; i += 1) {
      const sum = (sums[WORDS * bucket + i] as number) + wordAt(digest, 4 * i) + carry;
      sums[WORDS * bucket + i] = sum;
      carry = sum > 0xffff_ffff ? 1 : 0;
    }
  }

  /** Returns the number of items in a bucket. */
  countIn(bucket: number): number {
    return this.counts[bucket] as number;
  }

  /** Returns true if the bucket has the same items in both. */
  isEqualIn(bucket: number, other: BucketSums): boolean {
    if (this.counts[bucket] !== other.counts[bucket]) return false;
    for (let i = WORDS * bucket; i < WORDS * (bucket + 1); i += 1) if (this.sums[i] !== other.sums[i]) return false;
    return true;
  }

  /** Returns the buckets that do not have the same items in both. */
  differingFrom(other: BucketSums): number[] {
    const buckets: number[] = [];
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
      if (!this.isEqualIn(bucket, other)) buckets.push(bucket);
    }
    return buckets;
  }
}

/** Returns four characters of a digest as an unsigned number. */
function wordAt(digest: string, at: number): number {
  return (
    (digest.charCodeAt(at) |
      (digest.charCodeAt(at + 1) << 8) |
      (digest.charCodeAt(at + 2) << 16) |
      (digest.charCodeAt(at + 3) << 24)) >>>
    0
  );
}
