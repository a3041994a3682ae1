import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../../src/errors.ts';
import type { TableManifest } from '../../../src/manifest/table-manifest.ts';
import { type ComparableCopy, requireComparable } from '../../../src/verify/compare/require-comparable.ts';

const KEYS = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'indexed', AttributeType: 'B' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'pk', AttributeType: 'S' },
  ],
} satisfies TableDescription;

const EXPECTED = [
  { name: 'pk', type: 'S' },
  { name: 'sk', type: 'N' },
];

const COPY: ComparableCopy = {
  exportId: '01732790000000-0123abcd',
  exportType: 'FULL_EXPORT',
  outputFormat: 'DYNAMODB_JSON',
  scope: 'table',
  table: { CreateTable: { TableName: 'orders', ...KEYS } } as unknown as TableManifest,
};

const WITHOUT_DEFINITION: ComparableCopy = { ...COPY, table: undefined };

test('returns the key attributes of a copy and a table, or of two copies, with their types', () => {
  assert.deepEqual(requireComparable(COPY, KEYS), EXPECTED);
  assert.deepEqual(requireComparable(COPY, { ...COPY, outputFormat: 'ION' }), EXPECTED);
  assert.deepEqual(requireComparable(COPY, { ...KEYS, KeySchema: KEYS.KeySchema.toReversed() }), EXPECTED);
});

test('takes the key attributes from the table or the other copy if a copy has no manifest-table.json', () => {
  assert.deepEqual(requireComparable(WITHOUT_DEFINITION, KEYS), EXPECTED);
  assert.deepEqual(requireComparable(WITHOUT_DEFINITION, COPY), EXPECTED);
  assert.deepEqual(requireComparable(COPY, WITHOUT_DEFINITION), EXPECTED);
});

const INCREMENTAL: ComparableCopy = { ...COPY, exportType: 'INCREMENTAL_EXPORT' };
const OTHER_NAME: TableDescription = { ...KEYS, KeySchema: [{ AttributeName: 'sk', KeyType: 'HASH' }] };
const OTHER_TYPE: TableDescription = {
  ...KEYS,
  AttributeDefinitions: KEYS.AttributeDefinitions.map((definition) => ({ ...definition, AttributeType: 'S' as const })),
};

const CASES: readonly (readonly [string, Parameters<typeof requireComparable>, RegExp])[] = [
  ['an incremental export', [INCREMENTAL, KEYS], /0123abcd is an incremental export/],
  ['a copy and an incremental export', [COPY, { ...INCREMENTAL, exportId: 'other' }], /copy other is an incremental/],
  ['a copy in the format JSON', [{ ...COPY, outputFormat: 'JSON' }, KEYS], /has the format JSON/],
  ['a copy of a transform', [{ ...COPY, outputFormat: 'CUSTOM', scope: 'transformed' }, KEYS], /has the format CUSTOM/],
  ['a transformed copy', [{ ...COPY, scope: 'transformed' }, KEYS], /were changed while they were copied/],
  ['a copy of a part of the table', [{ ...COPY, scope: 'subset' }, KEYS], /contains a part of the table/],
  ['a copy of unknown scope', [{ ...COPY, scope: 'unknown' }, KEYS], /may contain a part/],
  ['two copies without definitions', [WITHOUT_DEFINITION, WITHOUT_DEFINITION], /Neither copy contains manifest-table/],
  [
    'a table with other key attributes',
    [COPY, OTHER_NAME],
    /types: pk \(S\), sk \(N\) in the copy, sk \(N\) in the table\.$/,
  ],
  ['a table with key attributes of other types', [COPY, OTHER_TYPE], /different names or types/],
  [
    'copies of tables with different keys',
    [COPY, { ...COPY, table: { CreateTable: OTHER_NAME } as unknown as TableManifest }],
    /types: pk \(S\), sk \(N\) in the copy, sk \(N\) in the other copy/,
  ],
  ['a table without key types', [COPY, { KeySchema: KEYS.KeySchema }], /has no types of its key attributes/],
];

for (const [what, sides, message] of CASES) {
  test(`${what} cannot be compared`, () => {
    assert.throws(
      () => requireComparable(...sides),
      (error) => error instanceof CopyError && error.code === 'NOT_COMPARABLE' && message.test(error.message),
    );
  });
}

test('the remedy for a copy of unknown scope names the permission that reveals it', () => {
  const remedyOf = (scope: ComparableCopy['scope']) => {
    try {
      requireComparable({ ...COPY, scope }, KEYS);
    } catch (error) {
      return (error as CopyError).remedy;
    }
    return assert.fail();
  };
  assert.match(remedyOf('unknown'), /dynamodb:DescribeExport/);
  assert.doesNotMatch(remedyOf('subset'), /dynamodb:DescribeExport/);
});
