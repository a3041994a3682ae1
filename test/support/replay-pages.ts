import { crc32 } from 'node:zlib';

/** One page of a Scan but for its end, which is made for each request. */
export interface ReplayPage {
  readonly count: number;
  readonly capacityUnits: number;
  /** `{"ConsumedCapacity":{...},"Count":...,"Items":[...]`, ready to be sent. */
  readonly head: Buffer;
  readonly headCrc: number;
}

const PAGE_BYTES = 1024 * 1024;

/** Few enough to be made in a moment, and too many for a compressor to find one page again in its window. */
const DISTINCT_PAGES = 16;

/** Makes the pages that a replay serves over and over: each about 1 MiB of mixed items of about 700 bytes. */
export function replayPages(table: string, seed: number): ReplayPage[] {
  const random = mulberry32(seed);
  return Array.from({ length: DISTINCT_PAGES }, (_, page) => {
    const items: string[] = [];
    for (let bytes = 0; bytes < PAGE_BYTES; bytes += items.at(-1)?.length ?? 0) {
      items.push(JSON.stringify(replayItem(`${page}-${items.length}`, random)));
    }
    // Half a unit for each 4 KiB, as for an eventually consistent read.
    const capacityUnits = Math.ceil(PAGE_BYTES / 4096) / 2;
    const capacity = JSON.stringify({ TableName: table, CapacityUnits: capacityUnits });
    const head = Buffer.from(`{"ConsumedCapacity":${capacity},"Count":${items.length},"Items":[${items.join(',')}]`);
    return { count: items.length, capacityUnits, head, headCrc: crc32(head) };
  });
}

const WORDS =
  'alpha bravo charlie delta order invoice customer shipped pending "quoted" back\\slash line\nbreak café naïve 東京 😀 2026-11-22T10:00:00Z warehouse-7 sku-1188 refund partial express'.split(
    ' ',
  );

/** An item such as shops keep: keys, times, money, flags, text of many scripts, a list of maps, sets, a binary. */
export function replayItem(id: string, random: () => number): Record<string, unknown> {
  const whole = (below: number): number => Math.floor(random() * below);
  const words = (count: number): string =>
    Array.from({ length: count }, () => WORDS[whole(WORDS.length)] as string).join(' ');
  const bytes = (count: number): string =>
    Buffer.from(Array.from({ length: count }, () => whole(256))).toString('base64');
  return {
    pk: { S: `customer#${whole(1e9).toString(36)}` },
    sk: { S: `order#${id}` },
    createdAt: { N: String(1_700_000_000_000 + whole(1e10)) },
    total: { N: (whole(1e7) / 100).toFixed(2) },
    exact: { N: `${1 + whole(9)}.${String(whole(1e15)).padStart(15, '0')}${String(whole(1e15)).padStart(15, '0')}1` },
    paid: { BOOL: random() < 0.5 },
    coupon: random() < 0.3 ? { NULL: true } : { S: words(1) },
    note: { S: words(8 + whole(36)) },
    tags: { SS: [`a${whole(50)}`, `b${whole(50)}`] },
    lines: {
      L: Array.from({ length: 1 + whole(3) }, () => ({
        M: { sku: { S: words(1) }, count: { N: String(1 + whole(9)) }, price: { N: (whole(1e5) / 100).toFixed(2) } },
      })),
    },
    signature: { B: bytes(24) },
  };
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
