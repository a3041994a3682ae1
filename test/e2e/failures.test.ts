import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { dynamoDbDenies, dynamoDbRefuses, emptyAnswer, ROLE, s3Denies, s3Redirects } from '../fixtures/aws-errors.ts';
import { onDynamoDb, onS3 } from '../fixtures/fault-scripts.ts';
import { assertFailed, type Inputs, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';

await startServers();

/** Large enough for a multipart upload, as one object that is not compressed. */
const table = await fill();

interface Case {
  readonly code: string;
  readonly inputs?: Inputs;
  readonly env?: Readonly<Record<string, string>>;
  /** What the servers do, where they would not fail by themselves. */
  readonly script?: (pair: Pair) => void;
  readonly message: RegExp;
  readonly remedy: RegExp;
  /** How far it got: to the check of table and bucket, or to the copy. */
  readonly fails: 'at the check' | 'in the copy';
}

const CASES: Readonly<Record<string, Case>> = {
  'table not found': {
    code: 'TABLE_NOT_FOUND',
    inputs: { 'dynamodb-table-name': 'no-such-table' },
    message: /The table no-such-table does not exist in us-east-1/,
    remedy: /dynamodb-table-name.*aws-region/,
    fails: 'at the check',
  },
  'bucket not found': {
    code: 'BUCKET_NOT_FOUND',
    inputs: { 's3-bucket-name': 'no-such-bucket-anywhere' },
    message: /The bucket no-such-bucket-anywhere does not exist/,
    remedy: /s3-bucket-name/,
    fails: 'at the check',
  },
  'bucket in another region than dest-aws-region says': {
    code: 'BUCKET_IN_ANOTHER_REGION',
    inputs: { 'dest-aws-region': 'eu-west-1' },
    script: ({ store }) => store.inject(() => s3Redirects('us-west-2')),
    message: /is not in eu-west-1/,
    remedy: /dest-aws-region/,
    fails: 'in the copy',
  },
  'bucket of another account': {
    code: 'ACCESS_DENIED',
    inputs: { 's3-bucket-owner': '999999999999' },
    script: refuseOwnerUnlessTheStoreDoes,
    message: /not authorized to perform s3:PutObject on arn:aws:s3:::bucket-\w+\/\*/,
    remedy: /999999999999 \(s3-bucket-owner\)/,
    fails: 'in the copy',
  },
  'DescribeTable denied': {
    code: 'ACCESS_DENIED',
    script: onDynamoDb('DescribeTable', 1, dynamoDbDenies('dynamodb:DescribeTable')),
    message: new RegExp(`${ROLE} is not authorized to perform dynamodb:DescribeTable on the table`),
    remedy: /Grant dynamodb:DescribeTable on the table .* to the role/,
    fails: 'at the check',
  },
  'Scan denied': {
    code: 'ACCESS_DENIED',
    script: onDynamoDb('Scan', 1, dynamoDbDenies('dynamodb:Scan')),
    message: new RegExp(`${ROLE} is not authorized to perform dynamodb:Scan on the table`),
    remedy: /Grant dynamodb:Scan on the table .* to the role/,
    fails: 'in the copy',
  },
  'PutObject denied': {
    code: 'ACCESS_DENIED',
    script: onS3('PutObject', 1, s3Denies('s3:PutObject')),
    message: new RegExp(`${ROLE} is not authorized to perform s3:PutObject on arn:aws:s3:::bucket-`),
    remedy: /Grant s3:PutObject on arn:aws:s3:::bucket-\w+\/\*/,
    fails: 'in the copy',
  },
  'UploadPart denied without a reason': {
    code: 'ACCESS_DENIED',
    script: onS3('UploadPart', 1, s3Error('AccessDenied', 403, 'Access Denied')),
    message: /not authorized to perform s3:PutObject on arn:aws:s3:::bucket-/,
    remedy: /Grant s3:PutObject/,
    fails: 'in the copy',
  },
  'UploadPart denied by the key': {
    code: 'ACCESS_DENIED',
    script: onS3('UploadPart', 1, s3Denies('kms:Decrypt')),
    message: /not authorized to perform kms:Decrypt on the KMS key/,
    remedy: /Grant kms:Decrypt on the KMS key/,
    fails: 'in the copy',
  },
  'bad expression': {
    code: 'INVALID_SCAN',
    inputs: { 'dynamodb-scan-kwargs': 'FilterExpression: secret_name is not an expression' },
    message: /DynamoDB rejected the Scan: Invalid FilterExpression/,
    remedy: /dynamodb-scan-kwargs/,
    fails: 'at the check',
  },
  'credentials that expire at DynamoDB': {
    code: 'CREDENTIALS_EXPIRED',
    script: onDynamoDb(
      'Scan',
      3,
      dynamoDbRefuses('ExpiredTokenException', 'The security token included in the request is expired'),
    ),
    message: /credentials of this step have expired/,
    remedy: /role-duration-seconds/,
    fails: 'in the copy',
  },
  'credentials that expire at S3': {
    code: 'CREDENTIALS_EXPIRED',
    script: onS3('UploadPart', 1, s3Error('ExpiredToken', 400, 'The provided token has expired.')),
    message: /credentials of this step have expired/,
    remedy: /role-duration-seconds/,
    fails: 'in the copy',
  },
  'no credentials': {
    code: 'CREDENTIALS_MISSING',
    env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    message: /no AWS credentials/,
    remedy: /role-to-assume.*id-token: write.*aws-actions\/configure-aws-credentials/,
    fails: 'at the check',
  },
  'credentials that DynamoDB does not know': {
    code: 'CREDENTIALS_INVALID',
    script: onDynamoDb(
      'DescribeTable',
      1,
      dynamoDbRefuses('UnrecognizedClientException', 'The security token included in the request is invalid.'),
    ),
    message: /DynamoDB rejected the AWS credentials/,
    remedy: /AWS_ACCESS_KEY_ID/,
    fails: 'at the check',
  },
  'a secret that is not the key’s': {
    code: 'CREDENTIALS_INVALID',
    env: { AWS_SECRET_ACCESS_KEY: 'another-secret' },
    script: refuseSignaturesUnlessTheStoreDoes,
    message: /S3 rejected the AWS credentials/,
    remedy: /AWS_SECRET_ACCESS_KEY/,
    fails: 'in the copy',
  },
};

suite('a failure has a code, a remedy, and leaves nothing behind', { concurrency: 2 }, () => {
  for (const [name, { code, inputs, env, script, message, remedy, fails }] of Object.entries(CASES)) {
    test(name, async () => {
      await using pair = await openPair();
      script?.(pair);
      await using run = await pair.run(
        { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1', ...inputs },
        { env: env ?? {} },
      );
      const failure = await assertFailed(run, pair, code);
      assert.match(failure.message, message);
      assert.match(failure.remedy, remedy);
      assertOutputsKnown(run.outputs, fails);
    });
  }
});

function assertOutputsKnown(outputs: Readonly<Record<string, string>>, fails: Case['fails']): void {
  assert.match(outputs['duration-seconds'] ?? '', /^\d+\.\d$/);
  const later = [
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
  const missing = later.filter((name) => outputs[name] === undefined);
  if (fails === 'in the copy') {
    assert.deepEqual(missing, []);
  } else {
    assert.ok(missing.includes('export-id'), 'nothing was begun');
  }
}

function refuseOwnerUnlessTheStoreDoes({ store }: Pair): void {
  if (store.can.refuseWrongOwner) {
    return;
  }
  store.inject(({ headers }) =>
    headers['x-amz-expected-bucket-owner'] === '999999999999'
      ? s3Error('AccessDenied', 403, 'Access Denied')
      : undefined,
  );
}

function refuseSignaturesUnlessTheStoreDoes({ store }: Pair): void {
  if (store.can.checkSignatures) {
    return;
  }
  store.inject(({ operation }) =>
    operation === 'HeadBucket' ? emptyAnswer(403) : s3Error('SignatureDoesNotMatch', 403),
  );
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(60));
}
