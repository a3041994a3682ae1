import { isDeepStrictEqual } from 'node:util';
import type { CreateTableInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../errors.ts';
import type { KeyDefinition } from '../../format/check-lines.ts';
import type { StoredCopy } from '../../manifest/open-copy.ts';
import { remedies } from '../../remedies.ts';

/** Copy as far as it decides whether it can be compared. */
export type ComparableCopy = Pick<StoredCopy, 'exportId' | 'exportType' | 'outputFormat' | 'scope' | 'table'>;

/**
 * Checks that a copy can be compared with another copy or with a table: both contain a whole table in a format that keeps
 * the types, and have the same keys. If a copy has no manifest-table.json, its items are checked for the keys of the other
 * when they are read.
 *
 * @returns the key attributes: partition key, then sort key if there is one
 * @throws {CopyError} NOT_COMPARABLE, with the reason
 */
export function requireComparable(
  copy: ComparableCopy,
  other: ComparableCopy | TableDescription,
): readonly KeyDefinition[] {
  requireWhole(copy);
  if (isCopy(other)) requireWhole(other);
  const [ours, theirs] = [keysOfSide(copy), keysOfSide(other)];
  const keys = ours ?? theirs;
  if (!keys) {
    throw notComparable(
      'Neither copy contains manifest-table.json, so the key attributes of the tables are unknown.',
      remedies.compareWithKnownKeys,
    );
  }
  if (ours && theirs && !isDeepStrictEqual(ours, theirs)) {
    throw notComparable(
      `The key attributes have different names or types: ${formatKeys(ours)} in the copy, ${formatKeys(theirs)} in ${isCopy(other) ? 'the other copy' : 'the table'}.`,
      remedies.compareSameKeys,
    );
  }
  return keys;
}

function requireWhole({ exportId, exportType, outputFormat, scope }: ComparableCopy): void {
  const problem =
    exportType === 'INCREMENTAL_EXPORT'
      ? 'is an incremental export. It contains changes, not all items of the table'
      : outputFormat !== 'DYNAMODB_JSON' && outputFormat !== 'ION'
        ? `has the format ${outputFormat}. Only DYNAMODB_JSON and ION keep the types of DynamoDB`
        : NOT_WHOLE[scope];
  if (problem === undefined) return;
  throw notComparable(`The copy ${exportId} ${problem}.`, remedies.compareWholeCopies(scope === 'unknown'));
}

const NOT_WHOLE: Readonly<Record<StoredCopy['scope'], string | undefined>> = {
  table: undefined,
  subset: 'contains a part of the table',
  transformed: 'contains items that were changed while they were copied',
  unknown: 'may contain a part of the table. Nothing shows whether the export was filtered',
};

function isCopy(side: ComparableCopy | TableDescription): side is ComparableCopy {
  return 'exportId' in side;
}

/** @returns undefined for a copy without manifest-table.json */
function keysOfSide(side: ComparableCopy | TableDescription): readonly KeyDefinition[] | undefined {
  if (!isCopy(side)) return keysOf(side);
  return side.table && keysOf(side.table.CreateTable);
}

function keysOf({
  KeySchema = [],
  AttributeDefinitions = [],
}: Pick<CreateTableInput | TableDescription, 'KeySchema' | 'AttributeDefinitions'>): readonly KeyDefinition[] {
  return KeySchema.toSorted((a, b) => Number(a.KeyType === 'RANGE') - Number(b.KeyType === 'RANGE')).map(
    ({ AttributeName }) => {
      const definition = AttributeDefinitions.find((defined) => defined.AttributeName === AttributeName);
      const { AttributeType } = definition ?? {};
      if (AttributeName === undefined || AttributeType === undefined) {
        throw notComparable('The definition of a table has no types of its key attributes.', remedies.compareSameKeys);
      }
      return { name: AttributeName, type: AttributeType };
    },
  );
}

/** Returns text such as `pk (S), sk (N)`. */
export function formatKeys(keys: readonly KeyDefinition[]): string {
  return keys.map(({ name, type }) => `${name} (${type})`).join(', ');
}

function notComparable(message: string, remedy: string): CopyError {
  return new CopyError('NOT_COMPARABLE', message, remedy);
}
