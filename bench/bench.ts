// `npm run bench`: compares the Action with a floor and with other tools that do the same job. See README.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_BASELINE, findBaseline } from './baseline.ts';
import { chart } from './chart.ts';
import { type Figure, isMet } from './figure.ts';
import { figures } from './figures.ts';
import { machine } from './machine.ts';
import { type Measurement, measure } from './measure.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { type Programs, prepare } from './prepare.ts';
import { type Again, figuresTable, groupTable, markdown } from './report.ts';
import type { Group } from './row.ts';
import { groups } from './rows.ts';
import { say } from './say.ts';
import { type Result, resultOf } from './statistics.ts';

const RESULTS = join(import.meta.dirname, 'results');

/** Contents of results.json. */
interface Saved {
  readonly machine: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly date: string;
  /** Rows that were measured again later, with the time. */
  readonly again?: readonly Again[];
  readonly results: readonly Result[];
}

const SHORT = `
The targets apply to 1024 MiB per client and medians of 5 rounds. In shorter runs, startup time and noise affect the
results.`;

const NO_BASELINE = `
The baseline was not measured, because commit ${DEFAULT_BASELINE} is not in this repository. The targets that compare
the Action with it were not checked. Fetch the whole history, or set --baseline.`;

const options = readOptions(process.argv.slice(2));
if (options) await bench(options);
else say(USAGE);

async function bench(options: Options): Promise<void> {
  const baseline = findBaseline(options.baseline, options.check);
  const programs = prepare(options, baseline);
  const wanted = groups(options, baseline !== undefined);
  const before = options.again ? saved(options.seed) : undefined;
  const results = new Map(before?.results.map((result) => [result.row.id, result]));
  say(`Seed of the pages: ${options.seed}`);
  if (baseline) say(`Baseline: ${baseline.name}`);
  for (const group of wanted) {
    for (const result of await measureGroup(group, programs, options.seed)) results.set(result.row.id, result);
    say(groupTable(group, results));
  }

  const reached = figures(results, options.seed);
  say(`\n${figuresTable(reached)}`);
  if (options.check && !baseline) say(NO_BASELINE);
  if (options.mib < 1024 || options.rounds < 5) say(SHORT);
  if (!options.partial) save(results, { before, wanted, reached, programs, options });
  if (options.check && !reached.every(isMet)) process.exitCode = 1;
}

/** @throws if the saved results have a different seed */
function saved(seed: number): Saved {
  const before = JSON.parse(readFileSync(join(RESULTS, 'results.json'), 'utf8')) as Saved;
  if (before.seed !== seed) {
    throw new Error(`bench/results/ has seed ${before.seed}, but --seed is ${seed}. Use the same seed.`);
  }
  return before;
}

interface Measured {
  readonly before: Saved | undefined;
  readonly wanted: readonly Group[];
  readonly reached: readonly Figure[];
  readonly programs: Programs;
  readonly options: Options;
}

function save(results: ReadonlyMap<string, Result>, { before, wanted, reached, programs, options }: Measured): void {
  const now = new Date().toISOString();
  const rows = wanted.flatMap((group) => group.rows.map((row) => row.id));
  const about = {
    machine: {
      ...(before?.machine ?? machine(programs.python)),
      ...(programs.baseline && { Baseline: programs.baseline.name }),
    },
    seed: options.seed,
    date: before?.date ?? now,
    again: before ? [...(before.again ?? []), { date: now, rows }] : [],
  };
  const all = before ? groups({ ...options, only: undefined, airflow: true }, true) : wanted;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, 'results.md'), `${markdown({ groups: all, results, figures: reached, ...about })}\n`);
  const written: Saved = { ...about, results: [...results.values()] };
  writeFileSync(join(RESULTS, 'results.json'), `${JSON.stringify(written, null, 1)}\n`);
  writeFileSync(join(RESULTS, 'mb-per-cpu-second.svg'), chart(results));
  say('Results written to bench/results/');
}

async function measureGroup(group: Group, programs: Programs, seed: number): Promise<Result[]> {
  say(`\n${group.title}`);
  const runs = new Map(group.rows.map((row): [string, Measurement[]] => [row.id, []]));
  for (let round = 1; round <= group.rounds; round += 1) {
    for (const row of group.rows) {
      const measurement = await measure(row, programs, seed);
      runs.get(row.id)?.push(measurement);
      say(`  ${round}/${group.rounds} ${row.id}: ${measurement.failure ?? summary(measurement, group)}`);
    }
  }
  return group.rows.map((row) => resultOf(row, runs.get(row.id) ?? []));
}

function summary({ bytes, cpuSeconds, wallSeconds, busiestThreadSeconds }: Measurement, { isShort }: Group): string {
  if (isShort) return `${wallSeconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} CPU-seconds`;
  const perSecond = (seconds: number): string => (bytes / 1e6 / seconds).toFixed(1);
  const thread =
    busiestThreadSeconds === undefined ? '' : `, ${perSecond(busiestThreadSeconds)} per second of the busiest thread`;
  return `${perSecond(cpuSeconds)} MB per CPU-second${thread}`;
}
