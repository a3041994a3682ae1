import type { KeyDefinition } from '../format/check-lines.ts';
import { ConvertedLines } from '../format/converted-lines.ts';
import { IonLines } from '../format/ion-lines.ts';
import { readIonRecord } from '../format/ion-records.ts';
import { ItemChecker } from '../format/item-checker.ts';
import { JsonChecker } from '../format/json-checker.ts';
import type { LineChecker, OnItems } from '../format/line-checker.ts';
import { RecordChecker } from '../format/record-checker.ts';
import { keyDefinitions } from '../manifest/key-definitions.ts';
import type { StoredCopy } from '../manifest/open-copy.ts';

/**
 * Returns the checker for the lines of one data object of a copy. It is stricter than the loader of a restore: the values
 * of attributes must be valid too.
 *
 * @param keys attributes that each item must have; empty if they are unknown
 * @param onItems receives the items of a full copy in DYNAMODB_JSON or ION
 * @returns undefined for the format CUSTOM, of which only the module that wrote it knows what is valid
 */
export function createLineChecker(
  { outputFormat, exportType }: Pick<StoredCopy, 'outputFormat' | 'exportType'>,
  keys: readonly KeyDefinition[],
  onItems?: OnItems,
): LineChecker | undefined {
  if (onItems && !(exportType === 'FULL_EXPORT' && hasTypedValues({ outputFormat })))
    throw new Error('only full copies in DYNAMODB_JSON or ION have items');
  if (outputFormat === 'CUSTOM') return undefined;
  if (outputFormat === 'JSON') return new JsonChecker();
  const isFull = exportType === 'FULL_EXPORT';
  const checker = isFull ? new ItemChecker(keys, onItems) : new RecordChecker(keys);
  if (outputFormat === 'DYNAMODB_JSON') return checker;
  return new ConvertedLines(isFull ? new IonLines() : new IonLines(readIonRecord), checker);
}

/** Returns whether the values of a copy have the types of DynamoDB. */
export function hasTypedValues({ outputFormat }: Pick<StoredCopy, 'outputFormat'>): boolean {
  return outputFormat === 'DYNAMODB_JSON' || outputFormat === 'ION';
}

/**
 * Returns the key attributes of the copied table, partition key first.
 *
 * @returns undefined if they cannot be checked: the copy has no definition of the table, has a format without types, or
 *   its items can lack attributes
 */
export function keyAttributesOf(copy: StoredCopy): readonly KeyDefinition[] | undefined {
  const { scope, table, exportType } = copy;
  // A module that changes the items of a full copy in these formats must keep the keys.
  const hasKeys = scope === 'table' || scope === 'transformed' || exportType !== 'FULL_EXPORT';
  return table && hasTypedValues(copy) && hasKeys ? keyDefinitions(table.CreateTable) : undefined;
}
