import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { coral, denial, explained, noPolicy, ROLE, testCases } from './explained.ts';
import { dynamoDbFailure } from './scripted-server.ts';

testCases({
  'a table that does not exist': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure('ResourceNotFoundException', 'Requested resource not found: Table: Orders not found'),
    code: 'TABLE_NOT_FOUND',
    mentions: [/Orders/, /eu-west-1/, /ARN/],
  },
  'a table that was deleted while items were written': {
    operation: 'BatchWriteItem',
    reply: dynamoDbFailure('ResourceNotFoundException', 'Requested resource not found'),
    code: 'TABLE_NOT_FOUND',
    mentions: [/Orders/],
  },
  'a table that is being created or deleted': {
    operation: 'BatchWriteItem',
    reply: dynamoDbFailure(
      'ResourceInUseException',
      'Attempt to change a resource which is still in use: Table PRIVATE',
    ),
    code: 'TABLE_NOT_READY',
    mentions: [/Orders is not ACTIVE/],
  },
  'a table that was created by another client': {
    operation: 'CreateTable',
    reply: dynamoDbFailure('ResourceInUseException', 'Table already exists: PRIVATE'),
    code: 'TABLE_EXISTS',
    mentions: [/Orders was created by another client/, /if-table-exists/],
  },
  'an invalid definition of a table': {
    operation: 'CreateTable',
    reply: dynamoDbFailure(
      `${coral}ValidationException`,
      'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [PRIVATE]',
    ),
    code: 'RESTORE_REJECTED',
    mentions: [
      /rejected CreateTable: Some index key attributes are not defined in AttributeDefinitions\./,
      /create-table-kwargs/,
    ],
  },
  'too many tables that are being created': {
    operation: 'CreateTable',
    reply: dynamoDbFailure('LimitExceededException', 'Subscriber limit exceeded: PRIVATE'),
    code: 'RESTORE_REJECTED',
    mentions: [/reached a limit for tables/],
  },
  'a ClientToken that was used with other parameters': {
    operation: 'CreateTable',
    reply: dynamoDbFailure('ImportConflictException', 'Import conflict: PRIVATE'),
    code: 'RESTORE_REJECTED',
    mentions: [/same ClientToken/],
  },
  'a role that is not authorized to write items': {
    operation: 'BatchWriteItem',
    reply: dynamoDbFailure(`${coral}AccessDeniedException`, 'PRIVATE'),
    code: 'ACCESS_DENIED',
    mentions: [/dynamodb:BatchWriteItem on the table Orders/],
  },
  'a role that is not authorized to list tables': {
    operation: 'ListTables',
    reply: dynamoDbFailure(
      `${coral}AccessDeniedException`,
      denial('dynamodb:ListTables', 'arn:aws:dynamodb:eu-west-1:123456789012:table/*', noPolicy('PRIVATE')),
    ),
    code: 'ACCESS_DENIED',
    mentions: [
      /GitHubActions is not authorized to perform dynamodb:ListTables on all tables\./,
      /Grant dynamodb:ListTables on the resource \* to the role\./,
    ],
    omits: /Orders/,
  },
  'writes that are throttled': {
    operation: 'BatchWriteItem',
    reply: dynamoDbFailure('ProvisionedThroughputExceededException', 'PRIVATE'),
    code: 'THROTTLED',
    mentions: [/BatchWriteItem/, /write-capacity/],
  },
  'unknown credentials': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      `${coral}UnrecognizedClientException`,
      'The security token included in the request is invalid.',
    ),
    code: 'CREDENTIALS_INVALID',
    mentions: [/DynamoDB rejected the AWS credentials/, /AWS_SESSION_TOKEN/],
  },
  'a wrong secret key': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      `${coral}InvalidSignatureException`,
      'The request signature we calculated does not match the signature you provided. PRIVATE',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'an expired signature': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      `${coral}InvalidSignatureException`,
      'Signature expired: 20261122T000000Z is now earlier than 20261122T005500Z (20261122T010000Z - 5 min.)',
    ),
    code: 'CLOCK_SKEW',
    mentions: [/clock/, /NTP/],
  },
  'a signature from the future': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      `${coral}InvalidSignatureException`,
      'Signature not yet current: 20261122T010000Z is still later',
    ),
    code: 'CLOCK_SKEW',
  },
  'expired credentials': {
    operation: 'Scan',
    reply: dynamoDbFailure(`${coral}ExpiredTokenException`, 'The security token included in the request is expired'),
    code: 'CREDENTIALS_EXPIRED',
    mentions: [/role-duration-seconds/],
  },
  'a request without a signature': {
    operation: 'Scan',
    reply: dynamoDbFailure(`${coral}MissingAuthenticationTokenException`, 'Request is missing Authentication Token'),
    code: 'CREDENTIALS_INVALID',
  },
  'an incomplete signature': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      `${coral}IncompleteSignatureException`,
      'Credential must have exactly 5 slash-delimited elements',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a missing permission to scan': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      'com.amazon.coral.service#AccessDeniedException',
      denial('dynamodb:Scan', 'arn:aws:dynamodb:eu-west-1:123456789012:table/Orders', noPolicy('dynamodb:Scan')),
    ),
    code: 'ACCESS_DENIED',
    mentions: [new RegExp(ROLE), /dynamodb:Scan/, /the table Orders/, /table\/Orders\/index\/\*/],
    omits: /explicitly/,
  },
  'an explicit deny': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      'com.amazon.coral.service#AccessDeniedException',
      denial('dynamodb:DescribeTable', 'PRIVATE', 'an explicit deny in a service control policy'),
    ),
    code: 'ACCESS_DENIED',
    mentions: [/dynamodb:DescribeTable/, /denies it explicitly/],
  },
  'a denial without details': {
    operation: 'Scan',
    reply: dynamoDbFailure('com.amazon.coral.service#AccessDeniedException', 'PRIVATE'),
    code: 'ACCESS_DENIED',
    mentions: [/The role of this step is not authorized to perform dynamodb:Scan on the table Orders\./],
  },
  'a missing permission for the KMS key of the table': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      'com.amazon.coral.service#AccessDeniedException',
      denial('kms:Decrypt', 'arn:aws:kms:eu-west-1:123456789012:key/PRIVATE', noPolicy('kms:Decrypt')),
    ),
    code: 'ACCESS_DENIED',
    mentions: [/kms:Decrypt on the KMS key of the table Orders/],
  },
  'a request that stays throttled': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      'ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded. PRIVATE',
    ),
    code: 'THROTTLED',
    mentions: [/DynamoDB throttled Scan/, /read capacity/],
  },
  'a request throttled by the account limit': {
    operation: 'Scan',
    reply: dynamoDbFailure('RequestLimitExceeded', 'Throughput exceeds the current throughput limit for your account.'),
    code: 'THROTTLED',
  },
  'a request throttled by the service': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure('com.amazon.coral.availability#ThrottlingException', 'Rate exceeded'),
    code: 'THROTTLED',
  },
  'an internal error of DynamoDB': {
    operation: 'Scan',
    reply: dynamoDbFailure('InternalServerError', 'Internal server error PRIVATE', 500),
    code: 'AWS_ERROR',
    mentions: [/DynamoDB Scan failed with InternalServerError, HTTP 500, request ID REQUEST0ID/],
  },
  'an error with an unknown name': {
    operation: 'Scan',
    reply: dynamoDbFailure('com.amazonaws.x#SomethingNewException', 'PRIVATE'),
    code: 'AWS_ERROR',
    mentions: [/SomethingNewException/],
  },
  'an error with an invalid name': {
    operation: 'Scan',
    reply: dynamoDbFailure('com.amazonaws.x#Bad ::error::<b>', 'PRIVATE'),
    code: 'AWS_ERROR',
    mentions: [/an unnamed error/],
    omits: /<b>/,
  },
  'an HTML page of a proxy': {
    operation: 'Scan',
    reply: { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>PRIVATE</html>' },
    code: 'AWS_ERROR',
  },

  'an export of a table that does not exist': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure('TableNotFoundException', 'Table not found: PRIVATE'),
    code: 'TABLE_NOT_FOUND',
  },
  'an export without PITR': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      'PointInTimeRecoveryUnavailableException',
      "Point in time recovery is not enabled for table 'PRIVATE'",
    ),
    code: 'PITR_DISABLED',
    mentions: [/disabled for Orders/, /enable-point-in-time-recovery: true/],
  },
  'PITR that cannot be enabled yet': {
    operation: 'UpdateContinuousBackups',
    reply: dynamoDbFailure('ContinuousBackupsUnavailableException', 'Backups are being enabled for the table: PRIVATE'),
    code: 'PITR_DISABLED',
    mentions: [/Orders yet/, /in a minute/],
  },
  'an invalid export time': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure('InvalidExportTimeException', 'Export Time is invalid'),
    code: 'EXPORT_TIME_INVALID',
    mentions: [/time or window of the export/, /15 minutes to 24 hours/],
  },
  'a client token that another export used': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      'ExportConflictException',
      'Export conflict: Duplicate request detected with conflicting parameters',
    ),
    code: 'EXPORT_REJECTED',
    mentions: [/ClientToken/],
  },
  'too many exports': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure('LimitExceededException', 'PRIVATE'),
    code: 'EXPORT_REJECTED',
    mentions: [/300/],
  },
  'an invalid export parameter with a known reason': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      `${coral}ValidationException`,
      'Invalid Request: Invalid FilterSpecification: PRIVATE can not be empty',
    ),
    code: 'EXPORT_REJECTED',
    mentions: [/rejected the export: Invalid FilterSpecification\./, /export-table-to-point-in-time-kwargs/],
  },
  'an invalid export parameter with an unknown reason': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      `${coral}ValidationException`,
      "1 validation error detected: Value 'PRIVATE' at 'exportFormat'",
    ),
    code: 'EXPORT_REJECTED',
    mentions: [/^DynamoDB rejected the export\. /],
  },
});

