import { assertSameItems } from '../../fixtures/items.ts';
import { openPair, type Pair } from '../../fixtures/pair.ts';
import { readCopy } from '../../fixtures/read-copy.ts';
import type { RunResult } from '../../runner/runner.ts';
import type { Judged, Outcome, ScheduleOptions } from '../outcome.ts';
import type { FaultTable } from '../table.ts';
import { type Bystanders, placeBystanders } from './bystanders.ts';
import { attemptsScheduleOf } from './schedule.ts';
import { type EndedAttempt, Stage, type StageResult } from './stage.ts';
import type { Tables } from './tables.ts';

/** Runs the two or three concurrent attempts at one copy that the seed determines, and evaluates the outcome. */
export async function runAttempts(seed: number, tables: Tables, { entry }: ScheduleOptions = {}): Promise<Outcome> {
  await using pair = await openPair();
  const schedule = attemptsScheduleOf(seed);
  const table = tables[schedule.shape];
  const bystanders = await placeBystanders(pair);
  const stage = new Stage(pair, schedule, table, entry ? { entry } : {});
  const started = performance.now();
  const result = await stage.run();
  const runs = result.attempts.flatMap(({ run }) => (run instanceof Error ? [] : [run]));
  await using stack = new AsyncDisposableStack();
  for (const run of [...runs, ...result.posts]) stack.use(run);
  const judged = await judge(pair, stage, result, table, bystanders);
  const faults = [...pair.source.requests, ...pair.store.requests].filter(({ fault }) => fault !== undefined).length;
  return {
    seed,
    title: schedule.title,
    ...judged,
    faults: faults + result.held.length,
    durationMs: performance.now() - started,
  };
}

async function judge(
  pair: Pair,
  stage: Stage,
  { attempts, held }: StageResult,
  table: FaultTable,
  bystanders: Bystanders,
): Promise<Judged> {
  const summaries = await summariesIn(pair);
  const whole = new Set<string>();
  const damage: string[] = [];
  for (const key of summaries) {
    try {
      assertSameItems((await readCopy(pair.store, pair.bucket, key)).items(), table.items);
      whole.add(key);
    } catch (error) {
      damage.push(`${key}: ${(error as Error).message}`);
    }
  }
  const logs = () =>
    attempts
      .map(({ run }, index) => `--- attempt ${index + 1}\n${run instanceof Error ? run.message : run.log}`)
      .join('\n');
  const hung = attempts.find(({ run }) => run instanceof Error);
  if (hung) return { ending: 'hung', detail: logs() };
  if (damage.length > 0) return { ending: 'complete but not equal', detail: `${damage.join('\n')}\n${logs()}` };
  for (const attempt of attempts) {
    const ending = judgeAttempt(attempt, attempt.run as RunResult, whole);
    if (ending) return { ending, detail: logs() };
  }
  const harm = await bystanders.harm();
  if (harm.length > 0) return { ending: 'changed foreign objects', detail: `${harm.join('\n')}\n${logs()}` };
  // An upload that is created after the step and its post step have ended is left to the lifecycle rule of the bucket.
  const isLate = held.some(({ operation }) => operation === 'CreateMultipartUpload');
  const open = isLate ? [] : await uploadsLeftOpen(pair, stage, attempts, bystanders);
  if (open.length > 0) return { ending: 'left an upload open', detail: `${open.join(', ')}\n${logs()}` };
  const last = attempts.at(-1)?.run as RunResult;
  const ends = attempts.map(({ run }) => endOf(run as RunResult)).join(', ');
  return { ending: last.exitCode === 0 ? 'complete and equal' : 'failed without a summary', detail: ends };
}

/** Returns the problem with the end of an attempt; undefined if there is none. */
function judgeAttempt({ plan, wasLostBeforeSummary }: EndedAttempt, run: RunResult, whole: ReadonlySet<string>) {
  const key = run.outputs['manifest-key'];
  if (key !== undefined && !whole.has(key)) return 'complete but not equal';
  // A killed process can have written its outputs before, for a complete copy.
  if (run.signal !== null) return plan.ending === undefined ? 'ended without an error message' : undefined;
  if (run.exitCode === 0) {
    if (key === undefined) return 'complete but not equal';
    return wasLostBeforeSummary ? 'succeeded after it was taken over' : undefined;
  }
  if (key !== undefined) return 'failed with a summary';
  const errors = run.commands.filter(({ name }) => name === 'error');
  return run.exitCode !== 1 || errors.length !== 1 || run.stderr !== '' ? 'ended without an error message' : undefined;
}

/** Returns the keys of all summaries, without empty ones: a role that is not allowed to delete a summary empties it. */
async function summariesIn({ store, bucket }: Pair): Promise<string[]> {
  const objects = await store.list(bucket);
  return objects.filter(({ key, size }) => key.endsWith('/manifest-summary.json') && size > 0).map(({ key }) => key);
}

/** Returns the uploads, except foreign ones, that are still open after `post` has run for every attempt. */
async function uploadsLeftOpen(
  { store, bucket }: Pair,
  stage: Stage,
  attempts: readonly EndedAttempt[],
  { uploadId }: Bystanders,
): Promise<string[]> {
  const open = async () =>
    (await store.openUploads(bucket)).filter((upload) => upload.uploadId !== uploadId).map(({ key }) => key);
  if ((await open()).length === 0) return [];
  for (const { plan, run } of attempts) {
    await using _ = await stage.runPost(plan, run as RunResult);
  }
  return open();
}

function endOf({ exitCode, signal, commands }: RunResult): string {
  const error = commands.find(({ name }) => name === 'error');
  return error?.properties['title'] ?? signal ?? `exit code ${exitCode}`;
}
