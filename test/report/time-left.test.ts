import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsRemaining } from '../../src/report/progress.ts';

test('what is left takes as long an item as what was read', () => {
  assert.equal(secondsRemaining(1_000, 10, 6_000), 60);
});

test('nothing is told too early, and nothing once the count has proved too low', () => {
  assert.equal(secondsRemaining(1_000, 4.9, 6_000), undefined);
  assert.equal(secondsRemaining(0, 60, 6_000), undefined);
  assert.equal(secondsRemaining(7_000, 60, 0), undefined);
  assert.equal(secondsRemaining(7_000, 60, -1_000), undefined);
});
