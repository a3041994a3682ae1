import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkLoadedCount } from '../../src/restore/finish-restore.ts';

describe('the number of loaded items', () => {
  const isNew = { name: 'orders', isNew: true };

  it('must be that of the copy', () => {
    checkLoadedCount(isNew, 5, 5);
    assert.throws(() => checkLoadedCount(isNew, 4, 5), {
      code: 'RESTORE_FAILED',
      message: '4 items were loaded, but the copy contains 5 items. The table orders is partial.',
      remedy: /^Delete the table orders/,
    });
  });

  it('must be known', () => {
    assert.throws(() => checkLoadedCount(isNew, undefined, 5), { message: /^DynamoDB reports no count of items\./ });
  });

  it('never leads to the advice to delete a table that existed before', () => {
    assert.throws(() => checkLoadedCount({ name: 'orders', isNew: false }, 4, 5), {
      message: /Items of the copy can be missing in table orders\.$/,
      remedy: /^(?!.*[Dd]elete).*if-table-exists: overwrite/,
    });
  });
});
