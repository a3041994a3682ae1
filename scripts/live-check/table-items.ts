import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

/** Number of items of the table when it is copied. */
export const ITEM_COUNT = 200;

/** Item whose attributes show how an export writes each type. */
export const TYPES: Item = {
  pk: { S: 'types' },
  nothing: { NULL: true },
  yes: { BOOL: true },
  hundred: { N: '100' },
  odd: { N: '103' },
  fraction: { N: '1.5' },
  micro: { N: '0.000001' },
  tiny: { N: '0.0000001' },
  digits: { N: '12345678901234567890123456789012345678' },
  text: { S: 'é 日本 \u2028 "\\' },
  empty: { S: '' },
  bytes: { B: Uint8Array.of(0, 1, 2, 255) },
  strings: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '9007199254740993'] },
  binaries: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
  list: { L: [{ NULL: true }, { M: { a: { S: 'b' } } }] },
};

/** Items before the period of the incremental exports. */
export function initialItems(): readonly Item[] {
  const others = Array.from({ length: ITEM_COUNT - 3 }, (_, index) => ({
    pk: { S: `item-${String(index).padStart(3, '0')}` },
    n: { N: String(index) },
    text: { S: 'x'.repeat(100) },
  }));
  return [TYPES, { pk: { S: 'updated' }, n: { N: '1' } }, { pk: { S: 'deleted' }, n: { N: '1' } }, ...others];
}

/** Items written in the period of the incremental exports. */
export const WRITTEN: readonly Item[] = [
  { pk: { S: 'inserted' }, n: { N: '2' } },
  { pk: { S: 'updated' }, n: { N: '2' } },
  { pk: { S: 'transient' }, n: { N: '2' } },
];

/** Keys of items deleted in this period, after the items were written. */
export const DELETED: readonly string[] = ['deleted', 'transient'];
