import { chosenSource, openSource } from '../emulators/source.ts';
import { startSourceServer } from '../emulators/source-servers.ts';
import { type KindName, SCHEDULE_KINDS } from './kinds.ts';
import { isGood, type Outcome, type ScheduleOptions } from './outcome.ts';

export interface SchedulesOptions extends ScheduleOptions {
  /** Number of schedules that run at once. */
  readonly parallel?: number;
  /** Called when a schedule ends. */
  readonly onEnd?: (outcome: Outcome) => void;
}

/**
 * Runs the schedules of one kind for some seeds against one source. Each schedule has its own store, which is deleted
 * afterwards, unless the environment specifies one.
 */
export async function runSchedules(
  kind: KindName,
  seeds: Iterable<number>,
  { parallel = 2, onEnd, ...options }: SchedulesOptions = {},
): Promise<Outcome[]> {
  await using stack = new AsyncDisposableStack();
  if (process.env['TEST_SOURCE_ENDPOINT'] === undefined) {
    process.env['TEST_SOURCE_ENDPOINT'] = stack.use(await startSourceServer(chosenSource())).endpoint;
    stack.defer(() => {
      delete process.env['TEST_SOURCE_ENDPOINT'];
    });
  }
  const source = stack.use(await openSource());
  const runSeed = await SCHEDULE_KINDS[kind].prepare(source);
  const outcomes: Outcome[] = [];
  const queue = [...seeds].values();
  const work = async () => {
    for (const seed of queue) {
      const outcome = await runSeed(seed, options);
      outcomes.push(outcome);
      onEnd?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return outcomes.sort((a, b) => a.seed - b.seed);
}

/** @returns the problems of a suite, each with the command that reproduces it; empty if there are none */
export function problemsOf(kind: KindName, outcomes: readonly Outcome[]): string[] {
  const bad = outcomes.filter(({ ending }) => !isGood(ending));
  const { minComplete } = SCHEDULE_KINDS[kind];
  const complete = outcomes.filter(({ ending }) => ending === 'complete and equal').length;
  return [
    ...bad.map(
      ({ seed, ending, title, detail }) =>
        `Seed ${seed}: ${ending} (npm run test:faults -- --kind ${kind} --seed ${seed}). ${title}. ${detail}`,
    ),
    ...(complete < minComplete * outcomes.length
      ? [`Only ${complete} of ${outcomes.length} runs were complete. At least ${minComplete * 100}% must be complete`]
      : []),
  ];
}

/** Returns counts such as `complete and equal 287, failed without a summary 13, hung 0; 4,012 faults`. */
export function tally(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>([
    ['complete and equal', 0],
    ['failed without a summary', 0],
    ['hung', 0],
  ]);
  for (const { ending } of outcomes) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  const faults = outcomes.reduce((sum, outcome) => sum + outcome.faults, 0);
  return `${[...counts].map(([ending, count]) => `${ending} ${count}`).join(', ')}; ${faults.toLocaleString('en')} faults`;
}
