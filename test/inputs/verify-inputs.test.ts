import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { readVerifyInputs, type VerifyInputs } from '../../src/inputs/verify-inputs.ts';
import { ARN, type Given, REGION } from './read-step.ts';

const FOLDER = 'nightly/AWSDynamoDB/01763806396789-8c1f3a2b/';
const COPY = `s3://my-backups/${FOLDER}`;

function read(given: Given, env: NodeJS.ProcessEnv = REGION): VerifyInputs {
  const variables = Object.entries({ 's3-bucket-name': 'my-backups', ...given }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return readVerifyInputs({ ...env, ...Object.fromEntries(variables) });
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
  return assert.fail('readVerifyInputs reported no problem');
}

describe('inputs of the verify Action', () => {
  it('have defaults that check the content of the latest copy, of any age', () => {
    const { copy, bucket, check, sample, compareWith, maxAgeMs, readCapacity, dryRun } = read({});
    assert.deepEqual(copy, { template: [], before: undefined, sourceTable: undefined });
    assert.deepEqual(
      { bucket, check, sample, compareWith, maxAgeMs, readCapacity, dryRun },
      {
        ...{ bucket: 'my-backups', check: 'data', sample: undefined, compareWith: undefined, maxAgeMs: undefined },
        ...{ readCapacity: { kind: 'auto' }, dryRun: false },
      },
    );
  });

  for (const name of ['compare-with', 'max-age']) {
    it(`reject an empty ${name}, which would turn the check off, but accept no`, () => {
      const problem = `${name}: is empty. Correct the expression, or use no.`;
      assert.deepEqual(problemsOf({ [name]: '' }), [problem]);
      assert.deepEqual(problemsOf({ [name]: '  ' }), [problem]);
      const { compareWith, maxAgeMs } = read({ [name]: 'no' });
      assert.deepEqual({ compareWith, maxAgeMs }, { compareWith: undefined, maxAgeMs: undefined });
    });
  }

  it('reject an empty copy, which would select the latest one', () => {
    assert.deepEqual(problemsOf({ copy: '' }), ['copy: is empty. Correct the expression, or use latest.']);
  });

  it('accept a table by name or ARN to compare with', () => {
    assert.deepEqual(read({ 'compare-with': 'Music' }).compareWith, { kind: 'table', table: { name: 'Music' } });
    const { compareWith, table, sourceRegion } = read({ 'compare-with': ARN });
    assert.equal(compareWith?.kind === 'table' && compareWith.table.arn, ARN);
    assert.deepEqual(table, { name: 'Music', arn: ARN });
    assert.equal(sourceRegion, 'us-east-1');
  });

  it('accept the URI of a copy in another bucket to compare with', () => {
    const given = { 'compare-with': `s3://others/${FOLDER}`, 'compare-bucket-owner': '222222222222' };
    const { compareWith } = read(given);
    assert.ok(compareWith?.kind === 'copy');
    assert.deepEqual([compareWith.bucket, compareWith.owner], ['others', '222222222222']);
    assert.equal(compareWith.copy.layout.root, FOLDER);
  });

  for (const [text, ms] of [
    ['PT26H', 26 * 3_600_000],
    ['P1DT2H', 26 * 3_600_000],
    ['P2W', 14 * 86_400_000],
    ['pt90s', 90_000],
  ] as const) {
    it(`read max-age ${text} as ${ms} milliseconds`, () => assert.equal(read({ 'max-age': text }).maxAgeMs, ms));
  }

  it('read a part of the data objects, a percentage, and a percentage with a seed', () => {
    assert.deepEqual(read({ sample: '2/7' }).sample, { kind: 'part', part: 2, parts: 7 });
    assert.deepEqual(read({ sample: '0.5%:3f9a2c71' }).sample, { kind: 'percent', percent: 0.5, seed: '3f9a2c71' });
    const [first, second] = [read({ sample: '10%' }).sample, read({ sample: '10%' }).sample];
    assert.ok(first?.kind === 'percent' && second?.kind === 'percent');
    assert.match(first.seed, /^[0-9a-f]{8}$/);
    assert.notEqual(first.seed, second.seed);
  });

  it('name the sides of the verification', () => {
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const given = {
      'compare-with': 'Music',
      'table-role-to-assume': role('table'),
      'bucket-role-to-assume': role('bucket'),
      'table-aws-region': 'eu-west-1',
      'bucket-aws-region': 'us-east-1',
    };
    const { roles, sourceRegion, destRegion } = read(given);
    assert.deepEqual([roles.source, roles.dest], [role('table'), role('bucket')]);
    assert.deepEqual([sourceRegion, destRegion], ['eu-west-1', 'us-east-1']);
  });

  it('need no Region of a table if no table is compared', () => {
    const { sourceRegion, destRegion } = read({ 'bucket-aws-region': 'us-east-1' }, {});
    assert.deepEqual([sourceRegion, destRegion], ['us-east-1', 'us-east-1']);
    assert.match(problemsOf({}, {}).join('\n'), /^aws-region: is required .* bucket is unknown.* bucket-aws-region/);
    assert.match(
      problemsOf({ 'compare-with': 'Music', 'bucket-aws-region': 'us-east-1' }, {}).join('\n'),
      /^aws-region: is required .* table is unknown.* table-aws-region, use the table ARN in compare-with/,
    );
  });

  const INVALID: readonly (readonly [given: Given, problem: RegExp])[] = [
    [{ 's3-bucket-name': '' }, /^s3-bucket-name: is required/],
    [{ copy: 'newest' }, /^copy: "newest" is not the URI of a copy/],
    [{ copy: COPY, before: '2026-11-22' }, /^before: has an effect only with copy: latest/],
    [{ check: 'all' }, /^check: "all" is invalid\. Use manifests or data/],
    [{ 'max-age': '26h' }, /^max-age: "26h" is invalid\. Use an ISO 8601 duration/],
    [{ 'max-age': '-PT26H' }, /^max-age: "-PT26H" is invalid/],
    [{ 'max-age': 'PT0S' }, /^max-age: "PT0S" is invalid/],
    [{ 'max-age': 'P1M' }, /^max-age: "P1M" is invalid/],
    [{ 'max-age': `P${'9'.repeat(30)}D` }, /^max-age: .* is invalid/],
    [{ sample: '0/7' }, /^sample: "0\/7" is invalid/],
    [{ sample: '8/7' }, /^sample: "8\/7" is invalid/],
    [{ sample: '1/1001' }, /^sample: "1\/1001" is invalid/],
    [{ sample: '0%' }, /^sample: "0%" is invalid/],
    [{ sample: '101%' }, /^sample: "101%" is invalid/],
    [{ sample: '10' }, /^sample: "10" is invalid/],
    [{ sample: '10%', check: 'manifests' }, /^sample: has an effect only with check: data/],
    [{ sample: '1/7', 'compare-with': 'Music' }, /^sample: cannot be set with compare-with/],
    [{ check: 'manifests', 'compare-with': 'Music' }, /^check: is manifests, but compare-with reads/],
    [{ 'compare-with': 'a' }, /^compare-with: "a" is not a valid table name/],
    [{ 'compare-with': `${ARN}/export/1` }, /^compare-with: .* is an export ARN/],
    [{ 'compare-with': 's3://my-backups/nightly' }, /^compare-with: .* is not the URI of a copy/],
    [{ copy: COPY, 'compare-with': COPY }, /^compare-with: is the copy in the input copy/],
    [
      { 'compare-bucket-owner': '222222222222' },
      /^compare-bucket-owner: has an effect only if compare-with is the URI/,
    ],
    [
      { 'compare-with': 's3://others/AWSDynamoDB/01763806396789-8c1f3a2b/', 'compare-bucket-owner': '22' },
      /^compare-bucket-owner: "22" is invalid/,
    ],
    [{ 'read-capacity': '100' }, /^read-capacity: has an effect only if compare-with is a table/],
    [{ 'compare-with': 'Music', 'read-capacity': '0' }, /^read-capacity: "0" is invalid/],
  ];
  for (const [given, problem] of INVALID) {
    it(`are rejected with one problem: ${JSON.stringify(given)}`, () => {
      const problems = problemsOf(given);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }
});
