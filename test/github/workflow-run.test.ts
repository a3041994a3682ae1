import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runContext } from '../../src/github/run-context.ts';
import { type WorkflowRun, workflowRun } from '../../src/github/workflow-run.ts';

const temp = mkdtempSync(join(tmpdir(), 'workflow-run-'));
after(() => rmSync(temp, { recursive: true }));

const ENV = {
  GITHUB_REPOSITORY_ID: '1',
  GITHUB_RUN_ID: '2',
  GITHUB_JOB: 'backup',
  GITHUB_ACTION: '__dynamodb-to-s3',
  GITHUB_RUN_ATTEMPT: '1',
  RUNNER_TEMP: temp,
  'INPUT_S3-KEY-PREFIX': '{date}',
  INPUT_MATRIX: 'null',
  'INPUT_JOB-INDEX': '0',
  'INPUT_MAX-ATTEMPTS': '690',
};

describe('the identity of a step', () => {
  const first = runOf(ENV).identity;

  test('is the same on a re-run, with the new attempt number', () => {
    const again = runOf({ ...ENV, GITHUB_RUN_ATTEMPT: '2' }).identity;
    assert.equal(again?.tokenPrefix, first?.tokenPrefix);
    assert.equal(again?.attempt, 2);
  });

  test('is the same if max-attempts, check-interval, max-parallel or max-consumed-read-capacity changed', () => {
    const changed = {
      'INPUT_MAX-ATTEMPTS': '2000',
      'INPUT_CHECK-INTERVAL': '60',
      'INPUT_MAX-PARALLEL': '3',
      'INPUT_MAX-CONSUMED-READ-CAPACITY': '5000',
    };
    const again = runOf({ ...ENV, ...changed }).identity;
    assert.equal(again?.tokenPrefix, first?.tokenPrefix);
  });

  test('is the same with another token, commit-status or commit-sha, because they do not change the copy', () => {
    const status = { 'INPUT_GITHUB-TOKEN': 'ghs_1', 'INPUT_COMMIT-STATUS': 'backup/a', 'INPUT_COMMIT-SHA': 'a' };
    assert.deepEqual(runOf({ ...ENV, ...status }).identity, first);
    assert.deepEqual(runOf({ ...ENV, ...status, 'INPUT_GITHUB-TOKEN': 'ghs_2' }).identity, first);
  });

  for (const [difference, change] of [
    ['another run', { GITHUB_RUN_ID: '3' }],
    ['another job', { GITHUB_JOB: 'other' }],
    ['the same Action used twice in a job', { GITHUB_ACTION: '__dynamodb-to-s3_2' }],
    ['another repository', { GITHUB_REPOSITORY_ID: '9' }],
    ['another job of a matrix', { INPUT_MATRIX: '{"table":"b"}' }],
    ['another job index', { 'INPUT_JOB-INDEX': '1' }],
    ['another input', { 'INPUT_S3-KEY-PREFIX': 'x' }],
  ] as const) {
    test(`differs for ${difference}`, () => {
      assert.notEqual(runOf({ ...ENV, ...change }).identity?.tokenPrefix, first?.tokenPrefix);
    });
  }

  test('is undefined outside of a workflow', () => {
    assert.equal(runOf({ RUNNER_TEMP: temp }).identity, undefined);
  });

  test('is a valid ClientToken without a dollar sign', () => {
    assert.match(first?.tokenPrefix ?? '', /^dynamodb-to-s3-[0-9a-f]{32}-$/);
  });
});

describe('an export that a step did not wait for', () => {
  const arn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/t/export/01791506414432-3f2e5aa4';

  const later = {
    ...ENV,
    ...{ GITHUB_ACTION: '__dynamodb-to-s3_2', 'INPUT_CHECK-INTERVAL': '5', 'INPUT_COMMIT-STATUS': 'backup/a' },
  };

  test('is found by later steps of the job that differ only in waiting inputs, until it is closed', () => {
    runOf({ ...ENV, 'INPUT_MAX-ATTEMPTS': '0' }).handover.record(arn);
    assert.equal(runOf({ ...later, 'INPUT_S3-KEY-PREFIX': 'x' }).handover.find(), undefined);
    assert.equal(runOf({ ...later, GITHUB_JOB: 'other' }).handover.find(), undefined);
    assert.equal(runOf({ ...later, GITHUB_RUN_ATTEMPT: '2' }).handover.find(), undefined);
    assert.equal(runOf(later).handover.find(), arn);
    assert.equal(runOf(later).handover.find(), arn);
    runOf(later).handover.close(arn);
    assert.equal(runOf(later).handover.find(), undefined);
  });

  test('is found only after earlier exports of identical steps are closed', () => {
    const { handover } = runOf(ENV);
    handover.record(arn);
    handover.record(`${arn}0`);
    assert.equal(handover.find(), arn);
    handover.close(arn);
    assert.equal(handover.find(), `${arn}0`);
    handover.close(`${arn}0`);
    assert.equal(handover.find(), undefined);
  });

  test('is not recorded without RUNNER_TEMP, and close does nothing without a file', () => {
    const { handover } = runOf({ ...ENV, RUNNER_TEMP: '' });
    handover.record(arn);
    handover.close(arn);
    assert.equal(handover.find(), undefined);
    runOf({ ...ENV, GITHUB_JOB: 'nothing-left' }).handover.close(arn);
  });
});

test('countUse counts identical steps within an attempt', () => {
  const uses = (step: string, env: NodeJS.ProcessEnv = ENV) => runOf(env).countUse(step);
  assert.deepEqual([uses('a'), uses('a'), uses('b'), uses('a')], [1, 2, 1, 3]);
  assert.equal(uses('a', { ...ENV, GITHUB_RUN_ATTEMPT: '2' }), 1);
  assert.equal(uses('a', { ...ENV, RUNNER_TEMP: undefined }), 1);
});

function runOf(env: NodeJS.ProcessEnv): WorkflowRun {
  return workflowRun(env, runContext(env));
}
