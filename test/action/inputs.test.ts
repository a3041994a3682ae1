import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanOnly } from '../../src/action/engine-use.ts';
import { type Inputs, readInputs } from '../../src/action/inputs.ts';
import { CopyError } from '../../src/errors.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const SECRET = 'hunter2';
const REQUIRED = { 'dynamodb-table-name': 'Music', 's3-bucket-name': 'my-backups' };
const REGION = { AWS_REGION: 'eu-central-1' };
const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/Music';

type Given = Readonly<Record<string, string>>;

function read(given: Given, env: NodeJS.ProcessEnv = REGION): Inputs {
  const variables = Object.entries({ ...REQUIRED, ...given }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return readInputs({ ...env, ...Object.fromEntries(variables) }, NOW);
}

function problemsOf(given: Given, env: NodeJS.ProcessEnv = REGION): string[] {
  try {
    read(given, env);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'INVALID_INPUT');
    assert.notEqual(error.remedy, '');
    assert.ok(!`${error.message}${error.remedy}`.includes(SECRET), error.message);
    const [, ...lines] = error.message.split('\n');
    return lines.map((line) => line.replace(/^- /, ''));
  }
  return assert.fail('no problem was found');
}

/** Tests of their own, roles.test.ts, say the rest. */
const NO_ROLES = { chaining: false, sessionName: 'GitHubActions', durationSeconds: 3600 };

/** What the inputs of exports are where none is set. */
const NO_EXPORT = {
  engine: 'scan',
  exportParameters: { request: {} },
  checkIntervalMs: 30_000,
  maxAttempts: 690,
  enableRecovery: false,
  resume: true,
} as const;