/** Texts of DynamoDB, with PRIVATE in place of what the user wrote. */
const REJECTIONS: readonly (readonly [text: string, reason: string])[] = [
  [
    'Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: PRIVATE',
    'Invalid FilterExpression (Attribute name is a reserved keyword)',
  ],
  [
    'Invalid FilterExpression: Syntax error; token: "PRIVATE", near: "PRIVATE"',
    'Invalid FilterExpression (Syntax error)',
  ],
  [
    'Invalid FilterExpression: An expression attribute value used in expression is not defined; attribute value: :PRIVATE',
    'Invalid FilterExpression (An expression attribute value used in expression is not defined)',
  ],
  [
    'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [PRIVATE], path two: [PRIVATE]',
    'Invalid ProjectionExpression (Two document paths overlap with each other)',
  ],
  [
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:PRIVATE}',
    'Value provided in ExpressionAttributeValues unused in expressions (keys)',
  ],
  [
    'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: PRIVATE',
    'ExpressionAttributeValues contains invalid value (The parameter cannot be converted to a numeric value)',
  ],
  [
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "PRIVATE"',
    'ExpressionAttributeNames contains invalid key (Syntax error)',
  ],
];

for (const [text, reason] of REJECTIONS) {
  test(`INVALID_SCAN quotes the reason without user input: ${reason}`, async () => {
    const error = await explained('Scan', dynamoDbFailure(`${coral}ValidationException`, text));
    assert.equal(error.code, 'INVALID_SCAN');
    assert.equal(error.message, `DynamoDB rejected the Scan: ${reason}.`);
    assert.match(error.remedy, /dynamodb-scan-kwargs/);
    assert.doesNotMatch(error.message + error.remedy, /PRIVATE/);
  });
}

