import { CopyError } from '../errors.ts';
import type { RestoreStatus } from './restore-report.ts';

/** Returns the error of a cancelled restore step. It describes what exists now and what a re-run does. */
export function cancelledRestore({ inputs, progress }: RestoreStatus): CopyError {
  const table = inputs?.table.name ?? '';
  const state = progress?.state;
  if (!state || state.stage === 'not started') {
    return new CopyError('CANCELLED', 'The step was cancelled before it wrote anything.', 'Re-run the job.');
  }
  if (state.importArn !== undefined || state.bulkOperationArn !== undefined) {
    return new CopyError(
      'CANCELLED',
      `The step was cancelled. DynamoDB continues to load the items into table ${table}.`,
      'Re-run the job to wait for the end of the load.',
    );
  }
  if (state.stage === 'loaded') {
    return new CopyError(
      'CANCELLED',
      `The step was cancelled. All items are in table ${table}, but some of its settings may be missing.`,
      'Re-run the job. It loads the items again and then applies the settings.',
    );
  }
  return new CopyError(
    'CANCELLED',
    `The step was cancelled. The table ${table} may be partial.`,
    state.isNewTable
      ? 'Re-run the job. It continues with the same table and loads all items again.'
      : 'Start the workflow again with if-table-exists: overwrite.',
  );
}
