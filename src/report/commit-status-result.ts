import type { CopyError } from '../errors.ts';
import type { StatusContent } from '../github/send-commit-status.ts';
import type { Scope } from '../manifest/layout.ts';
import { formatCountOf } from '../message-text.ts';
import type { CopyState } from './copy-state.ts';

/** How a copy differs from the table. */
const LIMITS: Readonly<Record<Scope, string>> = {
  table: '',
  subset: ', a part of the table',
  transformed: ', changed by process-func',
};

/**
 * Returns the commit status of a step that has ended. Everyone who can read the repository can read it, so it contains no
 * names.
 *
 * @param failure why the step failed; undefined if it succeeded
 */
export function commitStatusResult(copy: CopyState | undefined, failure: CopyError | undefined): StatusContent {
  if (failure) {
    return {
      state: 'failure',
      description: failure.code === 'CANCELLED' ? 'The step was cancelled.' : `The step failed: ${failure.code}`,
    };
  }
  if (copy?.stage === 'complete') {
    const time = copy.snapshotTime ? ` Snapshot time: ${copy.snapshotTime.toISOString()}` : '';
    return {
      state: 'success',
      description: `Copied ${formatCountOf(copy.itemCount, 'item')}${LIMITS[copy.scope]}.${time}`,
    };
  }
  if (copy?.engine === 'export' && copy.stage === 'not started') {
    return { state: 'success', description: 'Skipped: less than 15 minutes remain to be exported.' };
  }
  return { state: 'pending', description: 'DynamoDB is exporting the table. The step did not wait for the export.' };
}
