import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { type RestoreInputs, readRestoreInputs } from '../../src/inputs/restore-inputs.ts';
import { type Given, REGION } from './read-step.ts';

const REQUIRED = { 'dynamodb-table-name': 'orders-restored', 's3-bucket-name': 'my-backups' };
const COPY = 's3://my-backups/nightly/AWSDynamoDB/01763806396789-8c1f3a2b/';

function read(given: Given, env: NodeJS.ProcessEnv = REGION): RestoreInputs {
  const variables = Object.entries({ ...REQUIRED, ...given }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return readRestoreInputs({ ...env, ...Object.fromEntries(variables) });
}

function problemsOf(given: Given, env?: NodeJS.ProcessEnv): string[] {
  try {
    read(given, env);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'INVALID_INPUT');
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^- /, ''));
  }
  return assert.fail('readRestoreInputs reported no problem');
}

describe('inputs of the restore Action', () => {
  it('have defaults that write into no existing table', () => {
    const { copy, bucket, method, ifTableExists, allow, temporary, settings, writeCapacity, dryRun } = read({});
    assert.deepEqual(copy, { template: [], before: undefined, sourceTable: undefined });
    assert.deepEqual(
      { bucket, method, ifTableExists, temporary, dryRun },
      {
        ...{ bucket: 'my-backups', method: 'auto', ifTableExists: 'error' },
        ...{ temporary: false, dryRun: false },
      },
    );
    assert.deepEqual(allow, { sourceTable: false, globalTable: false, stream: false, subset: false });
    assert.deepEqual(settings, ['tags', 'pitr', 'stream', 'deletion-protection']);
    assert.deepEqual(writeCapacity, { kind: 'auto' });
  });

  it('accept the URI of a copy without a bucket name', () => {
    const { bucket, copy } = read({ copy: COPY, 's3-bucket-name': '' });
    assert.equal(bucket, 'my-backups');
    assert.equal('exportId' in copy && copy.exportId, '01763806396789-8c1f3a2b');
  });

  it('limit the search for the latest copy', () => {
    const { copy } = read({
      before: '2026-11-22T03:00:00Z',
      'source-table-name': 'orders',
      's3-key-prefix': 'nightly/{date}',
    });
    assert.deepEqual(copy, {
      template: [['nightly'], ['', '']],
      before: new Date('2026-11-22T03:00:00Z'),
      sourceTable: { name: 'orders' },
    });
  });

  it('search only the folders of the copied table if its name is known', () => {
    const given = { 's3-key-prefix': '{table}/{{table}}/{date}', 'source-table-name': 'orders' };
    const template = (more: Given) => {
      const { copy } = read({ ...given, ...more });
      return 'template' in copy ? copy.template : undefined;
    };
    assert.deepEqual(template({}), [['orders'], ['{table}'], ['', '']]);
    assert.deepEqual(template({ 'source-table-name': '' }), [['', ''], ['{table}'], ['', '']]);
  });

  it('name the sides of the restore', () => {
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const given = {
      'table-role-to-assume': role('writer'),
      'bucket-role-to-assume': role('reader'),
      'table-aws-region': 'eu-west-1',
      'bucket-aws-region': 'us-east-1',
    };
    const { roles, sourceRegion, destRegion } = read(given);
    assert.deepEqual([roles.source, roles.dest], [role('writer'), role('reader')]);
    assert.deepEqual([sourceRegion, destRegion], ['eu-west-1', 'us-east-1']);
  });

  it('name the inputs of this Action if the Region of the table is unknown', () => {
    assert.match(problemsOf({}, {}).join('\n'), /^aws-region: is required .* table-aws-region/);
  });

  for (const [text, settings] of [
    ['none', []],
    ['safe', ['tags', 'pitr', 'stream', 'deletion-protection']],
    ['all', ['tags', 'pitr', 'stream', 'deletion-protection', 'resource-policy', 'ttl']],
    ['ttl, tags', ['tags', 'ttl']],
    ['stream\npitr', ['pitr', 'stream']],
  ] as const) {
    it(`read restore-settings ${JSON.stringify(text)}`, () => {
      assert.deepEqual(read({ 'restore-settings': text }).settings, settings);
    });
  }

  it('read create-table-kwargs as parameters of CreateTable', () => {
    const kwargs = 'BillingMode: PROVISIONED\nProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 10}\n';
    assert.deepEqual(read({ 'create-table-kwargs': kwargs }).overrides, {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 10 },
    });
  });

  const INVALID: readonly (readonly [given: Given, problem: RegExp])[] = [
    [{ 'dynamodb-table-name': '' }, /^dynamodb-table-name: is required/],
    [{ 's3-bucket-name': '' }, /^s3-bucket-name: is required/],
    [{ copy: '' }, /^copy: is empty\. Correct the expression, or use latest/],
    [{ copy: 'newest' }, /^copy: "newest" is not the URI of a copy/],
    [{ copy: COPY, 's3-bucket-name': 'others' }, /^s3-bucket-name: is not the bucket in the input copy/],
    [{ copy: COPY, before: '2026-11-22' }, /^before: has an effect only with copy: latest/],
    [{ copy: COPY, 'source-table-name': 'orders' }, /^source-table-name: has an effect only with/],
    [{ copy: COPY, 's3-key-prefix': 'nightly' }, /^s3-key-prefix: has an effect only with/],
    [{ before: '-PT2H' }, /^before: "-PT2H" is invalid/],
    [{ method: 'bulk-put' }, /^failed-items-s3-uri: is required with method bulk-put/],
    [{ 'failed-items-s3-uri': 's3://failed/x' }, /^failed-items-s3-uri: has an effect only with method bulk-put/],
    [{ method: 'bulk-put', 'failed-items-s3-uri': 'failed/x' }, /^failed-items-s3-uri: "failed\/x" is invalid/],
    [{ temporary: 'true', 'if-table-exists': 'overwrite' }, /^temporary: is true, but if-table-exists is overwrite/],
    [{ method: 'import', 'if-table-exists': 'load-if-empty' }, /^if-table-exists: is load-if-empty, but an import/],
    [{ method: 'import', 'write-capacity': '100' }, /^write-capacity: has no effect with method import/],
    [{ 'write-capacity': '0' }, /^write-capacity: "0" is invalid.*\(WCU\)/],
    [{ 'restore-settings': 'tags, indexes' }, /^restore-settings: .* is invalid/],
    [{ 'create-table-kwargs': '{"TableName": "x"}' }, /^create-table-kwargs\.TableName: is not supported/],
    [{ 'create-table-kwargs': '{"Tags": []}' }, /^create-table-kwargs\.Tags: is not supported/],
    [{ 'create-table-kwargs': '{"KeySchema": {}}' }, /^create-table-kwargs\.KeySchema: must be a list/],
    [
      { 'create-table-kwargs': '{"GlobalSecondaryIndexes": null}' },
      /^create-table-kwargs\.GlobalSecondaryIndexes: must not be null/,
    ],
    [{ 'create-table-kwargs': '{"KeySchema": [null]}' }, /^create-table-kwargs\.KeySchema\[0\]: must not be null/],
    [
      { 'create-table-kwargs': '{"GlobalSecondaryIndexes": ["by-day"]}' },
      /^create-table-kwargs\.GlobalSecondaryIndexes\[0\]: must be a mapping/,
    ],
    [
      { 'create-table-kwargs': '{"GlobalSecondaryIndexes": [{"KeySchema": {}}]}' },
      /^create-table-kwargs\.GlobalSecondaryIndexes\[0\]\.KeySchema: must be a list/,
    ],
    [
      { 'create-table-kwargs': '{"OnDemandThroughput": {"MaxWriteRequestUnits": "100"}}' },
      /^create-table-kwargs\.OnDemandThroughput\.MaxWriteRequestUnits: must be a whole number, without quotes/,
    ],
    [
      { 'create-table-kwargs': 'WarmThroughput: {WriteUnitsPerSecond: 1_000}' },
      /^create-table-kwargs\.WarmThroughput\.WriteUnitsPerSecond: must be a whole number/,
    ],
    [
      { 'create-table-kwargs': '{"SSESpecification": true}' },
      /^create-table-kwargs\.SSESpecification: must be a mapping/,
    ],
    [
      { 'create-table-kwargs': '{"BillingMode": "ON_DEMAND"}' },
      /^create-table-kwargs\.BillingMode: must be PROVISIONED or/,
    ],
    [
      { 'create-table-kwargs': '{"DeletionProtectionEnabled": true}', temporary: 'true' },
      /^create-table-kwargs\.DeletionProtectionEnabled: cannot be true with temporary/,
    ],
    [{ 'max-attempts': '0' }, /^max-attempts: "0" is invalid/],
    [{ 'allow-stream': 'yes' }, /^allow-stream: "yes" is invalid/],
  ];
  for (const [given, problem] of INVALID) {
    it(`are rejected with one problem: ${JSON.stringify(given)}`, () => {
      const problems = problemsOf(given);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }
});
