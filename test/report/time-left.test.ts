import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsRemaining } from '../../src/report/progress.ts';

test('secondsRemaining assumes the average time per item for the remaining items', () => {
  assert.equal(secondsRemaining(1_000, 10, 6_000), 60);
});

test('secondsRemaining returns undefined during the first 5 s and after the item count is exceeded', () => {
  assert.equal(secondsRemaining(1_000, 4.9, 6_000), undefined);
  assert.equal(secondsRemaining(0, 60, 6_000), undefined);
  assert.equal(secondsRemaining(7_000, 60, 0), undefined);
  assert.equal(secondsRemaining(7_000, 60, -1_000), undefined);
});
