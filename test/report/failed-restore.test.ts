import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { RestoreInputs } from '../../src/inputs/restore-inputs.ts';
import { failedRestore } from '../../src/report/failed-restore.ts';
import { RestoreProgress, type RestoreState } from '../../src/restore/restore-progress.ts';

const DENIED = new CopyError('ACCESS_DENIED', 'The role is not authorized.', 'Grant it.');
const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders/import/1';

function failed(state: Partial<RestoreState>, error = DENIED): CopyError {
  const progress = new RestoreProgress({
    ...{ stage: 'loading', method: 'write', methodReason: 'as requested', isNewTable: true },
    ...state,
  });
  return failedRestore(error, { inputs: { table: { name: 'orders' } } as RestoreInputs, progress });
}

const CASES: readonly (readonly [state: Partial<RestoreState>, message: RegExp, remedy: RegExp])[] = [
  [{ stage: 'creating' }, /The table orders may exist\.$/, /A re-run creates it, or continues with it if it exists\.$/],
  [{ stage: 'loading' }, /The table orders may be partial\.$/, /A re-run continues with the same table/],
  [{ stage: 'loading', isNewTable: false }, /may be partial\.$/, /if-table-exists: overwrite\.$/],
  [{ stage: 'loading', importArn: ARN }, /DynamoDB continues to load/, /A re-run waits/],
  [{ stage: 'loaded' }, /All items are in table orders/, /A re-run continues/],
  [{ stage: 'loaded', importArn: ARN }, /All items are in table orders/, /A re-run applies them\.$/],
];

for (const [state, message, remedy] of CASES) {
  test(`a failed restore reports what exists: ${JSON.stringify(state)}`, () => {
    const error = failed(state);
    assert.equal(error.code, 'ACCESS_DENIED');
    assert.match(error.message, message);
    assert.match(error.message, /^The role is not authorized\. /);
    assert.match(error.remedy, remedy);
  });
}

test('a failed restore that wrote nothing, or whose error reports what exists, is unchanged', () => {
  assert.equal(failed({ stage: 'not started' }), DENIED);
  assert.equal(failedRestore(DENIED, {}), DENIED);
  for (const text of ['The table orders is partial.', 'Items of the copy can be missing in table orders.']) {
    const error = new CopyError('RESTORE_FAILED', text, 'Delete it.');
    assert.equal(failed({}, error), error);
  }
});
