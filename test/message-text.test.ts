import assert from 'node:assert/strict';
import test from 'node:test';
import { formatBytes, formatCount, formatCountOf, formatDuration, formatSeconds } from '../src/message-text.ts';

const CASES = [
  [formatCount, 0, '0'],
  [formatCount, 999, '999'],
  [formatCount, 1_234_567, '1,234,567'],
  [formatCount, 0.5, '0.5'],
  [formatCount, 12.25, '12.3'],
  [formatBytes, 0, '0 bytes'],
  [formatBytes, 1, '1 bytes'],
  [formatBytes, 999, '999 bytes'],
  [formatBytes, 1_000, '1 kB'],
  [formatBytes, 1_500, '1.5 kB'],
  [formatBytes, 999_949, '999.9 kB'],
  [formatBytes, 999_960, '1 MB'],
  [formatBytes, 134_217_728, '134.2 MB'],
  [formatBytes, 5e9, '5 GB'],
  [formatBytes, 1.5e12, '1.5 TB'],
  [formatBytes, 2e15, '2,000 TB'],
  [formatSeconds, 0, '0 s'],
  [formatSeconds, 8.24, '8.2 s'],
  [formatSeconds, 59.94, '59.9 s'],
  [formatSeconds, 59.96, '1 min 0 s'],
  [formatSeconds, 60, '1 min 0 s'],
  [formatSeconds, 119.7, '2 min 0 s'],
  [formatSeconds, 250, '4 min 10 s'],
  [formatSeconds, 3_599.7, '1 h 0 min'],
  [formatSeconds, 7_500, '2 h 5 min'],
  [formatSeconds, 7_529, '2 h 5 min'],
  [formatSeconds, 21_600, '6 h 0 min'],
  [formatDuration, -500, '0 s'],
  [formatDuration, 8_200, '8.2 s'],
  [formatDuration, 93_600_000, '26 h 0 min'],
  [formatDuration, 172_799_000, '47 h 59 min'],
  [formatDuration, 172_800_000, '2 days'],
  [formatDuration, 277_200_000, '3 days 5 h'],
] as const;

for (const [format, value, text] of CASES) {
  test(`${format.name}(${value}) returns "${text}"`, () => {
    assert.equal(format(value), text);
  });
}

test('formatCountOf uses the singular only for 1', () => {
  assert.deepEqual(
    [0, 1, 1_234].map((count) => formatCountOf(count, 'object')),
    ['0 objects', '1 object', '1,234 objects'],
  );
});

test('formatCount returns what Intl.NumberFormat returns', () => {
  const intl = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
  for (let exponent = -3; exponent <= 15; exponent += 1) {
    for (const digits of [1, 1.25, 2.5, 4.449, 9.95, 9.99]) {
      const value = Number(`${digits}e${exponent}`);
      assert.equal(formatCount(value), intl.format(value));
    }
  }
});
