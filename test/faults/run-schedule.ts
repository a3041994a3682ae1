import { assertSameItems } from '../fixtures/items.ts';
import { type Inputs, keysIn, openPair, type Pair } from '../fixtures/pair.ts';
import { type RunOptions, type RunResult, runAction } from '../runner/runner.ts';
import { isGood, type Judged, type Outcome, type ScheduleOptions } from './outcome.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { type FaultTable, LIMIT } from './table.ts';

/** Timeout: longer than any run that does not hang. `MAX_RETRY_TIME` is one minute at this time scale. */
const HUNG_MS = 180_000;

/** Time scale 0.1: a stalled Scan or an unresponsive service times out after 3 s, which a busy machine can need. */
const ENV = { DYNAMODB_TO_S3_TIME_SCALE: '0.1' };

/** Copies the table once while its requests meet the faults of the seed, and evaluates the outcome. */
export async function runSchedule(seed: number, table: FaultTable, { entry }: ScheduleOptions = {}): Promise<Outcome> {
  await using pair = await openPair();
  const schedule = scheduleOf(seed);
  pair.source.inject(schedule.onDynamoDb);
  pair.store.inject(schedule.onS3);
  const started = performance.now();
  const judged = await judge(pair, schedule, table, entry ? { entry } : {});
  return {
    seed,
    title: schedule.title,
    ...judged,
    faults: [...pair.source.requests, ...pair.store.requests].filter((request) => request.fault !== undefined).length,
    durationMs: performance.now() - started,
  };
}

async function judge(pair: Pair, schedule: Schedule, table: FaultTable, options: RunOptions): Promise<Judged> {
  const inputs = {
    'dynamodb-table-name': table.name,
    'total-segments': '16',
    'dynamodb-scan-kwargs': `Limit: ${LIMIT}`,
    ...schedule.inputs,
  };
  let run: RunResult;
  try {
    run = await pair.run(inputs, { ...options, env: ENV, timeoutMs: HUNG_MS });
  } catch (error) {
    return { ending: 'hung', detail: (error as Error).message };
  }
  await using _ = run;
  // From here on, the servers work normally, as at the end of a job after an outage.
  pair.source.inject();
  pair.store.inject();
  const judged = run.exitCode === 0 ? await judgeCopy(pair, run, table) : await judgeFailure(pair, run);
  if (!isGood(judged.ending) || (await openUploads(pair)) === 0) return judged;
  await using post = await runPost(pair, inputs, run, options);
  const open = await openUploads(pair);
  return open === 0
    ? judged
    : { ending: 'left an upload open', detail: `${open} open uploads. ${run.log}\n${post.log}` };
}

async function judgeCopy(pair: Pair, run: RunResult, table: FaultTable): Promise<Judged> {
  try {
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), table.items);
    return { ending: 'complete and equal', detail: '' };
  } catch (error) {
    return { ending: 'complete but not equal', detail: (error as Error).message };
  }
}

async function judgeFailure(pair: Pair, run: RunResult): Promise<Judged> {
  const errors = run.commands.filter((command) => command.name === 'error');
  const [error] = errors;
  if (run.exitCode !== 1 || errors.length !== 1 || run.stderr !== '') {
    return { ending: 'ended without an error message', detail: `${run.exitCode} ${run.signal}\n${run.log}` };
  }
  if ((await keysIn(pair)).some((key) => key.endsWith('manifest-summary.json'))) {
    return { ending: 'failed with a summary', detail: run.log };
  }
  return { ending: 'failed without a summary', detail: `${error?.properties['title']}: ${error?.message}` };
}

async function openUploads({ store, bucket }: Pair): Promise<number> {
  return (await store.openUploads(bucket)).length;
}

/** Runs the post step like the runner: with the same inputs, the same RUNNER_TEMP and the saved state of the step. */
function runPost(pair: Pair, inputs: Inputs, run: RunResult, options: RunOptions): Promise<RunResult> {
  return runAction(pair.step(inputs, { ...options, postOf: run }));
}