test('INVALID_SCAN does not quote an unknown text, but names the parameter to check', async () => {
  const cases = [
    ['PRIVATE', /^Correct dynamodb-scan-kwargs\. In expressions, use ExpressionAttributeValues/],
    ['The table does not have the specified index: PRIVATE', /Check IndexName/],
    [
      'Consistent reads are not supported on global secondary indexes PRIVATE',
      /Check IndexName, ConsistentRead and Select/,
    ],
    ['The provided starting key is invalid: PRIVATE', /Check ExclusiveStartKey/],
    ["Exclusive Start Key must have same size as table's key schema PRIVATE", /Check ExclusiveStartKey/],
  ] as const;
  for (const [text, remedy] of cases) {
    const error = await explained('Scan', dynamoDbFailure(`${coral}ValidationException`, text));
    assert.equal(error.message, 'DynamoDB rejected the Scan.');
    assert.match(error.remedy, remedy);
    assert.doesNotMatch(error.message + error.remedy, /PRIVATE/);
  }
});

test('a ValidationException of DescribeTable does not mention the scan parameters', async () => {
  const text = '1 validation error detected: Value PRIVATE at tableName failed to satisfy constraint';
  const error = await explained('DescribeTable', dynamoDbFailure(`${coral}ValidationException`, text));
  assert.equal(error.code, 'AWS_ERROR');
  assert.match(error.message, /DescribeTable failed with ValidationException/);
  assert.doesNotMatch(error.message + error.remedy, /PRIVATE|dynamodb-scan-kwargs/);
});
