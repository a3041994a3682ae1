import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { chosenStore } from '../emulators/store.ts';
import { ABILITIES } from '../emulators/store-servers.ts';
import { breakAction } from '../faults/broken-action.ts';
import { problemsOf, runSchedules, tally } from '../faults/run-schedules.ts';
import { type AttemptPlan, type AttemptsSchedule, attemptsScheduleOf } from '../faults/two-attempts/schedule.ts';
import { startServers } from '../fixtures/pair.ts';

await startServers();

/** Some of the seeds of `npm run test:faults`. */
const SEEDS = seeds(1, 8);
/** Seeds for the broken Actions, which must not pass. */
const CONTROL_SEEDS = seeds(1, 6);

suite('with seeded faults', () => {
  test('each run completes a copy equal to the table, or fails without manifest-summary.json', async (t) => {
    const outcomes = await runSchedules('one-attempt', SEEDS);
    assert.deepEqual(problemsOf('one-attempt', outcomes), []);
    assert.ok(outcomes.some(({ faults }) => faults > 0));
    t.diagnostic(tally(outcomes));
  });

  test('control: an Action that never retries does not pass', async () => {
    using broken = breakAction('never retries');
    const outcomes = await runSchedules('one-attempt', CONTROL_SEEDS, broken);
    assert.match(problemsOf('one-attempt', outcomes).join('\n'), /runs were complete\. At least 80%/);
  });

  test('control: an Action that accepts corrupted pages does not pass', async () => {
    using broken = breakAction('accepts corrupted pages');
    const outcomes = await runSchedules('one-attempt', CONTROL_SEEDS, broken);
    assert.match(problemsOf('one-attempt', outcomes).join('\n'), /complete but not equal/);
  });
});

test('with seeded faults, each load completes a table equal to the copy, or fails and reports what was written', async (t) => {
  const outcomes = await runSchedules('load', SEEDS);
  assert.deepEqual(problemsOf('load', outcomes), []);
  assert.ok(outcomes.some(({ faults }) => faults > 0));
  t.diagnostic(tally(outcomes));
});

const skip = !ABILITIES[chosenStore()].refusePartsOfAborted && 'the store returns 500 for a part of an aborted upload';

suite('with two attempts that run at the same time', { skip }, () => {
  test('each attempt completes a copy, or fails and does not change the copies of others', async (t) => {
    const outcomes = await runSchedules('two-attempts', SEEDS);
    assert.deepEqual(problemsOf('two-attempts', outcomes), []);
    assert.ok(outcomes.some(({ faults }) => faults > 0));
    t.diagnostic(tally(outcomes));
  });

  test('control: an Action that does not check the run lock after manifest-summary.json does not pass', async () => {
    using broken = breakAction('does not check the run lock after the summary');
    const held = seedsWith(({ ending, lasting }) => ending === undefined && lasting === undefined);
    const outcomes = await runSchedules('two-attempts', held, broken);
    assert.match(problemsOf('two-attempts', outcomes).join('\n'), /succeeded after it was taken over/);
  });

  test('control: an Action that deletes objects that a late manifest-summary.json can refer to does not pass', async () => {
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

/** Returns seeds of two attempts at a copy of several pages, of which only the summary of the first is held. */
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
