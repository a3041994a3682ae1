import { formatCountOf, quote } from '../message-text.ts';

/** Objects in which a manifest and the bucket differ. */
export interface DifferentObjects {
  /** Keys in the manifest that do not exist. */
  readonly missing: readonly string[];
  /** Keys in the manifest whose objects are not those of the manifest. */
  readonly changed: readonly string[];
  /** Keys of objects in the folder that are not in the manifest. */
  readonly unexpected: readonly string[];
}

/**
 * Describes objects that are missing, changed or unexpected, with their numbers and a few names, such as `1 object is
 * missing ("a.json.gz"). The manifest lists 2 data objects.`
 *
 * @param count number of data objects in the manifest
 * @returns undefined if there are none
 */
export function describeDifference(
  { missing, changed, unexpected }: DifferentObjects,
  count: number,
): string | undefined {
  const problems = [
    describeKeys(missing, 'is missing', 'are missing'),
    describeKeys(changed, 'was changed', 'were changed'),
    describeKeys(unexpected, 'is not in the manifest', 'are not in the manifest'),
  ].filter((problem) => problem !== undefined);
  if (problems.length === 0) return undefined;
  return `${problems.join('. ')}. The manifest lists ${formatCountOf(count, 'data object')}.`;
}

const MAX_NAMES = 3;

/** Returns text such as `2 objects are missing (a, b)`; undefined for no keys. */
function describeKeys(keys: readonly string[], one: string, several: string): string | undefined {
  if (keys.length === 0) return undefined;
  const names = keys.slice(0, MAX_NAMES).map((key) => quote(key.slice(key.lastIndexOf('/') + 1)));
  const more = keys.length > MAX_NAMES ? ', ...' : '';
  return `${formatCountOf(keys.length, 'object')} ${keys.length === 1 ? one : several} (${names.join(', ')}${more})`;
}
