// `npm run test:faults`: copies a table again and again while its requests go wrong as a seed says, and wants each run
// to end complete and exactly equal, or failed without a summary. `--count 30` runs fewer, `--from 301` others, `--seed 7`
// one of them.
import { parseArgs } from 'node:util';
import { isGood } from './run-schedule.ts';
import { problemsOf, runSchedules, tally } from './run-schedules.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '300' },
    // A run mostly waits, for what does not answer: two processors are not busy with eight.
    parallel: { type: 'string', default: '8' },
  },
});
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.count) : 1;
const seeds = Array.from({ length: count }, (_, index) => from + index);

const started = performance.now();
const outcomes = await runSchedules(seeds, {
  parallel: Number(values.parallel),
  onEnd({ seed, ending, faults, durationMs, title, detail }) {
    const why = isGood(ending) ? detail.split('\n')[0] : detail;
    say(`seed ${seed}: ${ending}, ${faults} faults, ${(durationMs / 1000).toFixed(1)} s. ${title}. ${why}`);
  },
});
const problems = problemsOf(outcomes);
say(`${outcomes.length} schedules in ${Math.round((performance.now() - started) / 1000)} s: ${tally(outcomes)}`);
for (const problem of problems) say(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
