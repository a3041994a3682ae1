import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runContext } from '../../src/github/run-context.ts';
import { readInputs } from '../../src/inputs/inputs.ts';
import { ARN, NOW, problemsOf, REGION, read, SECRET, withoutFunctions } from './read-step.ts';

/** Role settings if no role input is set. roles.test.ts tests the others. */
const NO_ROLES = { chaining: false, sessionName: 'GitHubActions', durationSeconds: 3600 };

/** Values of the export inputs if none is set. */
const NO_EXPORT = {
  engine: 'scan',
  exportParameters: { request: {} },
  checkIntervalMs: 30_000,
  maxAttempts: 690,
  enablePitr: false,
  resume: true,
} as const;

/** A value other than the default for every input of a scan. */
const ALL_INPUTS = {
  'dynamodb-table-name': ` ${ARN}\n`,
  's3-key-prefix': '/backups/{table}/{date}/{run-id}/',
  'file-size': '10 MiB',
  'dynamodb-scan-kwargs': '{"Limit": 50, "Segment": 1, "TotalSegments": 4}',
  'export-format': 'JSON',
  compression: 'zstd',
  'total-segments': '250000',
  'read-capacity': '25%',
  'max-consumed-read-capacity': '1000000',
  's3-bucket-owner': '012345678901',
  's3-sse-algorithm': 'KMS',
  's3-sse-kms-key-id': 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1234',
  's3-put-object-kwargs': 'BucketKeyEnabled: true\nStorageClass: GLACIER_IR',
  's3-force-path-style': 'true',
  's3-payload-signing-enabled': 'true',
  'aws-region': 'us-west-2',
  'source-aws-region': 'us-east-1',
  'dest-aws-region': 'eu-west-1',
  'dest-role-to-assume': 'arn:aws:iam::123456789012:role/backup',
  'if-empty': 'error',
  'dry-run': 'true',
};

