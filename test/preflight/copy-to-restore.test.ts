import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredCopy } from '../../src/manifest/open-copy.ts';
import { requireRestorable } from '../../src/preflight/copy-to-restore.ts';

const FULL = { exportType: 'FULL_EXPORT', outputFormat: 'DYNAMODB_JSON', scope: 'table' } as StoredCopy;

const REFUSED: readonly (readonly [change: Partial<StoredCopy>, message: RegExp])[] = [
  [{ exportType: 'INCREMENTAL_EXPORT' }, /an incremental export/],
  [{ outputFormat: 'JSON' }, /its format is JSON/],
  [{ outputFormat: 'CUSTOM' }, /its format is CUSTOM/],
  [{ scope: 'subset' }, /only a part of the table/],
  [{ scope: 'transformed' }, /process-func changed its items, or left some out/],
  [{ scope: 'unknown' }, /nothing shows whether/],
];

for (const [change, message] of REFUSED) {
  test(`a copy cannot be restored with ${JSON.stringify(change)}`, () => {
    assert.throws(() => requireRestorable({ ...FULL, ...change }, false), { code: 'COPY_NOT_RESTORABLE', message });
  });
}

test('text of a module cannot be restored, even with allow-subset', () => {
  const copy: StoredCopy = { ...FULL, scope: 'transformed', outputFormat: 'CUSTOM' };
  assert.throws(() => requireRestorable(copy, true), { code: 'COPY_NOT_RESTORABLE', message: /its format is CUSTOM/ });
});

for (const scope of ['subset', 'transformed', 'unknown', 'table'] as const) {
  test(`a copy with the scope ${scope} can be restored with allow-subset`, () => {
    assert.doesNotThrow(() => requireRestorable({ ...FULL, scope, outputFormat: 'ION' }, true));
  });
}
