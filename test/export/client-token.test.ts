import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientToken, parseClientToken } from '../../src/export/client-token.ts';

const STEP = { tokenPrefix: 'dynamodb-to-s3-0123-', attempt: 12 };

describe('a ClientToken', () => {
  test('contains the attempt and the number of the step among identical steps', () => {
    assert.equal(clientToken(STEP, 1), 'dynamodb-to-s3-0123-12');
    assert.equal(clientToken(STEP, 3), 'dynamodb-to-s3-0123-12-3');
    for (const nth of [1, 2, 10])
      assert.deepEqual(parseClientToken(STEP, clientToken(STEP, nth)), { attempt: 12, nth });
  });

  for (const token of [
    undefined,
    '',
    'nightly',
    'dynamodb-to-s3-0123',
    'dynamodb-to-s3-0123-',
    'dynamodb-to-s3-0123-x',
    'dynamodb-to-s3-0123-1-',
    'dynamodb-to-s3-0123-1-2-3',
    'dynamodb-to-s3-01234-1',
    'Dynamodb-to-s3-0123-1',
  ]) {
    test(`is not recognized as a token of this step: ${JSON.stringify(token)}`, () =>
      assert.equal(parseClientToken(STEP, token), undefined));
  }
});