describe('step inputs', () => {
  it('have defaults, except for the table and the bucket', () => {
    assert.deepEqual(withoutFunctions(read({})), {
      ...NO_EXPORT,
      table: { name: 'Music' },
      bucket: 'my-backups',
      keyPrefix: '',
      attemptIndependentPrefix: '',
      fileSize: 134_217_728,
      scan: { request: {} },
      format: 'DYNAMODB_JSON',
      compression: 'gzip',
      totalSegments: 'auto',
      readCapacity: { kind: 'auto' },
      putObject: {},
      forcePathStyle: false,
      payloadSigningEnabled: false,
      sourceRegion: 'eu-central-1',
      roles: NO_ROLES,
      ifEmpty: 'warn',
      dryRun: false,
    });
  });

  it('are read completely if all are set', () => {
    const inputs = read(ALL_INPUTS, { GITHUB_RUN_ID: '77' });
    assert.deepEqual(withoutFunctions(inputs), {
      ...NO_EXPORT,
      table: { name: 'Music', arn: ARN },
      bucket: 'my-backups',
      keyPrefix: 'backups/Music/2026-11-22/77',
      attemptIndependentPrefix: 'backups/Music',
      fileSize: 10_485_760,
      scan: { request: { Limit: 50 }, shard: { segment: 1, totalSegments: 4 } },
      format: 'JSON',
      compression: 'zstd',
      totalSegments: 250_000,
      readCapacity: { kind: 'percentage', fraction: 0.25 },
      maxConsumedReadCapacity: 1_000_000,
      bucketOwner: '012345678901',
      encryption: { algorithm: 'KMS', kmsKeyId: 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1234' },
      putObject: { BucketKeyEnabled: true, StorageClass: 'GLACIER_IR' },
      forcePathStyle: true,
      payloadSigningEnabled: true,
      sourceRegion: 'us-east-1',
      destRegion: 'eu-west-1',
      roles: { ...NO_ROLES, dest: 'arn:aws:iam::123456789012:role/backup' },
      ifEmpty: 'error',
      dryRun: true,
    });
  });

  it('that are empty or blank count as not set', () => {
    const names = [
      's3-key-prefix',
      'file-size',
      'dynamodb-scan-kwargs',
      'export-format',
      'process-func',
      'compression',
      'total-segments',
      'read-capacity',
      'max-consumed-read-capacity',
      's3-bucket-owner',
      's3-sse-algorithm',
      's3-sse-kms-key-id',
      's3-put-object-kwargs',
      's3-force-path-style',
      's3-payload-signing-enabled',
      'aws-region',
      'source-aws-region',
      'dest-aws-region',
      'if-empty',
      'dry-run',
    ];
    for (const value of ['', ' \n']) {
      const given = Object.fromEntries(names.map((name) => [name, value]));
      assert.deepEqual(withoutFunctions(read(given)), withoutFunctions(read({})));
    }
  });

  for (const [name, value, key, expected] of [
    ['dynamodb-table-name', 'a.B-c_9', 'table', { name: 'a.B-c_9' }],
    ['dynamodb-table-name', 'x'.repeat(255), 'table', { name: 'x'.repeat(255) }],
    ['s3-bucket-name', 'abc', 'bucket', 'abc'],
    ['s3-bucket-name', '123456', 'bucket', '123456'],
    ['s3-bucket-name', 'a.b-c.9', 'bucket', 'a.b-c.9'],
    ['s3-bucket-name', 'x'.repeat(63), 'bucket', 'x'.repeat(63)],
    ['s3-bucket-name', 'my-point-abc123-s3alias', 'bucket', 'my-point-abc123-s3alias'],
    ['file-size', '65536', 'fileSize', 65_536],
    ['file-size', '64KiB', 'fileSize', 65_536],
    ['file-size', '64 kib', 'fileSize', 65_536],
    ['file-size', '65536 B', 'fileSize', 65_536],
    ['file-size', '4GiB', 'fileSize', 4_294_967_296],
    ['file-size', '0100MiB', 'fileSize', 104_857_600],
    ['total-segments', '1', 'totalSegments', 1],
    ['total-segments', '1000000', 'totalSegments', 1_000_000],
    ['total-segments', 'auto', 'totalSegments', 'auto'],
    ['export-format', 'ION', 'format', 'ION'],
    ['process-func', ' scripts/mask.mjs\n', 'processFunc', 'scripts/mask.mjs'],
    ['compression', 'none', 'compression', 'none'],
    ['s3-force-path-style', 'True', 'forcePathStyle', true],
    ['s3-force-path-style', 'TRUE', 'forcePathStyle', true],
    ['s3-force-path-style', 'False', 'forcePathStyle', false],
    ['s3-force-path-style', 'FALSE', 'forcePathStyle', false],
    ['s3-sse-algorithm', 'AES256', 'encryption', { algorithm: 'AES256' }],
    ['s3-sse-algorithm', 'KMS', 'encryption', { algorithm: 'KMS' }],
    ['if-empty', 'ignore', 'ifEmpty', 'ignore'],
    ['dry-run', 'true', 'dryRun', true],
    ['dest-aws-region', 'auto', 'destRegion', 'auto'],
    ['dynamodb-scan-kwargs', '{}', 'scan', { request: {} }],
    [
      'dynamodb-scan-kwargs',
      '\n  Limit: 5\n  ConsistentRead: true\n',
      'scan',
      { request: { Limit: 5, ConsistentRead: true } },
    ],
    ['dynamodb-scan-kwargs', '\ufeff \n{"Limit": 5}\n', 'scan', { request: { Limit: 5 } }],
  ] as const) {
    it(`accept ${name}: ${value.slice(0, 40)}`, () => assert.deepEqual(read({ [name]: value })[key], expected));
  }

  for (const [name, value, expected] of [
    ['dynamodb-table-name', '', /required/],
    ['dynamodb-table-name', 'ab', /3 to 255/],
    ['dynamodb-table-name', 'x'.repeat(256), /3 to 255/],
    ['dynamodb-table-name', 'my table', /"my table" is not a valid table name/],
    ['dynamodb-table-name', 'a/b/c', /not a valid table name/],
    ['dynamodb-table-name', `${ARN}/index/by-artist`, /an index ARN.*IndexName/],
    ['dynamodb-table-name', `${ARN}/stream/2026-01-01T00:00:00.000`, /a stream ARN/],
    ['dynamodb-table-name', `${ARN}/export/01791506414432-3f2e5aa4`, /an export ARN/],
    ['dynamodb-table-name', `${ARN}/import/01791506414432-3f2e5aa4`, /an import ARN/],
    ['dynamodb-table-name', `${ARN}/backup/01791506414432-3f2e5aa4`, /a backup ARN.*Restore/],
    ['dynamodb-table-name', `${ARN}/constructor/x`, /not a table ARN/],
    ['dynamodb-table-name', `${ARN}/`, /not a table ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb::123456789012:global-table/Music', /not the ARN of a DynamoDB table/],
    ['dynamodb-table-name', 'arn:aws:s3:::my-bucket', /not the ARN of a DynamoDB table/],
    ['dynamodb-table-name', 'arn:aws:dynamodb:us-east-1:123456789012:table', /not a valid table ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb::123456789012:table/Music', /not a valid table ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb:us-east-1:1234:table/Music', /not a valid table ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb:us-east-1:123456789012:table/ab', /not a valid table ARN/],
    ['dynamodb-table-name', 'arn:azure:dynamodb:us-east-1:123456789012:table/Music', /not the ARN of a DynamoDB table/],
    ['s3-bucket-name', '', /required/],
    ['s3-bucket-name', 'ab', /3 to 63/],
    ['s3-bucket-name', 'x'.repeat(64), /3 to 63/],
    ['s3-bucket-name', 'My-Bucket', /lowercase.*s3-force-path-style/],
    ['s3-bucket-name', 'my_bucket', /not a valid bucket name/],
    ['s3-bucket-name', '-bucket', /not a valid bucket name/],
    ['s3-bucket-name', 'bucket.', /not a valid bucket name/],
    ['s3-bucket-name', 'a..b', /not a valid bucket name/],
    ['s3-bucket-name', '192.168.5.4', /not a valid bucket name/],
    ['s3-bucket-name', 'arn:aws:s3:::my-bucket', /an ARN/],
    ['s3-bucket-name', 'arn:aws:s3:us-east-1:123456789012:accesspoint/mine', /an ARN.*access point alias/],
    ['s3-bucket-name', 's3://my-bucket/folder', /a URI.*s3-key-prefix/],
    ['s3-bucket-name', 'https://my-bucket.s3.amazonaws.com', /a URI/],
    ['s3-bucket-name', 'my-bucket/folder', /a slash.*s3-key-prefix/],
    ['s3-bucket-name', 'my-bucket.s3.eu-west-1.amazonaws.com', /host name/],
    ['s3-bucket-name', 'my-bucket.s3.eusc-de-east-1.amazonaws.eu', /host name/],
    ['s3-bucket-name', 'my-bucket.s3.us-iso-east-1.c2s.ic.gov', /host name/],
    ['s3-bucket-name', 'my-bucket.s3.dualstack.cn-north-1.amazonaws.com.cn', /host name/],
    ['s3-bucket-name', 'my-bucket--use1-az4--x-s3', /is a directory bucket.*general purpose bucket/],
    [
      's3-bucket-name',
      'my-point--use1-az4--xa-s3',
      /is an access point for a directory bucket.*general purpose bucket/,
    ],
    ['s3-key-prefix', '{tabel}', /not a valid placeholder.*\{table\}/],
    ['s3-key-prefix', '{run-id}', /GITHUB_RUN_ID/],
    ['s3-key-prefix', 'x'.repeat(1000), /1,024/],
    ['s3-key-prefix', 'a\tb', /control/],
    ['file-size', '10 parsecs', /"10 parsecs" is invalid. Use a whole number of bytes, KiB, MiB or GiB/],
    ['file-size', '10 MB', /64KiB to 4GiB/],
    ['file-size', '1.5GiB', /whole number/],
    ['file-size', '65535', /64KiB to 4GiB/],
    ['file-size', '4097MiB', /64KiB to 4GiB/],
    ['file-size', '0', /64KiB/],
    ['file-size', '-1', /whole number/],
    ['file-size', '1e6', /whole number/],
    ['file-size', '128  MiB', /whole number/],
    ['file-size', '99999999999999999999', /whole number/],
    ['export-format', 'json', /"json" is invalid. Use DYNAMODB_JSON, ION or JSON/],
    ['export-format', 'Ion', /DYNAMODB_JSON, ION or JSON/],
    ['export-format', 'CUSTOM', /DYNAMODB_JSON, ION or JSON/],
    ['export-format', 'CSV', /DYNAMODB_JSON, ION or JSON/],
    ['compression', 'GZIP', /gzip, zstd or none/],
    ['compression', 'brotli', /gzip, zstd or none/],
    [
      'read-capacity',
      '0',
      /auto, none, a whole number of read capacity units \(RCU\) per second from 1 to 100,000,000/,
    ],
    ['read-capacity', '0.5', /a percentage from 1% to 100%/],
    ['read-capacity', '120%', /1% to 100%/],
    ['max-consumed-read-capacity', '399', /a whole number of read capacity units \(RCU\) from 400, about one page/],
    ['max-consumed-read-capacity', '1000000000001', /to 1,000,000,000,000/],
    ['max-consumed-read-capacity', '1e6', /whole number/],
    ['max-consumed-read-capacity', '50%', /whole number/],
    ['max-consumed-read-capacity', 'none', /whole number/],
    ['total-segments', '0', /auto, or a whole number from 1 to 1,000,000/],
    ['total-segments', '1000001', /1,000,000/],
    ['total-segments', '1.0', /whole number/],
    ['total-segments', '-5', /whole number/],
    ['total-segments', '0x10', /whole number/],
    ['total-segments', 'Auto', /auto/],
    ['s3-bucket-owner', '12345678901', /12-digit AWS account ID/],
    ['s3-bucket-owner', '1234-5678-9012', /12-digit AWS account ID/],
    ['s3-sse-algorithm', 'aws:kms', /AES256, KMS or KMS_DSSE/],
    ['s3-sse-kms-key-id', 'alias/backups', /requires s3-sse-algorithm: KMS/],
    ['s3-force-path-style', 'yes', /true or false/],
    ['s3-force-path-style', '1', /true or false/],
    ['s3-force-path-style', 'tRUE', /true or false/],
    ['aws-region', 'us east 1', /eu-central-1/],
    ['aws-region', 'us-east-1.evil.example/', /eu-central-1/],
    ['source-aws-region', 'US-EAST-1', /eu-central-1/],
    ['dest-aws-region', '-', /eu-central-1/],
    ['if-empty', 'fail', /warn, error or ignore/],
    ['dynamodb-scan-kwargs', SECRET, /mapping/],
    ['dynamodb-scan-kwargs', `{"FilterExpression": "${SECRET}`, /Line 1/],
    ['s3-put-object-kwargs', '[]', /mapping/],
    ['s3-put-object-kwargs', 'a: 1\na: 2', /Line 2, column 1: this key is defined twice/],
  ] as const) {
    it(`reject ${name}: ${JSON.stringify(value.slice(0, 60))} with a message that matches ${expected}`, () => {
      const lines = problemsOf({ [name]: value });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith(`${name}: `), lines[0]);
      assert.match(lines[0] ?? '', expected);
    });
  }

  it('are all checked, and the error lists every problem without a value of the scan parameters', () => {
    const lines = problemsOf(
      {
        'dynamodb-table-name': 'a b',
        's3-bucket-name': 's3://x',
        'file-size': '10 parsecs',
        'dynamodb-scan-kwargs': `{"FilterExpression": "${SECRET} = :v", "ExpressionAttributeValues": {":v": {"N": "${SECRET}"}}, "ExclusiveStartKey": {"${SECRET}": {"N": "${SECRET}"}}, "Limit": "${SECRET}"}`,
        'if-empty': 'no',
        's3-put-object-kwargs': '{"StorageClass": "x"}',
      },
      {},
    );
    assert.deepEqual(lines.map((line) => line.split(': ')[0]).sort(), [
      'aws-region',
      'dynamodb-scan-kwargs.ExclusiveStartKey[entry 1]',
      'dynamodb-scan-kwargs.ExpressionAttributeValues[":v"]',
      'dynamodb-scan-kwargs.Limit',
      'dynamodb-table-name',
      'file-size',
      'if-empty',
      's3-bucket-name',
      's3-put-object-kwargs.StorageClass',
    ]);
  });

  it('are quoted in errors on one line, escaped and truncated', () => {
    const lines = problemsOf({ compression: `a\n::error::\u2028\u202e\ud800${'x'.repeat(200)}` });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^compression: "a\\n::error::\\u2028\\u202e\\ud800x{66}" \(truncated\) is invalid/);
  });

  it('are not read from environment variables with lower-case names', () => {
    assert.equal(
      readInputs(
        { ...REGION, 'INPUT_DYNAMODB-TABLE-NAME': 'Music', 'INPUT_S3-BUCKET-NAME': 'abc', input_compression: 'x' },
        runContext({}),
        NOW,
      ).compression,
      'gzip',
    );
  });
});
