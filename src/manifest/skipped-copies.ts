import { formatCount } from '../message-text.ts';
import type { CopyScope } from './layout.ts';

/** Reason why the search for the newest copy does not choose a copy. */
export type SkipReason = 'incomplete' | 'damaged' | 'incremental' | Exclude<CopyScope, 'table'>;

/** Texts for one and for several copies, in the order of the messages. */
const REASONS: Readonly<Record<SkipReason, readonly [one: string, several: string]>> = {
  incomplete: ['is incomplete', 'are incomplete'],
  damaged: ['is damaged', 'are damaged'],
  incremental: ['is an incremental export', 'are incremental exports'],
  subset: ['contains only a subset of its table', 'contain only a subset of their table'],
  transformed: ['was transformed', 'were transformed'],
  unknown: ['is an export that may have been filtered', 'are exports that may have been filtered'],
};

/** Copies that the search for the newest copy did not choose although their times match. */
export class SkippedCopies {
  private readonly copies: { readonly reason: SkipReason; readonly time: number }[] = [];

  /** @param time snapshot time if it is known, otherwise the start of the copy; milliseconds since 1970 */
  add(reason: SkipReason, time: number): void {
    this.copies.push({ reason, time });
  }

  has(reason: SkipReason): boolean {
    return this.copies.some((copy) => copy.reason === reason);
  }

  /**
   * Returns a sentence such as `3 newer copies were skipped: 2 are incomplete, 1 is an incremental export.`
   *
   * @param chosen snapshot time of the copy that was chosen; undefined if there is none
   * @returns undefined if no copy that is newer than the chosen one was skipped
   */
  describe(chosen: Date | undefined): string | undefined {
    const newer = this.copies.filter(({ time }) => chosen === undefined || time > chosen.getTime());
    if (newer.length === 0) return undefined;
    const parts = Object.entries(REASONS).flatMap(([reason, [one, several]]) => {
      const { length } = newer.filter((copy) => copy.reason === reason);
      return length === 0 ? [] : [length === 1 ? `1 ${one}` : `${formatCount(length)} ${several}`];
    });
    const copies = newer.length === 1 ? 'copy was' : 'copies were';
    const count = formatCount(newer.length);
    return `${count} ${chosen === undefined ? '' : 'newer '}${copies} skipped: ${parts.join(', ')}.`;
  }
}

const MAX_NAMES = 10;

/** Returns a list such as `a, b` or, for more than 10 names, `a, b, ... and 3 more`. */
export function formatNames(names: Iterable<string>): string {
  const sorted = [...new Set(names)].sort();
  const rest = sorted.length - MAX_NAMES;
  return `${sorted.slice(0, MAX_NAMES).join(', ')}${rest > 0 ? ` and ${formatCount(rest)} more` : ''}`;
}
