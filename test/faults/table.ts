import type { Item, Source } from '../emulators/source.ts';
import type { WireItem } from '../fixtures/items.ts';

/** Table that every schedule copies, with its items. */
export interface FaultTable {
  readonly name: string;
  readonly items: readonly WireItem[];
}

/** Items per page. A low limit gives a small table many pages. */
export const LIMIT = '4';

const SMALL_ITEMS = 240;
/** 6.8 MB under one partition key and therefore in one segment, so its object has more than one part. */
const LARGE_ITEMS = 18;
const LARGE_BYTES = 380_000;

/** Creates the table. Its copy has 16 segments, about 65 pages, 16 objects, and at least one multipart upload. */
export async function createFaultTable(source: Source): Promise<FaultTable> {
  const name = await source.createTable([...smallItems(), ...largeItems()], {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
    ],
  });
  return { name, items: await source.readItems(name) };
}

function smallItems(): Item[] {
  return Array.from({ length: SMALL_ITEMS }, (_, index) => ({
    pk: { S: `item-${index}` },
    sk: { N: String(index) },
    set: { NS: [String(index), '0.1', '-3'] },
    text: { S: `"quoted" \\ and \u2028 of item ${index}` },
  }));
}

function largeItems(): Item[] {
  return Array.from({ length: LARGE_ITEMS }, (_, index) => ({
    pk: { S: 'large' },
    sk: { N: String(index) },
    text: { S: `text of large item ${index} `.repeat(LARGE_BYTES / 20).slice(0, LARGE_BYTES) },
  }));
}
