import { remedies } from '../remedies.ts';
import type { AwsError, ErrorContext, Explanation } from './aws-error.ts';
import type { FailedCall } from './client-middleware.ts';

/** Operations that create, load or change the table of a restore. */
export const RESTORES =
  /^(CreateTable|ImportTable|StartBulkPutItems|UpdateTable|UpdateTimeToLive|PutResourcePolicy|TagResource)$/;

/**
 * Matches the words that DynamoDB wrote itself, such as "One or more parameter values were invalid: Some index key
 * attributes are not defined". The rest can quote parameters.
 */
const REASON = /^(?:One or more parameter values were invalid: )?([A-Za-z ,']+?)(?=[.:;([]|$)/;

/** Explains why DynamoDB rejected the definition or a setting of a table, an import or a bulk operation. */
export function rejectedRestore(error: AwsError, { operation }: FailedCall): Explanation {
  const why = REASON.exec(error.message)?.[1];
  return [
    'RESTORE_REJECTED',
    `DynamoDB rejected ${operation}${why ? `: ${why.trim()}` : ''}.`,
    remedies.changeCreateTableKwargs,
  ];
}

/** Explains that a ClientToken was used with other parameters. */
export function loadConflict(_: AwsError, { operation }: FailedCall): Explanation {
  return [
    'RESTORE_REJECTED',
    `DynamoDB rejected ${operation}, because an earlier request with the same ClientToken had other parameters.`,
    'Start a new workflow run.',
  ];
}

/** Explains a limit on tables, imports or bulk operations. */
export function restoreLimit({ operation }: FailedCall): Explanation {
  return [
    'RESTORE_REJECTED',
    `DynamoDB rejected ${operation}, because the account has reached a limit for tables, imports or bulk operations in progress.`,
    'Re-run the job when some of them are complete.',
  ];
}

/** Explains a table that is being created, changed or deleted, or one that exists although it must be created. */
export function tableNotReady(_: AwsError, { operation }: FailedCall, { table }: ErrorContext): Explanation {
  if (operation === 'CreateTable' || operation === 'ImportTable') {
    return [
      'TABLE_EXISTS',
      `The table ${table.name} was created by another client after this step had checked it.`,
      remedies.chooseAnotherTable,
    ];
  }
  return ['TABLE_NOT_READY', `The table ${table.name} is not ACTIVE.`, remedies.waitForTable];
}
