import { crc32 } from 'node:zlib';
import { itemOfShape, type ReplayShape } from './replay-items.ts';

/** One page of a Scan but for its end, which is made for each request. */
export interface ReplayPage {
  readonly count: number;
  /** What the whole page costs where it is read eventually consistently. */
  readonly capacityUnits: number;
  /** `{"ConsumedCapacity":{...},"Count":...,"Items":[...]`, ready to be sent. */
  readonly head: Buffer;
  readonly headCrc: number;
  /** Where in `head` each item begins, and where a further one would: a part of a page is cut out of it. */
  readonly starts: readonly number[];
}

/** What makes the pages; the same of it gives the same pages. */
export interface ReplayPageOptions {
  readonly tableName: string;
  readonly seed: number;
  readonly shape: ReplayShape;
  /** Items are added until they are about this many bytes. */
  readonly pageBytes: number;
}

/** What DynamoDB ends a page at. */
export const PAGE_BYTES = 1024 * 1024;

/**
 * Few enough to be made in a moment, and too many for a compressor to find one page again in its window. A prime, so
 * that a segment, which reads every n-th page, comes by all of them and not over and over by one.
 */
const DISTINCT_PAGES = 17;

/** Makes the pages that a replay serves over and over. */
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

/** A part of a page, as a Scan with a Limit gets it: `head` again, and what it costs. */
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

/** A unit for each 4 KiB, rounded up once a request; half of that for an eventually consistent read. */
export function unitsOf(bytes: number, consistentRead: boolean): number {
  return Math.ceil(bytes / 4096) * (consistentRead ? 1 : 0.5);
}

function beforeItems(tableName: string, capacityUnits: number, count: number): string {
  const capacity = JSON.stringify({ TableName: tableName, CapacityUnits: capacityUnits });
  return `{"ConsumedCapacity":${capacity},"Count":${count},"Items":[`;
}

/** A small generator of numbers in [0, 1) that gives the same ones for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
