import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cancelledError } from '../../src/report/cancelled-error.ts';
import type { CopyState } from '../../src/report/copy-state.ts';

const WAITING = { engine: 'export', stage: 'started', exportId: '01715685260608-c488b4e1' } as CopyState;
const NOT_STARTED = { engine: 'export', stage: 'not started' } as CopyState;

test('a cancelled scan describes what a re-run does', () => {
  assert.match(cancelledError(undefined).remedy, /^Re-run the job\. The re-run resumes this copy if possible/);
  assert.match(
    cancelledError(undefined, false).remedy,
    /^Re-run the job\. With resume: false, the re-run starts over\./,
  );
});

test('a cancelled shard describes what a re-run does', () => {
  const shard = { engine: 'scan', stage: 'started', shard: '3-of-8' } as CopyState;
  assert.equal(cancelledError(shard).message, 'The step was cancelled before shard 3-of-8 was complete.');
  assert.match(
    cancelledError(shard).remedy,
    /^Choose "Re-run failed jobs"\. The re-run resumes this shard if possible/,
  );
});

test('a cancelled export describes what happens to it', () => {
  assert.match(cancelledError(WAITING).message, /The export 01715685260608-c488b4e1 continues\.$/);
  assert.match(cancelledError(NOT_STARTED).message, /before DynamoDB confirmed an export/);
  assert.match(cancelledError(WAITING).remedy, /^Re-run the job to continue waiting/);
  assert.match(cancelledError(WAITING, false).remedy, /^With resume: false, a re-run starts another export\./);
});
