import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  DescribeTableCommand,
  ExportTableToPointInTimeCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateMultipartUploadCommand,
  HeadBucketCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Subject } from '../../src/aws/aws-error.ts';
import { explain } from '../../src/aws/explain.ts';
import { CopyError, type ErrorCode } from '../../src/errors.ts';
import { clientOfBucket, clientOfTable, hurry } from './clients-for-tests.ts';
import { dynamoDbFailure, type Reply, s3Failure, startScriptedServer } from './scripted-server.ts';

const SUBJECT: Subject = {
  table: { name: 'Orders' },
  bucket: 'backups',
  sourceRegion: 'eu-west-1',
  destRegion: 'eu-west-3',
};
const ROLE = 'arn:aws:sts::123456789012:assumed-role/backup/GitHubActions';

const CALLS = {
  DescribeTable: new DescribeTableCommand({ TableName: 'Orders' }),
  Scan: new ScanCommand({ TableName: 'Orders' }),
  ExportTableToPointInTime: new ExportTableToPointInTimeCommand({ TableArn: 'PRIVATE', S3Bucket: 'backups' }),
  UpdateContinuousBackups: new UpdateContinuousBackupsCommand({
    TableName: 'Orders',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  }),
  HeadBucket: new HeadBucketCommand({ Bucket: 'backups' }),
  PutObject: new PutObjectCommand({ Bucket: 'backups', Key: 'PRIVATE/key', Body: 'x' }),
  CreateMultipartUpload: new CreateMultipartUploadCommand({ Bucket: 'backups', Key: 'PRIVATE/key' }),
  UploadPart: new UploadPartCommand({ Bucket: 'backups', Key: 'PRIVATE', UploadId: 'u', PartNumber: 1, Body: 'x' }),
} as const;

type Operation = keyof typeof CALLS;

/** What the Action's own client throws when the server at `endpoint` is asked. */
async function failureAt(endpoint: string, operation: Operation): Promise<unknown> {
  using table = clientOfTable(endpoint);
  using bucket = clientOfBucket(endpoint);
  hurry(table);
  hurry(bucket);
  try {
    switch (operation) {
      case 'DescribeTable':
        await table.send(CALLS.DescribeTable);
        break;
      case 'Scan':
        await table.send(CALLS.Scan);
        break;
      case 'ExportTableToPointInTime':
        await table.send(CALLS.ExportTableToPointInTime);
        break;
      case 'UpdateContinuousBackups':
        await table.send(CALLS.UpdateContinuousBackups);
        break;
      case 'HeadBucket':
        await bucket.send(CALLS.HeadBucket);
        break;
      case 'PutObject':
        await bucket.send(CALLS.PutObject);
        break;
      case 'CreateMultipartUpload':
        await bucket.send(CALLS.CreateMultipartUpload);
        break;
      case 'UploadPart':
        await bucket.send(CALLS.UploadPart);
    }
  } catch (error) {
    return error;
  }
  assert.fail('it did not fail');
}

async function explained(
  operation: Operation,
  reply: Reply,
  subject: Subject | undefined = SUBJECT,
): Promise<CopyError> {
  await using server = await startScriptedServer(() => reply);
  const error = await failureAt(server.endpoint, operation);
  const result = explain(error, subject);
  assert.equal(result.cause, error);
  return result;
}

interface Case {
  readonly operation: Operation;
  readonly reply: Reply;
  readonly code: ErrorCode;
  /** What its message and its remedy must tell. */
  readonly says?: readonly RegExp[];
  readonly neverSays?: RegExp;
}

const coral = 'com.amazon.coral.service#';
const denial = (action: string, resource: string, why: string) =>
  `User: ${ROLE} is not authorized to perform: ${action} on resource: ${resource} because ${why}`;
const noPolicy = (action: string) => `no identity-based policy allows the ${action} action`;

