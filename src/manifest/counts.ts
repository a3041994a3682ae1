import type { StrictJson } from '../strict-json.ts';

/** Counters of a copy. Each page adds to them, and they are kept for the whole copy and for each part. */
export interface Counts {
  /** Items in the lines written so far. */
  itemCount: number;
  /** Items that the transform has left out so far. */
  droppedCount: number;
  /** Items read so far, before any filter. */
  scannedCount: number;
  /** Bytes of the lines written so far, before compression. */
  uncompressedBytes: number;
  /** Read capacity units (RCU) that DynamoDB has reported so far. */
  consumedReadCapacity: number;
}

export function zeroCounts(): Counts {
  return { itemCount: 0, droppedCount: 0, scannedCount: 0, uncompressedBytes: 0, consumedReadCapacity: 0 };
}

export function addCounts(to: Counts, more: Partial<Readonly<Counts>>): void {
  to.itemCount += more.itemCount ?? 0;
  to.droppedCount += more.droppedCount ?? 0;
  to.scannedCount += more.scannedCount ?? 0;
  to.uncompressedBytes += more.uncompressedBytes ?? 0;
  to.consumedReadCapacity += more.consumedReadCapacity ?? 0;
}

/** Returns only the counters of an object that has other members too. */
export function pickCounts(counts: Readonly<Counts>): Counts {
  const { itemCount, droppedCount, scannedCount, uncompressedBytes, consumedReadCapacity } = counts;
  return { itemCount, droppedCount, scannedCount, uncompressedBytes, consumedReadCapacity };
}

/** Returns `to` minus `from`. */
export function subtractCounts(from: Readonly<Counts>, to: Readonly<Counts>): Counts {
  return {
    itemCount: to.itemCount - from.itemCount,
    droppedCount: to.droppedCount - from.droppedCount,
    scannedCount: to.scannedCount - from.scannedCount,
    uncompressedBytes: to.uncompressedBytes - from.uncompressedBytes,
    consumedReadCapacity: to.consumedReadCapacity - from.consumedReadCapacity,
  };
}

/** Reads counters from JSON that anyone can have written. */
export function readCounts(counts: StrictJson): Counts {
  return {
    itemCount: counts.member('itemCount').integer(),
    droppedCount: counts.member('droppedCount').integer(),
    scannedCount: counts.member('scannedCount').integer(),
    uncompressedBytes: counts.member('uncompressedBytes').integer(),
    consumedReadCapacity: counts.member('consumedReadCapacity').amount(),
  };
}
