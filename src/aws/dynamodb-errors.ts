import { type AwsError, type Explanation, type ExplanationRow, other, type Subject } from './aws-error.ts';
import type { FailedCall } from './failed-call.ts';

export const DYNAMODB_ERRORS: readonly ExplanationRow[] = [
  [/^DamagedResponse$/, damaged],
  [/^(ResourceNotFoundException|TableNotFoundException)$/, tableNotFound],
  [/^ValidationException$/, invalidRequest],
  [/^PointInTimeRecoveryUnavailableException$/, recoveryOff],
  [/^ContinuousBackupsUnavailableException$/, recoveryNotReady],
  [/^InvalidExportTimeException$/, invalidExportTime],
  [/^ExportConflictException$/, exportConflict],
  [/^LimitExceededException$/, exportLimit],
];

function damaged(error: AwsError): Explanation {
  return [
    'PAGE_CORRUPT',
    `DynamoDB's answer arrived damaged every time it was asked for: ${error.message}.`,
    'Run the step again. If it happens again, look for a proxy between runner and DynamoDB that changes responses.',
  ];
}

function tableNotFound(_: AwsError, __: FailedCall, { table, sourceRegion }: Subject): Explanation {
  return [
    'TABLE_NOT_FOUND',
    `There is no table ${table.name} in ${sourceRegion}, in the account that the credentials belong to.`,
    'Check dynamodb-table-name, aws-region (or source-aws-region) and the account of the role. A table of another account is named by its ARN.',
  ];
}

function invalidRequest(error: AwsError, call: FailedCall, subject: Subject): Explanation {
  if (call.operation === 'Scan') return invalidScan(error);
  if (call.operation === 'ExportTableToPointInTime') return invalidExport(error);
  return other(error, call, subject);
}

/**
 * "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #x":
 * up to the semicolon the text is DynamoDB's own, after it the user's.
 */
const SCAN_REASON =
  /^(Invalid (?:Filter|Projection)Expression|ExpressionAttribute(?:Names|Values) contains invalid \w+|Value provided in ExpressionAttribute(?:Names|Values) unused in expressions)(?:: ([A-Za-z ,'-]+))?/;

function invalidScan(error: AwsError): Explanation {
  const [, what, why] = SCAN_REASON.exec(error.message) ?? [];
  const reason = what ? `: ${what}${why ? ` (${why.trim()})` : ''}` : '';
  const index = /index/i.test(error.message) ? ' Check IndexName, ConsistentRead and Select against the index.' : '';
  const key = /start(ing)? key|exclusive/i.test(error.message)
    ? ' Check ExclusiveStartKey: it needs exactly the key attributes, and belongs to one Segment.'
    : '';
  return [
    'INVALID_SCAN',
    `DynamoDB refuses the Scan${reason}.`,
    `Correct dynamodb-scan-kwargs.${index}${key} In expressions, a value needs ExpressionAttributeValues (:v), a name that is a reserved word ExpressionAttributeNames (#n).`,
  ];
}

/** "Invalid Request: Invalid FilterSpecification: The specification can not be empty": names and DynamoDB's own words. */
const EXPORT_REASON = /^(?:Invalid Request|One or more parameter values were invalid): ([A-Za-z ,]+?)(?=[.:;]|$)/;

function invalidExport(error: AwsError): Explanation {
  const why = EXPORT_REASON.exec(error.message)?.[1];
  return [
    'EXPORT_REFUSED',
    `DynamoDB refuses the export${why ? `: ${why.trim()}` : ''}.`,
    'Correct export-table-to-point-in-time-kwargs, and check the filter expressions against the table.',
  ];
}

function recoveryOff(_: AwsError, __: FailedCall, { table }: Subject): Explanation {
  return [
    'RECOVERY_OFF',
    `Point-in-time recovery is off for ${table.name}: DynamoDB exports only tables that have it on.`,
    'Turn it on, or set enable-point-in-time-recovery: true, or copy by scanning (point-in-time-export: false).',
  ];
}

function recoveryNotReady(_: AwsError, __: FailedCall, { table }: Subject): Explanation {
  return [
    'RECOVERY_OFF',
    `Point-in-time recovery cannot be turned on for ${table.name} yet: the table was made a moment ago.`,
    'Run the step again in a minute.',
  ];
}

function invalidExportTime(_: AwsError, { operation }: FailedCall): Explanation {
  return [
    'EXPORT_TIME_INVALID',
    `DynamoDB refuses the ${operation === 'ExportTableToPointInTime' ? "export's time or window" : 'time'}.`,
    "It must lie inside what point-in-time recovery keeps, by AWS's clock; an incremental export covers 15 minutes to 24 hours. A table that had recovery turned on lately needs some minutes before its first increment.",
  ];
}

function exportConflict(): Explanation {
  return [
    'EXPORT_REFUSED',
    'An export with the same ClientToken and other parameters was started within the last hours.',
    'Leave ClientToken out of export-table-to-point-in-time-kwargs, or change it with the parameters.',
  ];
}

function exportLimit(): Explanation {
  return [
    'EXPORT_REFUSED',
    'The account has as many exports in progress as DynamoDB allows (300, or 100 TB).',
    'Run the step again when some of them are done.',
  ];
}