describe('inputs', () => {
  it('have defaults but for two', () => {
    assert.deepEqual(read({}), {
      ...NO_EXPORT,
      table: { name: 'Music' },
      bucket: 'my-backups',
      keyPrefix: '',
      lastingPrefix: '',
      fileSize: 134_217_728,
      scan: { request: {} },
      format: 'DYNAMODB_JSON',
      compression: 'gzip',
      totalSegments: 'auto',
      readCapacity: { kind: 'auto' },
      putObject: {},
      forcePathStyle: false,
      sourceRegion: 'eu-central-1',
      roles: NO_ROLES,
      ifEmpty: 'warn',
      dryRun: false,
    });
  });

  it('are all read', () => {
    const inputs = read(
      {
        'dynamodb-table-name': ` ${ARN}\n`,
        's3-key-prefix': '/backups/{table}/{date}/{run-id}/',
        'file-size': '10 MiB',
        'dynamodb-scan-kwargs': '{"Limit": 50, "Segment": 1, "TotalSegments": 4}',
        'export-format': 'JSON',
        compression: 'zstd',
        'total-segments': '250000',
        'read-capacity': '25%',
        's3-bucket-owner': '012345678901',
        's3-sse-algorithm': 'KMS',
        's3-sse-kms-key-id': 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1234',
        's3-put-object-kwargs': 'BucketKeyEnabled: true\nStorageClass: GLACIER_IR',
        's3-force-path-style': 'true',
        'aws-region': 'us-west-2',
        'source-aws-region': 'us-east-1',
        'dest-aws-region': 'eu-west-1',
        'dest-role-to-assume': 'arn:aws:iam::123456789012:role/backup',
        'if-empty': 'error',
        'dry-run': 'true',
      },
      { GITHUB_RUN_ID: '77' },
    );
    assert.deepEqual(inputs, {
      ...NO_EXPORT,
      table: { name: 'Music', arn: ARN },
      bucket: 'my-backups',
      keyPrefix: 'backups/Music/2026-11-22/77',
      lastingPrefix: 'backups/Music',
      fileSize: 10_485_760,
      scan: { request: { Limit: 50 }, share: { segment: 1, totalSegments: 4 } },
      format: 'JSON',
      compression: 'zstd',
      totalSegments: 250_000,
      readCapacity: { kind: 'share', share: 0.25 },
      bucketOwner: '012345678901',
      encryption: { algorithm: 'KMS', kmsKeyId: 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1234' },
      putObject: { BucketKeyEnabled: true, StorageClass: 'GLACIER_IR' },
      forcePathStyle: true,
      sourceRegion: 'us-east-1',
      destRegion: 'eu-west-1',
      roles: { ...NO_ROLES, dest: 'arn:aws:iam::123456789012:role/backup' },
      ifEmpty: 'error',
      dryRun: true,
    });
  });

  it('that are empty or blank are not set', () => {
    const names = [
      's3-key-prefix',
      'file-size',
      'dynamodb-scan-kwargs',
      'export-format',
      'process-func',
      'compression',
      'total-segments',
      'read-capacity',
      's3-bucket-owner',
      's3-sse-algorithm',
      's3-sse-kms-key-id',
      's3-put-object-kwargs',
      's3-force-path-style',
      'aws-region',
      'source-aws-region',
      'dest-aws-region',
      'if-empty',
      'dry-run',
    ];
    for (const value of ['', ' \n']) {
      assert.deepEqual(read(Object.fromEntries(names.map((name) => [name, value]))), read({}));
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
    it(`${name}: ${value.slice(0, 40)}`, () => assert.deepEqual(read({ [name]: value })[key], expected));
  }

  for (const [name, value, expected] of [
    ['dynamodb-table-name', '', /required/],
    ['dynamodb-table-name', 'ab', /3 to 255/],
    ['dynamodb-table-name', 'x'.repeat(256), /3 to 255/],
    ['dynamodb-table-name', 'my table', /"my table" is no table/],
    ['dynamodb-table-name', 'a/b/c', /no table/],
    ['dynamodb-table-name', `${ARN}/index/by-artist`, /an index.*IndexName/],
    ['dynamodb-table-name', `${ARN}/stream/2026-01-01T00:00:00.000`, /a stream/],
    ['dynamodb-table-name', `${ARN}/export/01791506414432-3f2e5aa4`, /an export/],
    ['dynamodb-table-name', `${ARN}/import/01791506414432-3f2e5aa4`, /an import/],
    ['dynamodb-table-name', `${ARN}/backup/01791506414432-3f2e5aa4`, /a backup.*Restore/],
    ['dynamodb-table-name', `${ARN}/constructor/x`, /a part of a table/],
    ['dynamodb-table-name', `${ARN}/`, /a part of a table/],
    ['dynamodb-table-name', 'arn:aws:dynamodb::123456789012:global-table/Music', /something else/],
    ['dynamodb-table-name', 'arn:aws:s3:::my-bucket', /something else/],
    ['dynamodb-table-name', 'arn:aws:dynamodb:us-east-1:123456789012:table', /no complete ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb::123456789012:table/Music', /no complete ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb:us-east-1:1234:table/Music', /no complete ARN/],
    ['dynamodb-table-name', 'arn:aws:dynamodb:us-east-1:123456789012:table/ab', /no complete ARN/],
    ['dynamodb-table-name', 'arn:azure:dynamodb:us-east-1:123456789012:table/Music', /something else/],
    ['s3-bucket-name', '', /required/],
    ['s3-bucket-name', 'ab', /3 to 63/],
    ['s3-bucket-name', 'x'.repeat(64), /3 to 63/],
    ['s3-bucket-name', 'My-Bucket', /lower-case.*s3-force-path-style/],
    ['s3-bucket-name', 'my_bucket', /no bucket name/],
    ['s3-bucket-name', '-bucket', /no bucket name/],
    ['s3-bucket-name', 'bucket.', /no bucket name/],
    ['s3-bucket-name', 'a..b', /no bucket name/],
    ['s3-bucket-name', '192.168.5.4', /no bucket name/],
    ['s3-bucket-name', 'arn:aws:s3:::my-bucket', /an ARN/],
    ['s3-bucket-name', 'arn:aws:s3:us-east-1:123456789012:accesspoint/mine', /an ARN.*alias of the access point/],
    ['s3-bucket-name', 's3://my-bucket/folder', /a URI.*s3-key-prefix/],
    ['s3-bucket-name', 'https://my-bucket.s3.amazonaws.com', /a URI/],
    ['s3-bucket-name', 'my-bucket/folder', /a folder.*s3-key-prefix/],
    ['s3-bucket-name', 'my-bucket.s3.eu-west-1.amazonaws.com', /host name/],
    ['s3-bucket-name', 'my-bucket--use1-az4--x-s3', /directory bucket/],
    ['s3-key-prefix', '{tabel}', /no placeholder.*\{table\}/],
    ['s3-key-prefix', '{run-id}', /GITHUB_RUN_ID/],
    ['s3-key-prefix', 'x'.repeat(1000), /1,024/],
    ['s3-key-prefix', 'a\tb', /control/],
    ['file-size', '10 parsecs', /"10 parsecs" is not allowed. Use a whole number of bytes, KiB, MiB or GiB/],
    ['file-size', '10 MB', /64KiB to 4GiB/],
    ['file-size', '1.5GiB', /whole number/],
    ['file-size', '65535', /64KiB to 4GiB/],
    ['file-size', '4097MiB', /64KiB to 4GiB/],
    ['file-size', '0', /64KiB/],
    ['file-size', '-1', /whole number/],
    ['file-size', '1e6', /whole number/],
    ['file-size', '128  MiB', /whole number/],
    ['file-size', '99999999999999999999', /whole number/],
    ['export-format', 'json', /"json" is not allowed. Use DYNAMODB_JSON, ION or JSON/],
    ['export-format', 'Ion', /DYNAMODB_JSON, ION or JSON/],
    ['export-format', 'CUSTOM', /DYNAMODB_JSON, ION or JSON/],
    ['export-format', 'CSV', /DYNAMODB_JSON, ION or JSON/],
    ['compression', 'GZIP', /gzip, zstd or none/],
    ['compression', 'brotli', /gzip, zstd or none/],
    ['read-capacity', '0', /auto, none, read units a second as a whole number from 1 to 100,000,000/],
    ['read-capacity', '0.5', /a share from 1% to 100%/],
    ['read-capacity', '120%', /1% to 100%/],
    ['total-segments', '0', /auto, or a whole number from 1 to 1,000,000/],
    ['total-segments', '1000001', /1,000,000/],
    ['total-segments', '1.0', /whole number/],
    ['total-segments', '-5', /whole number/],
    ['total-segments', '0x10', /whole number/],
    ['total-segments', 'Auto', /auto/],
    ['s3-bucket-owner', '12345678901', /12 digits/],
    ['s3-bucket-owner', '1234-5678-9012', /12 digits/],
    ['s3-sse-algorithm', 'aws:kms', /AES256 or KMS/],
    ['s3-sse-kms-key-id', 'alias/backups', /needs s3-sse-algorithm: KMS/],
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
    ['s3-put-object-kwargs', 'a: 1\na: 2', /Line 2, column 1: the same key/],
  ] as const) {
    it(`${name}: ${JSON.stringify(value.slice(0, 60))} is an error`, () => {
      const lines = problemsOf({ [name]: value });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith(`${name}: `), lines[0]);
      assert.match(lines[0] ?? '', expected);
    });
  }

  it('with problems report all of them at once, none with a value of the scan', () => {
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

  it('are shown in one line, escaped and shortened', () => {
    const lines = problemsOf({ compression: `a\n::error::\u2028\u202e\ud800${'x'.repeat(200)}` });
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? '',
      /^compression: "a\\n::error::\\u2028\\u202e\\ud800x{66}" \(shortened\) is not allowed/,
    );
  });

  it('that have lower-case names in the environment are not read', () => {
    assert.equal(
      readInputs(
        { ...REGION, 'INPUT_DYNAMODB-TABLE-NAME': 'Music', 'INPUT_S3-BUCKET-NAME': 'abc', input_compression: 'x' },
        NOW,
      ).compression,
      'gzip',
    );
  });
});

describe('process-func', () => {
  const processFunc = { 'process-func': 'mask.mjs' };

  it('makes the format, so that export-format is not set beside it', () => {
    for (const format of ['', 'DYNAMODB_JSON']) {
      assert.equal(read({ ...processFunc, 'export-format': format }).processFunc, 'mask.mjs');
    }
    for (const format of ['ION', 'JSON']) {
      const lines = problemsOf({ ...processFunc, 'export-format': format });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', /^process-func: cannot be set with export-format/);
    }
  });

  it('does not make a wrong export-format wrong twice', () => {
    const lines = problemsOf({ ...processFunc, 'export-format': 'CSV' });
    assert.deepEqual(lines.map((line) => line.split(': ')[0]).sort(), ['export-format', 'process-func']);
  });

  it('is for scans', () => {
    const lines = problemsOf({ ...processFunc, 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^process-func: is for scans/);
  });
});

describe('read-capacity', () => {
  it('is for scans, but keeps nobody from exporting where that is chosen', () => {
    const lines = problemsOf({ 'read-capacity': '25%', 'point-in-time-export': 'true' });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^read-capacity: is for scans/);
    assert.deepEqual(scanOnly(read({ 'read-capacity': '25%', 'point-in-time-export': 'auto' })), []);
    assert.deepEqual(scanOnly(read({ compression: 'zstd', 'point-in-time-export': 'auto' })), ['compression']);
  });
});

describe('bucket names with s3-force-path-style', () => {
  for (const name of ['My_Bucket', 'x'.repeat(100), 'a.b']) {
    it(`take ${name.slice(0, 20)}`, () => {
      assert.equal(read({ 's3-bucket-name': name, 's3-force-path-style': 'true' }).bucket, name);
    });
  }
  for (const name of ['a', 'x'.repeat(256), 'a b', 'a/b', 'a..b', '1.2.3.4', '.abc', 'arn:aws:s3:::abc']) {
    it(`refuse ${name.slice(0, 20)}`, () => {
      assert.equal(problemsOf({ 's3-bucket-name': name, 's3-force-path-style': 'true' }).length, 1);
    });
  }
});

describe('regions', () => {
  const arnIn = (partition: string, region: string) => `arn:${partition}:dynamodb:${region}:123456789012:table/Music`;
  const both = { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-west-3' };
  for (const [what, given, env, source, dest] of [
    ['AWS_REGION', {}, both, 'eu-central-1', undefined],
    ['AWS_DEFAULT_REGION', {}, { AWS_REGION: ' ', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3', undefined],
    ['aws-region over the environment', { 'aws-region': 'sa-east-1' }, both, 'sa-east-1', 'sa-east-1'],
    ['source-aws-region', { 'source-aws-region': 'sa-east-1' }, {}, 'sa-east-1', undefined],
    ['dest-aws-region', { 'dest-aws-region': 'sa-east-1' }, both, 'eu-central-1', 'sa-east-1'],
    [
      'each side over aws-region',
      { 'aws-region': 'a-b-1', 'source-aws-region': 'c-d-1', 'dest-aws-region': 'e-f-1' },
      {},
      'c-d-1',
      'e-f-1',
    ],
    ['the ARN without any region', { 'dynamodb-table-name': ARN }, {}, 'us-east-1', undefined],
    ['the ARN over AWS_REGION', { 'dynamodb-table-name': ARN }, both, 'us-east-1', undefined],
    ['the ARN with a wrong AWS_REGION', { 'dynamodb-table-name': ARN }, { AWS_REGION: 'x y' }, 'us-east-1', undefined],
    ['the ARN and aws-region', { 'dynamodb-table-name': ARN, 'aws-region': 'us-east-1' }, {}, 'us-east-1', 'us-east-1'],
    [
      'the ARN and source-aws-region, with aws-region for the bucket',
      { 'dynamodb-table-name': ARN, 'source-aws-region': 'us-east-1', 'aws-region': 'eu-west-1' },
      {},
      'us-east-1',
      'eu-west-1',
    ],
    [
      'the ARN and dest-aws-region',
      { 'dynamodb-table-name': ARN, 'dest-aws-region': 'eu-west-1' },
      {},
      'us-east-1',
      'eu-west-1',
    ],
    ['China', { 'dynamodb-table-name': arnIn('aws-cn', 'cn-north-1') }, {}, 'cn-north-1', undefined],
    ['GovCloud', { 'dynamodb-table-name': arnIn('aws-us-gov', 'us-gov-west-1') }, {}, 'us-gov-west-1', undefined],
    [
      'an isolated one',
      { 'dynamodb-table-name': arnIn('aws-iso-b', 'us-isob-east-1') },
      {},
      'us-isob-east-1',
      undefined,
    ],
    [
      'the European cloud',
      { 'dynamodb-table-name': arnIn('aws-eusc', 'eusc-de-east-1') },
      {},
      'eusc-de-east-1',
      undefined,
    ],
    ['DynamoDB Local', { 'dynamodb-table-name': arnIn('aws', 'ddblocal') }, {}, 'ddblocal', undefined],
  ] as const) {
    it(`from ${what}`, () => {
      const inputs = read(given, env);
      assert.equal(inputs.sourceRegion, source);
      assert.equal(inputs.destRegion, dest);
    });
  }

  for (const [what, given, env, expected] of [
    ['none at all', {}, {}, /^aws-region: .*source-aws-region.*ARN.*AWS_REGION/],
    ['a destination alone', { 'dest-aws-region': 'eu-west-1' }, {}, /^aws-region: /],
    ['a wrong AWS_REGION', {}, { AWS_REGION: 'x y' }, /^AWS_REGION: "x y", in the environment/],
    ['an index without a region', { 'dynamodb-table-name': `${ARN}/index/x` }, {}, /^dynamodb-table-name: /],
    ['an ARN elsewhere', { 'dynamodb-table-name': ARN, 'aws-region': 'eu-west-1' }, {}, /^aws-region: .*"us-east-1"/],
    [
      'an ARN elsewhere than the source',
      { 'dynamodb-table-name': ARN, 'source-aws-region': 'eu-west-1', 'aws-region': 'us-east-1' },
      {},
      /^source-aws-region: .*"us-east-1"/,
    ],
  ] as const) {
    it(`refuse ${what}`, () => {
      const lines = problemsOf(given, env);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }
});

describe('encryption', () => {
  const kms = { 's3-sse-algorithm': 'KMS' };
  for (const key of [
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    'mrk-1234abcd12ab34cd56ef1234567890ab',
    'alias/my_key',
    'arn:aws:kms:eu-west-1:123456789012:alias/x',
  ]) {
    it(`takes the key ${key}`, () => {
      assert.deepEqual(read({ ...kms, 's3-sse-kms-key-id': key }).encryption, { algorithm: 'KMS', kmsKeyId: key });
    });
  }

  for (const [what, given, expected] of [
    ['a key with AES256', { 's3-sse-algorithm': 'AES256', 's3-sse-kms-key-id': 'x' }, /^s3-sse-kms-key-id: needs/],
    [
      'a key with a wrong algorithm',
      { 's3-sse-algorithm': 'aws:kms', 's3-sse-kms-key-id': 'x' },
      /^s3-sse-algorithm: /,
    ],
    ['a key with a space', { ...kms, 's3-sse-kms-key-id': 'a b' }, /^s3-sse-kms-key-id: "a b"/],
    [
      'a key in another region than the bucket',
      { ...kms, 's3-sse-kms-key-id': 'arn:aws:kms:us-east-1:123456789012:key/x', 'dest-aws-region': 'eu-west-1' },
      /^s3-sse-kms-key-id: .*"us-east-1".*"eu-west-1"/,
    ],
    ['a bucket key without KMS', { 's3-put-object-kwargs': '{"BucketKeyEnabled": true}' }, /BucketKeyEnabled: needs/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const lines = problemsOf(given);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }
});

describe('segments', () => {
  const share = (total: number) => `{"Segment": 0, "TotalSegments": ${total}}`;
  for (const [kwargs, segments] of [
    [share(62_500), 'auto'],
    [share(1_000_000), '1'],
    [share(10), '100000'],
    ['{"ExclusiveStartKey": {"a": 1}}', 'auto'],
    ['{"ExclusiveStartKey": {"a": 1}}', '1'],
    ['{"ExclusiveStartKey": {"a": 1}, "Segment": 0, "TotalSegments": 1000000}', 'auto'],
  ] as const) {
    it(`of ${kwargs} by ${segments}`, () => {
      read({ 'dynamodb-scan-kwargs': kwargs, 'total-segments': segments });
    });
  }

  for (const [kwargs, segments, expected] of [
    [share(62_501), 'auto', /1,000,000 segments.*read in 16. Use 15 at the most/],
    [share(10), '100001', /read in 100,001. Use 100,000 at the most/],
    [share(1_000_000), '2', /Use 1 at the most/],
    ['{"ExclusiveStartKey": {"a": 1}}', '2', /ExclusiveStartKey/],
    ['{"ExclusiveStartKey": {"a": 1}, "Segment": 0, "TotalSegments": 2}', '16', /ExclusiveStartKey/],
  ] as const) {
    it(`refuse ${kwargs} by ${segments}`, () => {
      const lines = problemsOf({ 'dynamodb-scan-kwargs': kwargs, 'total-segments': segments });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith('total-segments: '), lines[0]);
      assert.match(lines[0] ?? '', expected);
    });
  }
});