const CASES: Readonly<Record<string, Case>> = {
  'no such table': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure('ResourceNotFoundException', 'Requested resource not found: Table: Orders not found'),
    code: 'TABLE_NOT_FOUND',
    says: [/Orders/, /eu-west-1/, /ARN/],
  },
  'credentials nobody knows': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      `${coral}UnrecognizedClientException`,
      'The security token included in the request is invalid.',
    ),
    code: 'CREDENTIALS_INVALID',
    says: [/DynamoDB does not know/, /AWS_SESSION_TOKEN/],
  },
  'a wrong secret': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      `${coral}InvalidSignatureException`,
      'The request signature we calculated does not match the signature you provided. PRIVATE',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a signature of another time': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      `${coral}InvalidSignatureException`,
      'Signature expired: 20261122T000000Z is now earlier than 20261122T005500Z (20261122T010000Z - 5 min.)',
    ),
    code: 'CLOCK_SKEW',
    says: [/clock/, /NTP/],
  },
  'a signature that is not yet valid': {
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
    says: [/role-duration-seconds/],
  },
  'no signature': {
    operation: 'Scan',
    reply: dynamoDbFailure(`${coral}MissingAuthenticationTokenException`, 'Request is missing Authentication Token'),
    code: 'CREDENTIALS_INVALID',
  },
  'half a signature': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      `${coral}IncompleteSignatureException`,
      'Credential must have exactly 5 slash-delimited elements',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'no right to scan': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      'com.amazon.coral.service#AccessDeniedException',
      denial('dynamodb:Scan', 'arn:aws:dynamodb:eu-west-1:123456789012:table/Orders', noPolicy('dynamodb:Scan')),
    ),
    code: 'ACCESS_DENIED',
    says: [new RegExp(ROLE), /dynamodb:Scan/, /the table Orders/, /table\/NAME\/index/],
    neverSays: /explicitly/,
  },
  'a right denied explicitly': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure(
      'com.amazon.coral.service#AccessDeniedException',
      denial('dynamodb:DescribeTable', 'PRIVATE', 'an explicit deny in a service control policy'),
    ),
    code: 'ACCESS_DENIED',
    says: [/dynamodb:DescribeTable/, /denies it explicitly/],
  },
  'a denial that says nothing': {
    operation: 'Scan',
    reply: dynamoDbFailure('com.amazon.coral.service#AccessDeniedException', 'PRIVATE'),
    code: 'ACCESS_DENIED',
    says: [/The role of this step may not use dynamodb:Scan on the table Orders/],
  },
  "no right to the table's key": {
    operation: 'Scan',
    reply: dynamoDbFailure(
      'com.amazon.coral.service#AccessDeniedException',
      denial('kms:Decrypt', 'arn:aws:kms:eu-west-1:123456789012:key/PRIVATE', noPolicy('kms:Decrypt')),
    ),
    code: 'ACCESS_DENIED',
    says: [/kms:Decrypt on the KMS key of the table Orders/],
  },
  'throttled for too long': {
    operation: 'Scan',
    reply: dynamoDbFailure(
      'ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded. PRIVATE',
    ),
    code: 'THROTTLED',
    says: [/DynamoDB throttled Scan/, /read capacity/],
  },
  'throttled by the account': {
    operation: 'Scan',
    reply: dynamoDbFailure('RequestLimitExceeded', 'Throughput exceeds the current throughput limit for your account.'),
    code: 'THROTTLED',
  },
  'throttled by the service': {
    operation: 'DescribeTable',
    reply: dynamoDbFailure('com.amazon.coral.availability#ThrottlingException', 'Rate exceeded'),
    code: 'THROTTLED',
  },
  'a fault of the service': {
    operation: 'Scan',
    reply: dynamoDbFailure('InternalServerError', 'Internal server error PRIVATE', 500),
    code: 'AWS_ERROR',
    says: [/DynamoDB failed Scan with InternalServerError, HTTP 500, request REQUEST0ID/],
  },
  'an error nobody knows': {
    operation: 'Scan',
    reply: dynamoDbFailure('com.amazonaws.x#SomethingNewException', 'PRIVATE'),
    code: 'AWS_ERROR',
    says: [/SomethingNewException/],
  },
  'an error with a name that is none': {
    operation: 'Scan',
    reply: dynamoDbFailure('com.amazonaws.x#Bad ::error::<b>', 'PRIVATE'),
    code: 'AWS_ERROR',
    says: [/an unnamed error/],
    neverSays: /<b>/,
  },
  'a page of a proxy': {
    operation: 'Scan',
    reply: { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>PRIVATE</html>' },
    code: 'AWS_ERROR',
  },

  'no such table to export': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure('TableNotFoundException', 'Table not found: PRIVATE'),
    code: 'TABLE_NOT_FOUND',
  },
  'no recovery': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      'PointInTimeRecoveryUnavailableException',
      "Point in time recovery is not enabled for table 'PRIVATE'",
    ),
    code: 'RECOVERY_OFF',
    says: [/off for Orders/, /enable-point-in-time-recovery: true/],
  },
  'recovery that cannot be had yet': {
    operation: 'UpdateContinuousBackups',
    reply: dynamoDbFailure('ContinuousBackupsUnavailableException', 'Backups are being enabled for the table: PRIVATE'),
    code: 'RECOVERY_OFF',
    says: [/Orders yet/, /in a minute/],
  },
  'a time that is none': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure('InvalidExportTimeException', 'Export Time is invalid'),
    code: 'EXPORT_TIME_INVALID',
    says: [/export's time or window/, /15 minutes to 24 hours/],
  },
  'the same token for another export': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      'ExportConflictException',
      'Export conflict: Duplicate request detected with conflicting parameters',
    ),
    code: 'EXPORT_REFUSED',
    says: [/ClientToken/],
  },
  'too many exports': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure('LimitExceededException', 'PRIVATE'),
    code: 'EXPORT_REFUSED',
    says: [/300/],
  },
  'a parameter of the export that is refused': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      `${coral}ValidationException`,
      'Invalid Request: Invalid FilterSpecification: PRIVATE can not be empty',
    ),
    code: 'EXPORT_REFUSED',
    says: [/refuses the export: Invalid FilterSpecification\./, /export-table-to-point-in-time-kwargs/],
  },
  'a parameter of the export that is refused, in words nobody knows': {
    operation: 'ExportTableToPointInTime',
    reply: dynamoDbFailure(
      `${coral}ValidationException`,
      "1 validation error detected: Value 'PRIVATE' at 'exportFormat'",
    ),
    code: 'EXPORT_REFUSED',
    says: [/^DynamoDB refuses the export\. /],
  },

  'no such bucket': {
    operation: 'PutObject',
    reply: s3Failure('NoSuchBucket', 404, 'The specified bucket does not exist', '<BucketName>PRIVATE</BucketName>'),
    code: 'BUCKET_NOT_FOUND',
    says: [/no bucket backups/, /AWS_ENDPOINT_URL_S3/],
  },
  'no such bucket, asked by HEAD': { operation: 'HeadBucket', reply: { status: 404 }, code: 'BUCKET_NOT_FOUND' },
  'a bucket of another region': {
    operation: 'PutObject',
    reply: s3Failure(
      'PermanentRedirect',
      301,
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
      '<Endpoint>PRIVATE.s3.amazonaws.com</Endpoint>',
    ),
    code: 'BUCKET_IN_ANOTHER_REGION',
    says: [/backups is not in eu-west-3/, /dest-aws-region/],
  },
  'a bucket of another region, asked by HEAD': {
    operation: 'HeadBucket',
    reply: { status: 301 },
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'signed for another region': {
    operation: 'PutObject',
    reply: s3Failure(
      'AuthorizationHeaderMalformed',
      400,
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
      '<Region>eu-west-1</Region>',
    ),
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'asked of another region': {
    operation: 'PutObject',
    reply: s3Failure('IllegalLocationConstraintException', 400, 'The eu-west-1 location constraint is incompatible'),
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'expired credentials at S3': {
    operation: 'UploadPart',
    reply: s3Failure('ExpiredToken', 400, 'The provided token has expired.', '<Token-0>PRIVATE</Token-0>'),
    code: 'CREDENTIALS_EXPIRED',
  },
  'credentials to be made anew': {
    operation: 'UploadPart',
    reply: s3Failure('TokenRefreshRequired', 400, 'The provided token must be refreshed.'),
    code: 'CREDENTIALS_EXPIRED',
  },
  'a token that is none': {
    operation: 'PutObject',
    reply: s3Failure(
      'InvalidToken',
      400,
      'The provided token is malformed or otherwise invalid.',
      '<Token-0>PRIVATE</Token-0>',
    ),
    code: 'CREDENTIALS_INVALID',
    says: [/S3 does not know/],
  },
  'a key id nobody knows': {
    operation: 'PutObject',
    reply: s3Failure(
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
      '<AWSAccessKeyId>PRIVATE</AWSAccessKeyId>',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a wrong secret at S3': {
    operation: 'PutObject',
    reply: s3Failure(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided.',
      '<StringToSign>PRIVATE</StringToSign>',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a clock that is wrong': {
    operation: 'PutObject',
    reply: s3Failure(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
    ),
    code: 'CLOCK_SKEW',
  },
  'no right to write': {
    operation: 'PutObject',
    reply: s3Failure(
      'AccessDenied',
      403,
      denial('s3:PutObject', '"arn:aws:s3:::backups/PRIVATE/key"', noPolicy('s3:PutObject')),
    ),
    code: 'ACCESS_DENIED',
    says: [new RegExp(`${ROLE} may not use s3:PutObject on the bucket backups`), /arn:aws:s3:::backups\/\*/],
  },
  'no right to write a large object': {
    operation: 'CreateMultipartUpload',
    reply: s3Failure('AccessDenied', 403, 'Access Denied'),
    code: 'ACCESS_DENIED',
    says: [/The role of this step may not use s3:PutObject on the bucket backups/],
  },
  'no right to write a part': {
    operation: 'UploadPart',
    reply: s3Failure('AccessDenied', 403, 'Access Denied'),
    code: 'ACCESS_DENIED',
    says: [/s3:PutObject/],
  },
  "no right to the bucket's key": {
    operation: 'PutObject',
    reply: s3Failure(
      'AccessDenied',
      403,
      denial('kms:GenerateDataKey', 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE', noPolicy('kms:GenerateDataKey')),
    ),
    code: 'ACCESS_DENIED',
    says: [/kms:GenerateDataKey on the KMS key of the bucket backups/, /kms:Decrypt/],
  },
  'no right to list, asked by HEAD': {
    operation: 'HeadBucket',
    reply: { status: 403 },
    code: 'ACCESS_DENIED',
    says: [/s3:ListBucket/],
  },
  'a bucket that is shut': {
    operation: 'PutObject',
    reply: s3Failure('AllAccessDisabled', 403, 'All access to this object has been disabled'),
    code: 'ACCESS_DENIED',
  },
  'an account with a problem': {
    operation: 'PutObject',
    reply: s3Failure('AccountProblem', 403, 'There is a problem with your AWS account'),
    code: 'ACCESS_DENIED',
  },
  'a key that is disabled': {
    operation: 'PutObject',
    reply: s3Failure('KMS.DisabledException', 400, 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE is disabled.'),
    code: 'KMS_KEY_UNUSABLE',
    says: [/KMS\.DisabledException/, /s3-sse-kms-key-id/],
  },
  'a key that is not there': {
    operation: 'CreateMultipartUpload',
    reply: s3Failure(
      'KMS.NotFoundException',
      400,
      "Key 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE' does not exist",
    ),
    code: 'KMS_KEY_UNUSABLE',
  },
  'a key that waits to be deleted': {
    operation: 'PutObject',
    reply: s3Failure('KMS.KMSInvalidStateException', 400, 'PRIVATE is pending deletion.'),
    code: 'KMS_KEY_UNUSABLE',
  },
  'throttled by S3': {
    operation: 'PutObject',
    reply: s3Failure('SlowDown', 503, 'Please reduce your request rate.'),
    code: 'THROTTLED',
    says: [/S3 throttled PutObject/, /a prefix of its own/],
  },
  'an ACL where none are allowed': {
    operation: 'PutObject',
    reply: s3Failure('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs'),
    code: 'BUCKET_REFUSED_REQUEST',
    says: [/leave ACL out/],
  },
  'a class that is none': {
    operation: 'PutObject',
    reply: s3Failure('InvalidStorageClass', 400, 'The storage class you specified is not valid', '<S>PRIVATE</S>'),
    code: 'BUCKET_REFUSED_REQUEST',
    says: [/InvalidStorageClass, HTTP 400, request REQUEST0ID/, /s3-put-object-kwargs/],
  },
  'a store that lacks something': {
    operation: 'PutObject',
    reply: s3Failure('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
    code: 'BUCKET_REFUSED_REQUEST',
    says: [/WHEN_REQUIRED/],
  },
  'a checksum that does not fit': {
    operation: 'UploadPart',
    reply: s3Failure('BadDigest', 400, 'The CRC32 you specified did not match the calculated checksum.'),
    code: 'BUCKET_REFUSED_REQUEST',
  },
  'a method that is not allowed': {
    operation: 'PutObject',
    reply: s3Failure('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.'),
    code: 'BUCKET_REFUSED_REQUEST',
  },
  'an ACL that is malformed': {
    operation: 'PutObject',
    reply: s3Failure('MalformedACLError', 400, 'The XML you provided was not well-formed'),
    code: 'BUCKET_REFUSED_REQUEST',
  },
  'a fault of S3': {
    operation: 'PutObject',
    reply: s3Failure('InternalError', 500, 'We encountered an internal error. PRIVATE'),
    code: 'AWS_ERROR',
    says: [/S3 failed PutObject with InternalError, HTTP 500/],
  },

  'a connection that is closed': {
    operation: 'Scan',
    reply: (response) => response.destroy(),
    code: 'NETWORK',
    says: [/Scan could not reach DynamoDB in eu-west-1 \(ECONNRESET\)/, /AWS_ENDPOINT_URL_DYNAMODB/],
  },
  'a connection to S3 that is closed': {
    operation: 'PutObject',
    reply: (response) => response.destroy(),
    code: 'NETWORK',
    says: [/PutObject could not reach S3 in eu-west-3/, /AWS_ENDPOINT_URL_S3/],
  },
  'no answer': {
    operation: 'DescribeTable',
    reply: () => {},
    code: 'NETWORK',
    says: [/TimeoutError/],
  },
};

for (const [name, { operation, reply, code, says = [], neverSays }] of Object.entries(CASES)) {
  test(`${code}: ${name}`, async () => {
    const error = await explained(operation, reply);
    const text = `${error.message} ${error.remedy}`;
    assert.equal(error.code, code, text);
    for (const pattern of says) assert.match(text, pattern);
    assert.doesNotMatch(text, /PRIVATE/);
    if (neverSays) assert.doesNotMatch(text, neverSays);
    // Two sentences a person can act on, not a stack.
    assert.match(error.message, /^[^\n]+\.$/);
    assert.match(error.remedy, /^[A-Z`][^\n]+\.$/);
  });
}

test('a server that is not there', async () => {
  const { endpoint } = await (async () => {
    await using server = await startScriptedServer(() => ({ status: 200 }));
    return { endpoint: server.endpoint };
  })();
  for (const [address, code] of [
    [endpoint, /ECONNREFUSED/],
    ['https://dynamodb.eu-wets-1.invalid', /ENOTFOUND|EAI_AGAIN/],
  ] as const) {
    const error = explain(await failureAt(address, 'DescribeTable'), SUBJECT);
    assert.equal(error.code, 'NETWORK');
    assert.match(error.message, code);
  }
});

test('a server that speaks no TLS', async () => {
  await using server = await startScriptedServer(() => ({ status: 200 }));
  const error = explain(await failureAt(server.endpoint.replace('http:', 'https:'), 'PutObject'), SUBJECT);
  assert.equal(error.code, 'NETWORK');
});

test('no credentials at all', async () => {
  const saved = { ...process.env };
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_') && !name.startsWith('AWS_EC2')) delete process.env[name];
  process.env['AWS_CONFIG_FILE'] = '/nonexistent/config';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/nonexistent/credentials';
  try {
    for (const operation of ['DescribeTable', 'HeadBucket'] as const) {
      const error = explain(await failureAt('http://127.0.0.1:9', operation), SUBJECT);
      assert.equal(error.code, 'CREDENTIALS_MISSING');
      assert.match(error.remedy, /id-token: write/);
    }
  } finally {
    Object.assign(process.env, saved);
  }
});

test('a wrong bucket owner is named beside the other reasons for a denial', async () => {
  const reply = s3Failure('AccessDenied', 403, 'Access Denied');
  assert.doesNotMatch((await explained('PutObject', reply)).remedy, /s3-bucket-owner/);
  const { remedy } = await explained('PutObject', reply, { ...SUBJECT, bucketOwner: '210987654321' });
  assert.match(remedy, /210987654321 \(s3-bucket-owner\)/);
});

test('where the bucket has no region of its own, the text does without', async () => {
  const { destRegion: _, ...subject } = SUBJECT;
  const redirect = await explained('HeadBucket', { status: 301 }, subject);
  assert.match(redirect.message, /is not in the region of the table\./);
  const closed = await explained('PutObject', (response) => response.destroy(), subject);
  assert.match(closed.message, /S3 in eu-west-1/);
});

/** DynamoDB's own texts, with what a user wrote put in as PRIVATE. */
const REFUSALS: readonly (readonly [text: string, reason: string])[] = [
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

for (const [text, reason] of REFUSALS) {
  test(`INVALID_SCAN: ${reason}`, async () => {
    const error = await explained('Scan', dynamoDbFailure(`${coral}ValidationException`, text));
    assert.equal(error.code, 'INVALID_SCAN');
    assert.equal(error.message, `DynamoDB refuses the Scan: ${reason}.`);
    assert.match(error.remedy, /dynamodb-scan-kwargs/);
    assert.doesNotMatch(error.message + error.remedy, /PRIVATE/);
  });
}

test('INVALID_SCAN: a text nobody knows is not quoted, but what it is about is told', async () => {
  const cases = [
    ['PRIVATE', /^Correct dynamodb-scan-kwargs\. In expressions, a value needs/],
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
    assert.equal(error.message, 'DynamoDB refuses the Scan.');
    assert.match(error.remedy, remedy);
    assert.doesNotMatch(error.message + error.remedy, /PRIVATE/);
  }
});

test('what DynamoDB refuses of another call is not laid at the door of the scan parameters', async () => {
  const text = '1 validation error detected: Value PRIVATE at tableName failed to satisfy constraint';
  const error = await explained('DescribeTable', dynamoDbFailure(`${coral}ValidationException`, text));
  assert.equal(error.code, 'AWS_ERROR');
  assert.match(error.message, /DescribeTable with ValidationException/);
  assert.doesNotMatch(error.message + error.remedy, /PRIVATE|dynamodb-scan-kwargs/);
});

test('an error that names its remedy already stays as it is', () => {
  const error = new CopyError('EMPTY_COPY', 'empty', 'fill it');
  assert.equal(explain(error, SUBJECT), error);
});

test('UNEXPECTED: whatever is thrown, its kind and its place are shown, and never its message', () => {
  const secret = 'PRIVATE\n    at PRIVATE (PRIVATE:1:1)';
  const thrown = [new TypeError(secret), Object.assign(new Error(secret), { name: 'PRIVATE\nname' })];
  for (const error of thrown) {
    for (const subject of [SUBJECT, undefined]) {
      const { code, message, cause } = explain(error, subject);
      assert.equal(code, 'UNEXPECTED');
      assert.equal(cause, error);
      assert.match(message, /^(TypeError|an unnamed error) at .*explain\.test\.ts:\d+:\d+\)?$/);
      assert.doesNotMatch(message, /PRIVATE/);
    }
  }
  const changed = new TypeError(secret);
  // From here on the stack has the message as it was.
  assert.ok(changed.stack?.includes('PRIVATE'));
  changed.message += ', and more';
  assert.equal(explain(changed, SUBJECT).message, 'TypeError at an unknown place');
  for (const thing of ['PRIVATE', { PRIVATE: 1 }, null, undefined, 7]) {
    assert.equal(explain(thing, SUBJECT).message, 'something that is no error at an unknown place');
  }
});

test('UNEXPECTED: an error of AWS where the inputs are not known', async () => {
  const reply = dynamoDbFailure('ResourceNotFoundException', 'PRIVATE');
  await using server = await startScriptedServer(() => reply);
  const { code, message } = explain(await failureAt(server.endpoint, 'DescribeTable'), undefined);
  assert.equal(code, 'UNEXPECTED');
  assert.doesNotMatch(message, /PRIVATE/);
});
