import type { Item, Source } from '../../emulators/source.ts';
import { createFaultTable, type FaultTable } from '../table.ts';

/** Shapes: several objects of several pages; one page; a multipart upload. */
export const TABLE_SHAPES = ['paged', 'paged', 'paged', 'paged', 'few items', 'large'] as const;

export type TableShape = (typeof TABLE_SHAPES)[number];
export type Tables = Readonly<Record<TableShape, FaultTable>>;

export async function createTables(source: Source): Promise<Tables> {
  const create = async (items: readonly Item[]): Promise<FaultTable> => {
    const name = await source.createTable(items);
    return { name, items: await source.readItems(name) };
  };
  return {
    paged: await create(itemsOf(36, 9_000)),
    'few items': await create(itemsOf(5, 100)),
    large: await createFaultTable(source),
  };
}

function itemsOf(count: number, bytes: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    pk: { S: `item-${index}` },
    n: { N: String(index) },
    text: { S: `text of item ${index} `.repeat(bytes).slice(0, bytes) },
  }));
}
