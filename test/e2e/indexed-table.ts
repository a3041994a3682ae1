import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../support/source.ts';

/** More digits than a JavaScript number keeps: with another last one it would be the same there. */
export const DIGITS_38 = '12345678901234567890123456789012345678';
const OTHER_LAST_DIGIT = '12345678901234567890123456789012345679';

const EVERYTHING: Item = {
  big: { N: DIGITS_38 },
  picture: { B: Uint8Array.of(0, 1, 2, 255) },
  labels: { SS: ['a', 'b'] },
  mixture: { M: { deep: { L: [{ N: '1' }, { S: 'x' }, { M: { y: { NULL: true } } }] } } },
  finished: { BOOL: false },
  nobody: { NULL: true },
};

/** 60 items: every fourth has no state, the others take turns with two; one has a bit of everything. */
export const INDEXED_ITEMS: readonly Item[] = Array.from({ length: 60 }, (_, index): Item => {
  const turn = index % 4;
  return {
    pk: { S: `customer-${index % 5}` },
    sk: { N: String(index) },
    n: { N: String(index) },
    ...(turn === 0 ? {} : { state: { S: turn === 1 ? 'closed' : 'open' } }),
    text: { S: `item ${index}` },
    ...(index === 41 ? EVERYTHING : {}),
    ...(index === 42 ? { big: { N: OTHER_LAST_DIGIT } } : {}),
  };
});

/** A table with an index of each kind: a sparse one of keys only, and one of everything. */
export const INDEXED: Partial<CreateTableCommandInput> = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'n', AttributeType: 'N' },
    { AttributeName: 'state', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-state',
      KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'by-number',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'n', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};
