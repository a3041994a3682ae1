import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { MAX_DESCRIPTION } from '../../src/github/send-commit-status.ts';
import { commitStatusResult } from '../../src/report/commit-status-result.ts';
import { completeExport, completeScan, notStarted, startedExport, startedScan } from '../fixtures/copy-states.ts';

const TIME = '2024-05-14T11:14:20.608Z';

test('the commit status of a complete copy is success, with the items and the snapshot time', () => {
  assert.deepEqual(commitStatusResult(completeScan({ itemCount: 1_071_204 }), undefined), {
    ...{ state: 'success', description: `Copied 1,071,204 items. Snapshot time: ${TIME}` },
  });
  assert.deepEqual(commitStatusResult(completeExport({ itemCount: 1 }), undefined), {
    ...{ state: 'success', description: `Copied 1 item. Snapshot time: ${TIME}` },
  });
});

test('the commit status of a copy that is limited by a filter states that it is a part of the table', () => {
  const { description } = commitStatusResult(completeScan({ itemCount: 5, scope: 'subset' }), undefined);
  assert.equal(description, `Copied 5 items, a part of the table. Snapshot time: ${TIME}`);
});

test('the commit status of a copy of items that a module returned states that they are not those of the table', () => {
  const { description } = commitStatusResult(completeScan({ itemCount: 5, scope: 'transformed' }), undefined);
  assert.equal(description, `Copied 5 items, changed by process-func. Snapshot time: ${TIME}`);
});

test('the commit status of an empty copy that the step accepts is success with 0 items', () => {
  const { state, description } = commitStatusResult(completeScan({ itemCount: 0 }), undefined);
  assert.deepEqual([state, description], ['success', `Copied 0 items. Snapshot time: ${TIME}`]);
});

test('the commit status of an export without a time contains only the items', () => {
  const { description } = commitStatusResult(completeExport({ itemCount: 5, snapshotTime: undefined }), undefined);
  assert.equal(description, 'Copied 5 items.');
});

test('the commit status of an export that is skipped is success and states why', () => {
  assert.deepEqual(commitStatusResult(notStarted('export'), undefined), {
    ...{ state: 'success', description: 'Skipped: less than 15 minutes remain to be exported.' },
  });
});

test('the commit status of an export in progress is pending', () => {
  const { state, description } = commitStatusResult(startedExport(), undefined);
  assert.equal(state, 'pending');
  assert.match(description, /The step did not wait for the export/);
});

test('the commit status of a failed step is failure with the code, even if the copy is complete', () => {
  const failure = new CopyError('OUTPUTS_NOT_WRITTEN', 'Names of the bucket', 'Remedy');
  for (const copy of [undefined, startedScan(), completeScan(), startedExport()]) {
    assert.deepEqual(commitStatusResult(copy, failure), {
      ...{ state: 'failure', description: 'The step failed: OUTPUTS_NOT_WRITTEN' },
    });
  }
});

test('the commit status of a cancelled step is failure', () => {
  assert.deepEqual(commitStatusResult(startedScan(), new CopyError('CANCELLED', 'm', 'r')), {
    ...{ state: 'failure', description: 'The step was cancelled.' },
  });
});

test('the longest description of a commit status fits the limit of GitHub', () => {
  const copy = completeScan({ itemCount: Number.MAX_SAFE_INTEGER, scope: 'subset' });
  assert.ok(commitStatusResult(copy, undefined).description.length <= MAX_DESCRIPTION);
});
