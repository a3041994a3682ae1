import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeLeft } from '../../src/report/progress.ts';

test('what is left takes as long an item as what was read', () => {
  assert.equal(timeLeft(1_000, 10, 6_000), 60);
});

test('nothing is told too early, and nothing once the count has proved too low', () => {
  assert.equal(timeLeft(1_000, 4.9, 6_000), undefined);
  assert.equal(timeLeft(0, 60, 6_000), undefined);
  assert.equal(timeLeft(7_000, 60, 0), undefined);
  assert.equal(timeLeft(7_000, 60, -1_000), undefined);
});
