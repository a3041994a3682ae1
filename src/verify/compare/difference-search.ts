import type { KeyDefinition } from '../../format/check-lines.ts';
import { BUCKET_COUNT, BucketSums, DIGEST_LENGTH } from './bucket-sums.ts';
import { DigestedItems } from './digested-items.ts';
import type { ItemDigests } from './item-digests.ts';

export type SideName = 'copy' | 'other';

/** Kind of a difference, as in the differences file. */
export type DifferenceKind = 'only-in-copy' | 'only-in-other' | 'different';

/** Numbers of differences by kind. */
export type DifferenceCounts = Record<DifferenceKind, number>;

/** Differences in a bucket, by the items of pass 2. */
export interface BucketDifferences {
  /** False if the bucket was not collected, or if one side has other items in it than in pass 1. */
  readonly isComplete: boolean;
  readonly counts: DifferenceCounts;
}

/** Index of the next entry, the digest, the key hash and the length of the key. */
const ENTRY_HEAD = 4 + 2 * DIGEST_LENGTH + 4;

const SLACK_BYTES = 64 * 1024;

/** Bytes that are not used, so that 0 can end a list of entries. */
const FIRST_ENTRY = 8;

/**
 * Finds the differences in the buckets whose digests differ, by reading all items again (pass 2). Collects the items of
 * these buckets as key hash, digest and key, in one buffer of limited size. Buckets that do not fit are left out.
 */
export class DifferenceSearch {
  private readonly items: DigestedItems;
  private readonly first: Readonly<Record<SideName, ItemDigests>>;
  /** Digests of the collected buckets in this pass. */
  private readonly sums: Readonly<Record<SideName, BucketSums>> = { copy: new BucketSums(), other: new BucketSums() };
  /** Index of the last entry of each bucket; 0 if it has none. */
  private readonly lists: Readonly<Record<SideName, Uint32Array>> = {
    copy: new Uint32Array(BUCKET_COUNT),
    other: new Uint32Array(BUCKET_COUNT),
  };
  private readonly isCollected = new Uint8Array(BUCKET_COUNT);
  private readonly entries: Buffer;
  private length = FIRST_ENTRY;

  /**
   * @param first digests of pass 1
   * @param buckets buckets that differ
   * @param maxBytes maximum memory of the entries in bytes, below 4 GiB
   */
  constructor(
    keyAttributes: readonly KeyDefinition[],
    secret: Buffer,
    first: Readonly<Record<SideName, ItemDigests>>,
    buckets: readonly number[],
    maxBytes: number,
  ) {
    this.items = new DigestedItems(keyAttributes, secret);
    this.first = first;
    let needed = FIRST_ENTRY;
    for (const bucket of buckets) {
      const bytes = bytesIn(first.copy, bucket) + bytesIn(first.other, bucket);
      if (needed + bytes > maxBytes) continue;
      needed += bytes;
      this.isCollected[bucket] = 1;
    }
    // A side can have more items in pass 2. Memory that is not written to is not committed.
    this.entries = Buffer.allocUnsafeSlow(Math.min(maxBytes, 2 * needed + SLACK_BYTES));
  }

  /** Collects items of one side. @throws {MalformedPage} if a line is not a valid item with the key attributes */
  addLines(side: SideName, lines: Buffer): void {
    const { items, isCollected, sums } = this;
    items.load(lines);
    while (items.next()) {
      const { bucket } = items;
      if (isCollected[bucket] !== 1) continue;
      const digest = items.digest();
      sums[side].add(bucket, digest);
      if (!this.store(this.lists[side], digest)) isCollected[bucket] = 0;
    }
  }

