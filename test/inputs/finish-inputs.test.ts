import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { type FinishInputs, readFinishInputs } from '../../src/inputs/finish-inputs.ts';
import { startTimeOf } from '../../src/manifest/export-id.ts';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { ARN, type Given, REGION } from './read-step.ts';

const REQUIRED = { plan: formatPlan(PLAN), 'dynamodb-table-name': 'orders', 's3-bucket-name': 'my-backups' };

function read(given: Given = {}, env: NodeJS.ProcessEnv = REGION): FinishInputs {
  const variables = Object.entries({ ...REQUIRED, ...given }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return readFinishInputs({ ...env, ...Object.fromEntries(variables) });
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
  return assert.fail('readFinishInputs reported no problem');
}

describe('inputs of the finish Action', () => {
  it('need only the plan, the table and the bucket', () => {
    const { plan, table, bucket, ifEmpty, dryRun, putObject, sourceRegion, destRegion } = read();
    assert.deepEqual(plan, PLAN);
    assert.deepEqual(
      { table, bucket, ifEmpty, dryRun, putObject, sourceRegion, destRegion },
      {
        ...{ table: { name: 'orders' }, bucket: 'my-backups', ifEmpty: 'warn', dryRun: false, putObject: {} },
        ...{ sourceRegion: 'eu-central-1', destRegion: undefined },
      },
    );
  });

  it('report all problems together', () => {
    const given = { plan: 'nonsense', 'dynamodb-table-name': '', 's3-bucket-name': '', 'if-empty': 'maybe' };
    const problems = problemsOf(given).map((problem) => problem.split(':')[0]);
    assert.deepEqual(problems, ['plan', 'dynamodb-table-name', 's3-bucket-name', 'if-empty']);
  });

  it('explain that runners drop outputs with masked values if the plan is empty', () => {
    assert.match(problemsOf({ plan: '' }).join(), /^plan: is empty\. .*masked value/);
  });

  it('take the Regions and roles of the table and the bucket', () => {
    const { sourceRegion, destRegion, roles } = read({
      'dynamodb-table-name': ARN,
      'dest-aws-region': 'eu-west-1',
      'source-role-to-assume': 'arn:aws:iam::111111111111:role/reads',
      'dest-role-to-assume': 'arn:aws:iam::222222222222:role/writes',
      's3-bucket-owner': '222222222222',
    });
    assert.deepEqual([sourceRegion, destRegion], ['us-east-1', 'eu-west-1']);
    assert.deepEqual(
      [roles.source, roles.dest],
      ['arn:aws:iam::111111111111:role/reads', 'arn:aws:iam::222222222222:role/writes'],
    );
  });

  it('accept a retention date that was in the future when the copy was planned', () => {
    const until = (offsetMs: number) => new Date(startTimeOf(PLAN.exportId) + offsetMs).toISOString();
    const kwargs = (date: string) => ({
      's3-put-object-kwargs': JSON.stringify({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: date }),
    });
    assert.deepEqual(read(kwargs(until(60_000))).putObject.ObjectLockRetainUntilDate, new Date(until(60_000)));
    assert.match(problemsOf(kwargs(until(-60_000))).join(), /ObjectLockRetainUntilDate: is in the past/);
  });
});
