import { CopyError } from '../errors.ts';
import type { RestoreStatus } from './restore-report.ts';

/**
 * Returns the error of a restore with what exists now and what a re-run does, unless it already contains this. Errors of
 * the SDK only name their cause.
 */
export function failedRestore(error: CopyError, { inputs, progress }: RestoreStatus): CopyError {
  const state = progress?.state;
  if (!state || state.stage === 'not started' || EXPLAINED.test(error.message)) return error;
  const table = inputs?.table.name ?? '';
  const isLoadedByDynamoDb = state.importArn !== undefined || state.bulkOperationArn !== undefined;
  const [now, then] =
    state.stage === 'loaded'
      ? [
          `All items are in table ${table}, but some of its settings may be missing.`,
          state.importArn === undefined ? CONTINUES : 'A re-run applies them.',
        ]
      : isLoadedByDynamoDb
        ? [`DynamoDB continues to load the items into table ${table}.`, 'A re-run waits for the end of the load.']
        : state.stage === 'creating'
          ? [`The table ${table} may exist.`, 'A re-run creates it, or continues with it if it exists.']
          : [
              `The table ${table} may be partial.`,
              state.isNewTable ? CONTINUES : 'Then start the workflow again with if-table-exists: overwrite.',
            ];
  return new CopyError(error.code, `${error.message} ${now}`, `${error.remedy} ${then}`, { cause: error.cause });
}

const EXPLAINED =
  /\bis partial\b|can be missing in table|No item was written|It continues in DynamoDB|The table can be used|can exist/;

const CONTINUES = 'A re-run continues with the same table and loads all items again.';
