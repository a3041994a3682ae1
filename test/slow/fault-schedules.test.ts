import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startServers } from '../e2e/pair.ts';
import { breakAction } from '../faults/broken-action.ts';
import { problemsOf, runSchedules, tally } from '../faults/run-schedules.ts';

await startServers();

/** A few of those that `npm run test:faults` runs, and fewer still for what must not pass. */
const SHARE = seeds(1, 8);
const CONTROL = seeds(1, 6);

suite('under seeded faults', () => {
  test('each run ends complete and exactly equal, or failed without a summary', async (t) => {
    const outcomes = await runSchedules('one-attempt', SHARE);
    assert.deepEqual(problemsOf('one-attempt', outcomes), []);
    assert.ok(outcomes.some(({ faults }) => faults > 0));
    t.diagnostic(tally(outcomes));
  });

  test('control: an Action that never tries again does not pass', async () => {
    using broken = breakAction('never tries again');
    const outcomes = await runSchedules('one-attempt', CONTROL, broken);
    assert.match(problemsOf('one-attempt', outcomes).join('\n'), /runs were complete: at least 80%/);
  });

  test('control: nor does one that takes a damaged page for a whole one', async () => {
    using broken = breakAction('takes a damaged page for a whole one');
    const outcomes = await runSchedules('one-attempt', CONTROL, broken);
    assert.match(problemsOf('one-attempt', outcomes).join('\n'), /complete but not equal/);
  });
});

function seeds(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
