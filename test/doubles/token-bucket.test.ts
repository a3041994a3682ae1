import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../emulators/token-bucket.ts';
import { extremes } from '../fixtures/spending.ts';

test('TokenBucket provides the provisioned rate and saves unused capacity for up to five minutes', () => {
  let now = 0;
  const bucket = new TokenBucket(10, () => now);
  assert.equal(bucket.hasAny(), false, 'a new bucket must be empty');
  now += 1_000;
  assert.equal(bucket.hasAny(), true);
  bucket.spend(30);
  now += 2_000;
  assert.equal(bucket.hasAny(), false, 'the cost above the balance must be paid back first');
  now += 100;
  assert.equal(bucket.hasAny(), true);
  now += 3_600_000;
  bucket.spend(3_000 - 1);
  assert.equal(bucket.hasAny(), true);
  bucket.spend(1);
  assert.equal(bucket.hasAny(), false);
});

test('extremes finds the maximum and minimum in periods with any start', () => {
  const even = Array.from({ length: 300 }, (_, i) => ({ at: 100 * i, units: 10 }));
  const { most, least } = extremes(even, 10);
  assert.ok(most === 100 && least > 98 && least <= 100, `${least} to ${most}`);
  // Twice the consumption for ten seconds, starting at second 7.35.
  const burst = even.map(({ at, units }) => ({ at: at + 50, units: at >= 7_300 && at < 17_300 ? 2 * units : units }));
  assert.equal(extremes(burst, 10).most, 200);
  // No consumption from second 12 to 17.
  const pause = even.filter(({ at }) => at < 12_000 || at >= 17_000);
  const lull = extremes(pause, 10);
  assert.ok(lull.least >= 48 && lull.least <= 50, `${lull.least}`);
  assert.throws(() => extremes(even.slice(0, 50), 10), /cover less than 10 s/);
});
