import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { runContext } from '../../src/github/run-context.ts';
import { type PlanCopyInputs, readPlanCopyInputs } from '../../src/inputs/plan-copy-inputs.ts';
import { ARN, type Given, NOW, SECRET } from './read-step.ts';

const REQUIRED = { 'dynamodb-table-name': 'Music', 's3-bucket-name': 'my-backups' };

function readPlan(given: Given): PlanCopyInputs {
  const variables = Object.entries({ ...REQUIRED, ...given }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const env = { AWS_REGION: 'eu-central-1', ...Object.fromEntries(variables) };
  return readPlanCopyInputs(env, runContext({ GITHUB_RUN_ID: '17' }), NOW);
}

function planProblems(given: Given): string[] {
  try {
    readPlan(given);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'INVALID_INPUT');
    assert.ok(!error.message.includes(SECRET), error.message);
    return error.message.split('\n').slice(1);
  }
  return assert.fail('the inputs are valid');
}

test('the inputs of a plan have defaults', () => {
  const { roles, putObject, ...inputs } = readPlan({});
  assert.deepEqual(inputs, {
    bucket: 'my-backups',
    forcePathStyle: false,
    payloadSigningEnabled: false,
    table: { name: 'Music' },
    keyPrefix: '',
    shards: 'auto',
    maxParallel: undefined,
    readCapacity: { kind: 'auto' },
    fileSize: 128 * 1024 * 1024,
    totalSegments: 'auto',
    scan: {},
    sourceRegion: 'eu-central-1',
    dryRun: false,
  });
  assert.deepEqual(putObject, {});
  assert.equal(roles.chaining, false);
});

test('the inputs of a plan are read', () => {
  const inputs = readPlan({
    'dynamodb-table-name': ARN,
    's3-key-prefix': '/{table}/{date}/{run-id}/',
    'aws-region': 'us-east-1',
    shards: '8',
    'max-parallel': '4',
    'read-capacity': '25%',
    'file-size': '64MiB',
    'total-segments': '800',
    'dynamodb-scan-kwargs': '{"IndexName": "by-date", "ConsistentRead": true}',
    's3-sse-algorithm': 'KMS',
    'dry-run': 'true',
  });
  assert.equal(inputs.table.arn, ARN);
  assert.equal(inputs.keyPrefix, 'Music/2026-11-22/17');
  assert.deepEqual([inputs.shards, inputs.maxParallel, inputs.totalSegments], [8, 4, 800]);
  assert.deepEqual(inputs.readCapacity, { kind: 'percentage', fraction: 0.25 });
  assert.equal(inputs.fileSize, 64 * 1024 * 1024);
  assert.deepEqual(inputs.scan, { IndexName: 'by-date', ConsistentRead: true });
  assert.deepEqual(inputs.encryption, { algorithm: 'KMS' });
  assert.equal(inputs.dryRun, true);
});

suite('invalid inputs of a plan are reported', () => {
  const cases: readonly (readonly [name: string, value: string, problem: RegExp])[] = [
    ['dynamodb-table-name', '', /^- dynamodb-table-name: is required/],
    ['s3-bucket-name', '', /^- s3-bucket-name: is required/],
    ['shards', '0', /^- shards: "0" is invalid. Use auto, or a whole number from 1 to 256\.$/],
    ['shards', '257', /^- shards: "257" is invalid/],
    ['shards', 'many', /^- shards: "many" is invalid/],
    ['max-parallel', '0', /^- max-parallel: "0" is invalid. Use a whole number from 1 to 256\.$/],
    ['max-parallel', 'auto', /^- max-parallel: "auto" is invalid/],
    [
      'total-segments',
      '20001',
      /^- total-segments: "20001" is invalid. Use auto, or a whole number from 1 to 20,000\.$/,
    ],
    ['read-capacity', '0', /^- read-capacity: "0" is invalid/],
    ['file-size', '1KB', /^- file-size: "1KB" is invalid/],
    ['s3-key-prefix', '{tables}', /^- s3-key-prefix: .* is not a valid placeholder/],
    ['dynamodb-scan-kwargs', '{"IndexName": "a"}', /^- dynamodb-scan-kwargs\.IndexName: must have 3 to 255 characters/],
    ['dynamodb-scan-kwargs', '{"ConsistentRead": "yes"}', /^- dynamodb-scan-kwargs\.ConsistentRead: must be true/],
    [
      'dynamodb-scan-kwargs',
      `{"FilterExpression": "a = ${SECRET}"}`,
      /^- dynamodb-scan-kwargs\.FilterExpression: does not affect the plan. Set it only in the step that copies/,
    ],
    [
      'dynamodb-scan-kwargs',
      '{"TotalSegments": 4}',
      /TotalSegments: cannot be set, because the plan divides the table/,
    ],
    ['dynamodb-scan-kwargs', '{"Foo": 4}', /Foo: is not a supported parameter. Use IndexName or ConsistentRead/],
    ['s3-put-object-kwargs', '{"BucketKeyEnabled": true}', /BucketKeyEnabled: requires s3-sse-algorithm: KMS/],
    ['dry-run', 'yes', /^- dry-run: "yes" is invalid/],
  ];
  for (const [name, value, problem] of cases) {
    test(`${name}: ${value}`, () => {
      const lines = planProblems({ [name]: value });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', problem);
    });
  }

  test('all at once', () => {
    assert.equal(planProblems({ shards: '0', 'max-parallel': '0', 'file-size': '0' }).length, 3);
  });
});
