import { crc32 } from 'node:zlib';
import { itemOfShape, type ReplayShape } from './replay-items.ts';

/** A page of a Scan without its end, which is built for each request. */
export interface ReplayPage {
  readonly count: number;
  /** Read capacity units that an eventually consistent read of the whole page consumes. */
  readonly capacityUnits: number;
  /** `{"ConsumedCapacity":{...},"Count":...,"Items":[...]`, ready to send. */
  readonly head: Buffer;
  readonly headCrc: number;
  /** Offset in `head` of each item, and of the item that would follow the last one. Used to cut out part of a page. */
  readonly starts: readonly number[];
}

/** Options that determine the pages: equal options produce equal pages. */
export interface ReplayPageOptions {
  readonly tableName: string;
  readonly seed: number;
  readonly shape: ReplayShape;
  /** Approximate size of the items of a page, in bytes. */
  readonly pageBytes: number;
}

/** Size at which DynamoDB ends a page. */
export const PAGE_BYTES = 1024 * 1024;

/**
 * Number of distinct pages. Small enough to build quickly, and large enough that no compressor finds a repeated page in
 * its window. A prime number, because a segment reads every nth page and would otherwise read the same pages
 * repeatedly.
 */
export const DISTINCT_PAGES = 17;

/** Returns the pages that a replay server sends repeatedly. */
export function replayPages({ tableName, seed, shape, pageBytes }: ReplayPageOptions): ReplayPage[] {
  const random = mulberry32(seed);
  const makeItem = itemOfShape(shape);
  return Array.from({ length: DISTINCT_PAGES }, (_, page) => {
    const items: string[] = [];
    for (let bytes = 0; bytes < pageBytes; bytes += items.at(-1)?.length ?? 0) {
      items.push(JSON.stringify(makeItem(`${page}-${items.length}`, random)));
    }
    const capacityUnits = unitsOf(pageBytes, false);
    const before = beforeItems(tableName, capacityUnits, items.length);
    const head = Buffer.from(`${before}${items.join(',')}]`);
    const starts = [before.length];
    for (const item of items) starts.push((starts.at(-1) as number) + Buffer.byteLength(item) + 1);
    return { count: items.length, capacityUnits, head, headCrc: crc32(head), starts };
  });
}

/** Returns the part of a page that a Scan with a Limit receives, as a new `head`, and the capacity that it consumes. */
export function partOf(
  { head, starts, count }: ReplayPage,
  tableName: string,
  from: { readonly item: number; readonly limit: number; readonly consistentRead: boolean },
): { readonly head: Buffer; readonly count: number; readonly capacityUnits: number } {
  const end = Math.min(count, from.item + from.limit);
  const items = head.subarray(starts[from.item], (starts[end] as number) - 1);
  const capacityUnits = unitsOf(items.length, from.consistentRead);
  const before = Buffer.from(beforeItems(tableName, capacityUnits, end - from.item));
  return { head: Buffer.concat([before, items, Buffer.from(']')]), count: end - from.item, capacityUnits };
}

/** Returns one read capacity unit per 4 KiB, rounded up per request; half of that for an eventually consistent read. */
export function unitsOf(bytes: number, consistentRead: boolean): number {
  return Math.ceil(bytes / 4096) * (consistentRead ? 1 : 0.5);
}

function beforeItems(tableName: string, capacityUnits: number, count: number): string {
  const capacity = JSON.stringify({ TableName: tableName, CapacityUnits: capacityUnits });
  return `{"ConsumedCapacity":${capacity},"Count":${count},"Items":[`;
}

/** Returns a generator of numbers in [0, 1). The same seed produces the same numbers. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
