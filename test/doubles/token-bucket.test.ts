import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../emulators/token-bucket.ts';
import { extremes } from '../fixtures/spending.ts';

test('a bucket gives what comes in, and what was saved of five minutes', () => {
  let now = 0;
  const bucket = new TokenBucket(10, () => now);
  assert.equal(bucket.hasAny(), false, 'nothing is saved at first');
  now += 1_000;
  assert.equal(bucket.hasAny(), true);
  bucket.spend(30);
  now += 2_000;
  assert.equal(bucket.hasAny(), false, 'what a request costs beyond it is owed');
  now += 100;
  assert.equal(bucket.hasAny(), true);
  now += 3_600_000;
  bucket.spend(3_000 - 1);
  assert.equal(bucket.hasAny(), true);
  bucket.spend(1);
  assert.equal(bucket.hasAny(), false);
});

test('extremes are those of any stretch, wherever it begins', () => {
  const even = Array.from({ length: 300 }, (_, i) => ({ at: 100 * i, units: 10 }));
  const { most, least } = extremes(even, 10);
  assert.ok(most === 100 && least > 98 && least <= 100, `${least} to ${most}`);
  // Twice as much from second 7.35 on, for ten seconds.
  const burst = even.map(({ at, units }) => ({ at: at + 50, units: at >= 7_300 && at < 17_300 ? 2 * units : units }));
  assert.equal(extremes(burst, 10).most, 200);
  // Nothing at all from second 12 to 17.
  const pause = even.filter(({ at }) => at < 12_000 || at >= 17_000);
  const lull = extremes(pause, 10);
  assert.ok(lull.least >= 48 && lull.least <= 50, `${lull.least}`);
  assert.throws(() => extremes(even.slice(0, 50), 10), /less than 10 s/);
});
