import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { dynamoDbDenies, dynamoDbRefuses, emptyResponse, ROLE, s3Denies, s3Redirects } from '../fixtures/aws-errors.ts';
import { onDynamoDb, onS3 } from '../fixtures/fault-scripts.ts';
import { assertFailed, type Inputs, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { fewOf } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** Large enough for a multipart upload of one uncompressed object. */
const table = await fill();

interface Case {
  readonly code: string;
  readonly inputs?: Inputs;
  readonly env?: Readonly<Record<string, string>>;
  /** Makes the emulators fail if they do not fail by themselves. */
  readonly script?: (pair: Pair) => void;
  readonly message: RegExp;
  readonly remedy: RegExp;
}

/** Errors that occur before the copy starts. */
const ERRORS_BEFORE_COPY: Readonly<Record<string, Case>> = {
  'the table does not exist': {
    code: 'TABLE_NOT_FOUND',
    inputs: { 'dynamodb-table-name': 'no-such-table' },
    message: /The table no-such-table does not exist in us-east-1/,
    remedy: /dynamodb-table-name.*aws-region/,
  },
  'the bucket does not exist': {
    code: 'BUCKET_NOT_FOUND',
    inputs: { 's3-bucket-name': 'no-such-bucket-anywhere' },
    message: /The bucket no-such-bucket-anywhere does not exist/,
    remedy: /s3-bucket-name/,
  },
  'DescribeTable is denied': {
    code: 'ACCESS_DENIED',
    script: onDynamoDb('DescribeTable', 1, dynamoDbDenies('dynamodb:DescribeTable')),
    message: new RegExp(`${ROLE} is not authorized to perform dynamodb:DescribeTable on the table`),
    remedy: /Grant dynamodb:DescribeTable on the table .* to the role/,
  },
  'an expression is invalid': {
    code: 'INVALID_SCAN',
    inputs: { 'dynamodb-scan-kwargs': 'FilterExpression: secret_name is not an expression' },
    message: /DynamoDB rejected the Scan: Invalid FilterExpression/,
    remedy: /dynamodb-scan-kwargs/,
  },
  'there are no credentials': {
    code: 'CREDENTIALS_MISSING',
    env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    message: /no AWS credentials/,
    remedy: /role-to-assume.*id-token: write.*aws-actions\/configure-aws-credentials/,
  },
  'DynamoDB does not know the credentials': {
    code: 'CREDENTIALS_INVALID',
    script: onDynamoDb(
      'DescribeTable',
      1,
      dynamoDbRefuses('UnrecognizedClientException', 'The security token included in the request is invalid.'),
    ),
    message: /DynamoDB rejected the AWS credentials/,
    remedy: /AWS_ACCESS_KEY_ID/,
  },
};

/** Errors that occur after the copy has started. */
const ERRORS_IN_COPY: Readonly<Record<string, Case>> = {
  'the bucket is in another Region than dest-aws-region': {
    code: 'BUCKET_IN_ANOTHER_REGION',
    inputs: { 'dest-aws-region': 'eu-west-1' },
    script: ({ store }) => store.inject(() => s3Redirects('us-west-2')),
    message: /is not in eu-west-1/,
    remedy: /dest-aws-region/,
  },
  'the bucket belongs to another account than s3-bucket-owner': {
    code: 'ACCESS_DENIED',
    inputs: { 's3-bucket-owner': '999999999999' },
    script: rejectWrongOwner,
    message: /not authorized to perform s3:PutObject on arn:aws:s3:::bucket-\w+\/\*/,
    remedy: /999999999999 \(s3-bucket-owner\)/,
  },
  'Scan is denied': {
    code: 'ACCESS_DENIED',
    script: onDynamoDb('Scan', 1, dynamoDbDenies('dynamodb:Scan')),
    message: new RegExp(`${ROLE} is not authorized to perform dynamodb:Scan on the table`),
    remedy: /Grant dynamodb:Scan on the table .* to the role/,
  },
  'the credentials expire during the upload': {
    code: 'CREDENTIALS_EXPIRED',
    script: onS3('UploadPart', 1, s3Error('ExpiredToken', 400, 'The provided token has expired.')),
    message: /credentials of this step have expired/,
    remedy: /role-duration-seconds/,
  },
  'the secret access key is wrong': {
    code: 'CREDENTIALS_INVALID',
    env: { AWS_SECRET_ACCESS_KEY: 'another-secret' },
    script: rejectWrongSignatures,
    message: /S3 rejected the AWS credentials/,
    remedy: /AWS_SECRET_ACCESS_KEY/,
  },
};

/** Other causes of these errors. */
const OTHER_ERRORS_IN_COPY: typeof ERRORS_IN_COPY = {
  'PutObject is denied': {
    code: 'ACCESS_DENIED',
    script: onS3('PutObject', 1, s3Denies('s3:PutObject')),
    message: new RegExp(`${ROLE} is not authorized to perform s3:PutObject on arn:aws:s3:::bucket-`),
    remedy: /Grant s3:PutObject on arn:aws:s3:::bucket-\w+\/\*/,
  },
  'UploadPart is denied without a reason': {
    code: 'ACCESS_DENIED',
    script: onS3('UploadPart', 1, s3Error('AccessDenied', 403, 'Access Denied')),
    message: /not authorized to perform s3:PutObject on arn:aws:s3:::bucket-/,
    remedy: /Grant s3:PutObject/,
  },
  'the KMS key denies UploadPart': {
    code: 'ACCESS_DENIED',
    script: onS3('UploadPart', 1, s3Denies('kms:Decrypt')),
    message: /not authorized to perform kms:Decrypt on the KMS key/,
    remedy: /Grant kms:Decrypt on the KMS key/,
  },
  'the credentials expire during the scan': {
    code: 'CREDENTIALS_EXPIRED',
    script: onDynamoDb(
      'Scan',
      3,
      dynamoDbRefuses('ExpiredTokenException', 'The security token included in the request is expired'),
    ),
    message: /credentials of this step have expired/,
    remedy: /role-duration-seconds/,
  },
};

/** Outputs that are set as soon as the copy has started. */
const OUTPUTS_OF_STARTED_COPY = [
  'engine',
  'scope',
  'export-id',
  's3-uri',
  'data-uri',
  'snapshot-time',
  's3-keys',
  's3-keys-file',
  'item-count',
];

suite('errors of a step', { concurrency: 2 }, () => {
  for (const [name, failing] of Object.entries(ERRORS_BEFORE_COPY)) {
    test(`fails with ${failing.code} and a remedy before the copy starts if ${name}`, async () => {
      const outputs = await assertFailure(failing);
      assert.equal(outputs['export-id'], undefined, 'the copy has not started');
    });
  }

  for (const [name, failing] of [
    ...Object.entries(ERRORS_IN_COPY),
    ...fewOf(Object.entries(OTHER_ERRORS_IN_COPY), 1),
  ]) {
    test(`fails with ${failing.code}, a remedy and the outputs of the copy if ${name}`, async () => {
      const outputs = await assertFailure(failing);
      const missing = OUTPUTS_OF_STARTED_COPY.filter((output) => outputs[output] === undefined);
      assert.deepEqual(missing, []);
    });
  }
});

/** Runs a step that fails without leaving anything in the bucket, and returns its outputs. */
async function assertFailure({ code, inputs, env, script, message, remedy }: Case): Promise<RunResult['outputs']> {
  await using pair = await openPair();
  script?.(pair);
  await using run = await pair.run(
    { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1', ...inputs },
    { env: env ?? {} },
  );
  const failure = await assertFailed(run, pair, code);
  assert.match(failure.message, message);
  assert.match(failure.remedy, remedy);
  assert.match(run.outputs['duration-seconds'] ?? '', /^\d+\.\d$/);
  return run.outputs;
}

/** Makes the S3 emulator reject a wrong bucket owner if it does not do so by itself. */
function rejectWrongOwner({ store }: Pair): void {
  if (store.can.refuseWrongOwner) {
    return;
  }
  store.inject(({ headers }) =>
    headers['x-amz-expected-bucket-owner'] === '999999999999'
      ? s3Error('AccessDenied', 403, 'Access Denied')
      : undefined,
  );
}

/** Makes the S3 emulator reject a wrong signature if it does not do so by itself. */
function rejectWrongSignatures({ store }: Pair): void {
  if (store.can.checkSignatures) {
    return;
  }
  store.inject(({ operation }) =>
    operation === 'HeadBucket' ? emptyResponse(403) : s3Error('SignatureDoesNotMatch', 403),
  );
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(60));
}
