import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { limitYoungGeneration, youngBytes } from '../src/young-generation.ts';

const MIB = 1024 * 1024;

test('the young generation grows to the limit and no further', async () => {
  const before = youngBytes();
  assert.ok(before < 16 * MIB, `the test starts with a young generation of ${before} bytes`);
  limitYoungGeneration(16 * MIB);
  const largest = await largestYoungBytes();
  // During a garbage collection, V8 can have a few more pages. The next size would be 32 MiB.
  assert.ok(largest >= 16 * MIB && largest < 24 * MIB, `the young generation grows to ${largest} bytes`);
});

/** Creates objects of which many survive a garbage collection. Returns the largest size of the young generation. */
async function largestYoungBytes(): Promise<number> {
  let largest = 0;
  const kept: object[] = [];
  for (let round = 0; round < 500; round += 1) {
    for (let index = 0; index < 2_000; index += 1) {
      kept[(2_000 * round + index) % 200_000] = { round, index, text: `${round}-${index}` };
    }
    await nextTurn();
    largest = Math.max(largest, youngBytes());
  }
  return largest;
}