  /**
   * Returns the differences in a bucket after all items are read.
   *
   * Counts are exact if `isComplete` is true. For a bucket that was not collected, they are the difference between the
   * numbers of items in pass 1.
   *
   * @param report called with each difference and its key in DynamoDB JSON
   */
  differencesIn(bucket: number, report: (kind: DifferenceKind, key: Buffer) => void): BucketDifferences {
    const { first, sums } = this;
    if (this.isCollected[bucket] !== 1) return { isComplete: false, counts: excess(first, bucket) };
    const counts: DifferenceCounts = { 'only-in-copy': 0, 'only-in-other': 0, different: 0 };
    for (const { digests, key } of this.itemsByKey(bucket).values()) {
      const common = commonIn(digests.copy, digests.other);
      const [copy, other] = [digests.copy.length - common, digests.other.length - common];
      const pairs = Math.min(copy, other);
      const kinds: readonly (readonly [DifferenceKind, number])[] = [
        ['different', pairs],
        ['only-in-copy', copy - pairs],
        ['only-in-other', other - pairs],
      ];
      for (const [kind, count] of kinds) {
        counts[kind] += count;
        for (let i = 0; i < count; i += 1) report(kind, key);
      }
    }
    const isUnchanged = (side: SideName) => sums[side].isEqualIn(bucket, first[side].sums);
    return { isComplete: isUnchanged('copy') && isUnchanged('other'), counts };
  }

  /** @returns false if a side has more items than in pass 1, and the entries are full */
  private store(list: Uint32Array, digest: string): boolean {
    const { entries, items, length } = this;
    const { keyJsonLength, bucket, keyHash } = items;
    if (length + ENTRY_HEAD + keyJsonLength > entries.length) return false;
    entries.writeUInt32LE(list[bucket] as number, length);
    entries.write(digest, length + 4, 'latin1');
    entries.write(keyHash, length + 4 + DIGEST_LENGTH, 'latin1');
    entries.writeUInt32LE(keyJsonLength, length + 4 + 2 * DIGEST_LENGTH);
    items.copyKeyJson(entries, length + ENTRY_HEAD);
    list[bucket] = length;
    this.length += ENTRY_HEAD + keyJsonLength;
    return true;
  }

  private itemsByKey(bucket: number): Map<string, ItemsOfKey> {
    const { entries } = this;
    const byKey = new Map<string, ItemsOfKey>();
    for (const side of ['copy', 'other'] as const) {
      for (let at = this.lists[side][bucket] as number; at !== 0; at = entries.readUInt32LE(at)) {
        const keyHash = entries.toString('latin1', at + 4 + DIGEST_LENGTH, at + 4 + 2 * DIGEST_LENGTH);
        const keyLength = entries.readUInt32LE(at + 4 + 2 * DIGEST_LENGTH);
        const key = entries.subarray(at + ENTRY_HEAD, at + ENTRY_HEAD + keyLength);
        const found = byKey.get(keyHash) ?? { key, digests: { copy: [], other: [] } };
        found.digests[side].push(entries.toString('latin1', at + 4, at + 4 + DIGEST_LENGTH));
        byKey.set(keyHash, found);
      }
    }
    return byKey;
  }
}

/** Digests of the items with one key: one per side, or more if the copy has an item twice. */
interface ItemsOfKey {
  readonly key: Buffer;
  readonly digests: Readonly<Record<SideName, string[]>>;
}

function bytesIn(digests: ItemDigests, bucket: number): number {
  return ENTRY_HEAD * digests.sums.countIn(bucket) + digests.keyBytesIn(bucket);
}

/** Returns how many digests two lists have in common. Anyone can have written a copy with one key a million times. */
function commonIn(a: readonly string[], b: readonly string[]): number {
  if (a.length === 1 && b.length === 1) return a[0] === b[0] ? 1 : 0;
  const left = new Map<string, number>();
  for (const digest of b) left.set(digest, (left.get(digest) ?? 0) + 1);
  let common = 0;
  for (const digest of a) {
    const count = left.get(digest) ?? 0;
    if (count === 0) continue;
    left.set(digest, count - 1);
    common += 1;
  }
  return common;
}

/** Returns the number of items that one side has more than the other: at least so many have no counterpart. */
function excess(first: Readonly<Record<SideName, ItemDigests>>, bucket: number): DifferenceCounts {
  const more = first.copy.sums.countIn(bucket) - first.other.sums.countIn(bucket);
  return { 'only-in-copy': Math.max(0, more), 'only-in-other': Math.max(0, -more), different: 0 };
}
