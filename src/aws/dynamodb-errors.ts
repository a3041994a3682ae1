import { remedies } from '../remedies.ts';
import { type AwsError, type ErrorContext, type Explanation, type ExplanationRow, unknownError } from './aws-error.ts';
import type { FailedCall } from './client-middleware.ts';
import { loadConflict, RESTORES, rejectedRestore, restoreLimit, tableNotReady } from './restore-errors.ts';

export const DYNAMODB_ERRORS: readonly ExplanationRow[] = [
  [/^CorruptedResponse$/, corrupted],
  [/^(ResourceNotFoundException|TableNotFoundException)$/, tableNotFound],
  [/^ResourceInUseException$/, tableNotReady],
  [/^ValidationException$/, invalidRequest],
  [/^PointInTimeRecoveryUnavailableException$/, pitrDisabled],
  [/^ContinuousBackupsUnavailableException$/, pitrNotReady],
  [/^InvalidExportTimeException$/, invalidExportTime],
  [/^ExportConflictException$/, exportConflict],
  [/^LimitExceededException$/, limitExceeded],
  [/^(ImportConflictException|IdempotentParameterMismatchException)$/, loadConflict],
];

function corrupted(error: AwsError): Explanation {
  return [
    'PAGE_CORRUPT',
    `The responses of DynamoDB were corrupted in every attempt: ${error.message}.`,
    'Re-run the job. If it fails again, check for a proxy between the runner and DynamoDB that changes responses.',
  ];
}

function tableNotFound(_: AwsError, __: FailedCall, { table, sourceRegion }: ErrorContext): Explanation {
  return [
    'TABLE_NOT_FOUND',
    `The table ${table.name} does not exist in ${sourceRegion} in the account of the credentials.`,
    remedies.changeTable,
  ];
}

function invalidRequest(error: AwsError, call: FailedCall, subject: ErrorContext): Explanation {
  if (call.operation === 'Scan') return invalidScan(error);
  if (call.operation === 'ExportTableToPointInTime') return invalidExport(error);
  if (RESTORES.test(call.operation)) return rejectedRestore(error, call);
  return unknownError(error, call, subject);
}

/**
 * Matches the part of an error message that DynamoDB wrote itself. In "Invalid FilterExpression: An expression
 * attribute name used in the document path is not defined; attribute name: #x", this is the part before the semicolon.
 * The rest quotes the user's input.
 */
const SCAN_REASON =
  /^(Invalid (?:Filter|Projection)Expression|ExpressionAttribute(?:Names|Values) contains invalid \w+|Value provided in ExpressionAttribute(?:Names|Values) unused in expressions)(?:: ([A-Za-z ,'-]+))?/;

function invalidScan(error: AwsError): Explanation {
  const [, what, why] = SCAN_REASON.exec(error.message) ?? [];
  const reason = what ? `: ${what}${why ? ` (${why.trim()})` : ''}` : '';
  const index = /index/i.test(error.message) ? ' Check IndexName, ConsistentRead and Select against the index.' : '';
  const key = /start(ing)? key|exclusive/i.test(error.message)
    ? ' Check ExclusiveStartKey: it must have exactly the key attributes, of an item in the same Segment.'
    : '';
  return ['INVALID_SCAN', `DynamoDB rejected the Scan${reason}.`, remedies.changeScanKwargs(`${index}${key}`)];
}

/**
 * Matches the names and the words that DynamoDB wrote itself, such as "Invalid Request: Invalid FilterSpecification:
 * The specification can not be empty".
 */
const EXPORT_REASON = /^(?:Invalid Request|One or more parameter values were invalid): ([A-Za-z ,]+?)(?=[.:;]|$)/;

function invalidExport(error: AwsError): Explanation {
  const why = EXPORT_REASON.exec(error.message)?.[1];
  return [
    'EXPORT_REJECTED',
    `DynamoDB rejected the export${why ? `: ${why.trim()}` : ''}.`,
    remedies.changeExportKwargs,
  ];
}

function pitrDisabled(_: AwsError, __: FailedCall, { table }: ErrorContext): Explanation {
  return [
    'PITR_DISABLED',
    `Point-in-time recovery is disabled for ${table.name}. DynamoDB exports only tables with point-in-time recovery.`,
    remedies.enablePitr,
  ];
}

function pitrNotReady(_: AwsError, __: FailedCall, { table }: ErrorContext): Explanation {
  return [
    'PITR_DISABLED',
    `Point-in-time recovery cannot be enabled for ${table.name} yet, because the table is new.`,
    'Re-run the job in a minute.',
  ];
}

function invalidExportTime(_: AwsError, { operation }: FailedCall): Explanation {
  return [
    'EXPORT_TIME_INVALID',
    `DynamoDB rejected the ${operation === 'ExportTableToPointInTime' ? 'time or window of the export' : 'time'}.`,
    "Use a time within the point-in-time recovery window of the table, by AWS's clock. An incremental export must cover 15 minutes to 24 hours. If point-in-time recovery was enabled recently, wait some minutes before the first incremental export.",
  ];
}

function exportConflict(): Explanation {
  return [
    'EXPORT_REJECTED',
    'An export with the same ClientToken but other parameters started within the last 8 hours.',
    remedies.changeClientToken,
  ];
}

function limitExceeded(_: AwsError, call: FailedCall): Explanation {
  return RESTORES.test(call.operation) ? restoreLimit(call) : exportLimit();
}

function exportLimit(): Explanation {
  return [
    'EXPORT_REJECTED',
    'The account has reached the DynamoDB limit for exports in progress (300, or 100 TB).',
    'Re-run the job when some of them are complete.',
  ];
}
