import { MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES } from '../dynamodb-limits.ts';
import type { KeyDefinition } from '../format/check-lines.ts';
import { formatCount, quote } from '../message-text.ts';
import { ItemJsonWriter, type WrittenAttribute } from './item-writer.ts';
import { isMap, kindOf } from './kind-of.ts';
import { InvalidResult, NOT_SHOWN } from './result-encoder.ts';

/**
 * Returns an item in DynamoDB JSON, from the values that `plainItem` returns: the same values become the same item.
 *
 * @param item what a module returned
 * @param keys key attributes that the item must have, partition key first
 * @throws {InvalidResult} if it is not an item that DynamoDB can store in a table with these keys. The error contains
 *   the position of an invalid value, but no value and no name of an attribute other than the keys.
 * @throws errors of the module, if it has getters
 */
export function itemJson(item: unknown, keys: readonly KeyDefinition[]): string {
  if (!isMap(item)) {
    throw new InvalidResult(`returned ${kindOf(item)} instead of an item`, RETURN_ITEM);
  }
  const writer = new ItemJsonWriter();
  const found = writer.item(item);
  for (const [index, key] of keys.entries()) {
    checkKey(key, found.get(key.name), index === 0 ? MAX_PARTITION_KEY_BYTES : MAX_SORT_KEY_BYTES);
  }
  return writer.json;
}

function checkKey({ name, type }: KeyDefinition, written: WrittenAttribute | undefined, maxBytes: number): void {
  const invalid = (what: string) => new InvalidResult(`returned an item ${what}`, KEEP_KEYS);
  if (!written) throw invalid(`without the key attribute ${quote(name)}`);
  if (written.type !== type) {
    throw invalid(`whose key attribute ${quote(name)} has the type ${written.type} instead of ${type}`);
  }
  if (written.bytes === 0) throw invalid(`whose key attribute ${quote(name)} is empty`);
  if (type !== 'N' && written.bytes > maxBytes) {
    throw invalid(`whose key attribute ${quote(name)} is longer than ${formatCount(maxBytes)} bytes`);
  }
}

const RETURN_ITEM = `Return the item as an object, null to leave it out, or a promise of one of these. To return text, remove \`export const output\` from the module. ${NOT_SHOWN}`;
const KEEP_KEYS = `Return each key attribute of the table with its type and a value that is not empty. If a projection leaves it out of the items, add it there. ${NOT_SHOWN}`;
