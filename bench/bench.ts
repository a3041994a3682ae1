// `npm run bench`: measures the Action beside a floor and beside what else does its job. README.md tells how.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart.ts';
import { figures, isMet } from './figures.ts';
import { machine } from './machine.ts';
import { type Measurement, measure } from './measure.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { type Programs, prepare } from './prepare.ts';
import { figuresTable, groupTable, markdown } from './report.ts';
import { type Group, groups } from './rows.ts';
import { say } from './say.ts';
import { type Result, resultOf } from './statistics.ts';

const options = readOptions(process.argv.slice(2));
if (options) await bench(options);
else say(USAGE);

async function bench(options: Options): Promise<void> {
  const programs = prepare(options);
  const wanted = groups(options);
  const date = new Date();
  const results = new Map<string, Result>();
  say(`Pages are made from the seed ${options.seed}.`);
  for (const group of wanted) {
    for (const result of await measureGroup(group, programs, options.seed)) results.set(result.row.id, result);
    say(groupTable(group, results));
  }

  const reached = figures(results, options.seed);
  say(`\n${figuresTable(reached)}`);
  if (!options.partial) {
    const folder = join(import.meta.dirname, 'results');
    const about = { machine: machine(programs.python), seed: options.seed, date };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'results.md'), `${markdown({ groups: wanted, results, figures: reached, ...about })}\n`);
    writeFileSync(
      join(folder, 'results.json'),
      `${JSON.stringify({ ...about, results: [...results.values()] }, null, 1)}\n`,
    );
    writeFileSync(join(folder, 'mb-per-cpu-second.svg'), chart(results));
    say('Written to bench/results/.');
  }
  if (options.check && !reached.every(isMet)) process.exitCode = 1;
}

async function measureGroup(group: Group, programs: Programs, seed: number): Promise<Result[]> {
  say(`\n${group.title}`);
  const runs = new Map(group.rows.map((row): [string, Measurement[]] => [row.id, []]));
  for (let round = 1; round <= group.rounds; round += 1) {
    for (const row of group.rows) {
      const measurement = await measure(row, programs, seed);
      runs.get(row.id)?.push(measurement);
      const { bytes, cpuSeconds, failure } = measurement;
      say(
        `  ${round}/${group.rounds} ${row.id}: ${failure ?? `${(bytes / 1e6 / cpuSeconds).toFixed(1)} MB per CPU-second`}`,
      );
    }
  }
  return group.rows.map((row) => resultOf(row, runs.get(row.id) ?? []));
}
