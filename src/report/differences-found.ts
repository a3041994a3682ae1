import { CopyError } from '../errors.ts';
import { formatCountOf } from '../message-text.ts';
import type { Comparison } from '../verify/compare/compare-sides.ts';

/**
 * Returns the error of a comparison that found differences.
 *
 * @param other name of what the copy was compared with, which begins a sentence
 */
export function differencesFound(comparison: Comparison, other: string, kind: 'table' | 'copy'): CopyError {
  const { differencesFile } = comparison;
  const keys =
    differencesFile === undefined
      ? ''
      : `The file in the output differences-file contains the keys of the items: ${differencesFile}. `;
  const remedy =
    kind === 'table'
      ? 'Writes to the table since the snapshot time of the copy are differences too. Compare the copy with a table that was restored from it, or with another copy.'
      : 'If writes between the two copies explain the differences, this is expected. Otherwise, find out what changed the items.';
  return new CopyError('DIFFERENCES_FOUND', describeDifferences(comparison, other), `${keys}${remedy}`);
}

/** Returns sentences with the number of differences of each kind. */
export function describeDifferences(comparison: Comparison, other: string): string {
  const { onlyInCopy, onlyInOther, different, isComplete } = comparison;
  const name = lowerFirst(other);
  const kinds = [
    different > 0 && `${formatCountOf(different, 'item')} ${different === 1 ? 'has' : 'have'} other values`,
    onlyInCopy > 0 && `${formatCountOf(onlyInCopy, 'item')} ${onlyInCopy === 1 ? 'exists' : 'exist'} only in the copy`,
    onlyInOther > 0 &&
      `${formatCountOf(onlyInOther, 'item')} ${onlyInOther === 1 ? 'exists' : 'exist'} only in ${name}`,
  ].filter((each) => each !== false);
  const start = `The copy and ${name} differ`;
  if (kinds.length === 0) {
    return `${start}, but the differences no longer existed when both were read again to find the keys.`;
  }
  const more = isComplete ? '' : ' There can be more differences than these counts.';
  return `${start}: ${kinds.join(', ')}.${more}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
