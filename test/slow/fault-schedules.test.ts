import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { chosenStore } from '../emulators/store.ts';
import { ABILITIES } from '../emulators/store-servers.ts';
import { breakAction } from '../faults/broken-action.ts';
import { problemsOf, runSchedules, tally } from '../faults/run-schedules.ts';
import { type AttemptPlan, type AttemptsSchedule, attemptsScheduleOf } from '../faults/two-attempts/schedule.ts';
import { startServers } from '../fixtures/pair.ts';

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
    using broken = breakAction('never retries');
    const outcomes = await runSchedules('one-attempt', CONTROL, broken);
    assert.match(problemsOf('one-attempt', outcomes).join('\n'), /runs were complete\. At least 80%/);
  });

  test('control: nor does one that takes a damaged page for a whole one', async () => {
    using broken = breakAction('accepts corrupted pages');
    const outcomes = await runSchedules('one-attempt', CONTROL, broken);
    assert.match(problemsOf('one-attempt', outcomes).join('\n'), /complete but not equal/);
  });
});

const skip = !ABILITIES[chosenStore()].refusePartsOfAborted && 'the store answers a part of an aborted upload with 500';

suite('while two attempts are alive', { skip }, () => {
  test('each attempt ends with a whole copy, or fails and leaves those of others whole', async (t) => {
    const outcomes = await runSchedules('two-attempts', SHARE);
    assert.deepEqual(problemsOf('two-attempts', outcomes), []);
    assert.ok(outcomes.some(({ faults }) => faults > 0));
    t.diagnostic(tally(outcomes));
  });

  test('control: an Action that does not check its claim after the summary does not pass', async () => {
    using broken = breakAction('does not check the run lock after the summary');
    const held = seedsWith(({ ending, lasting }) => ending === undefined && lasting === undefined);
    const outcomes = await runSchedules('two-attempts', held, broken);
    assert.match(problemsOf('two-attempts', outcomes).join('\n'), /succeeded after it was taken over/);
  });

  test('control: nor does one that deletes objects that a late summary can name', async () => {
    using broken = breakAction('deletes objects that a late summary can refer to');
    const killed = seedsWith(
      ({ ending, endsAfter, lasting, holds }) =>
        ending === 'SIGKILL' && endsAfter === 1 && lasting === undefined && holds[0]?.releasedAfter === undefined,
      ({ differs }) => differs === 'the table was re-created',
    );
    const outcomes = await runSchedules('two-attempts', killed, broken);
    assert.match(problemsOf('two-attempts', outcomes).join('\n'), /complete but not equal/);
  });
});

/** Returns seeds of two attempts at a copy of several pages, the first of which has its summary held and nothing else. */
function seedsWith(
  isFirst: (attempt: AttemptPlan) => boolean,
  isSecond: (attempt: AttemptPlan) => boolean = ({ differs }) => differs === 'nothing',
): number[] {
  const isWanted = ({ shape, attempts: [first, second, third], deniesDeletes }: AttemptsSchedule) =>
    shape === 'paged' &&
    !deniesDeletes &&
    first?.holds.length === 1 &&
    first.holds[0]?.kind === 'the PUT of the summary' &&
    isFirst(first) &&
    second?.number === 2 &&
    isSecond(second) &&
    third === undefined;
  return seeds(1, 10_000)
    .filter((seed) => isWanted(attemptsScheduleOf(seed)))
    .slice(0, 4);
}

function seeds(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
