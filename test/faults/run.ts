// `npm run test:faults`: copies a table repeatedly with faults that a seed determines. Each run must end with a
// complete and identical copy, or fail without a summary. `--kind two-attempts` runs only that kind of schedules.
// `--count 30` sets the number of schedules per kind, `--from 301` the first seed. `--seed 7` runs one seed.
import { parseArgs } from 'node:util';
import { COMPILE_CACHE } from '../run/folders.ts';
import { KIND_NAMES, type KindName, SCHEDULE_KINDS } from './kinds.ts';
import { isGood } from './outcome.ts';
import { problemsOf, runSchedules, tally } from './run-schedules.ts';

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string' },
    // A run mostly waits for requests without a response, so two processors can run eight at once.
    parallel: { type: 'string', default: '8' },
  },
});
const kinds = KIND_NAMES.filter((name) => values.kind === undefined || values.kind === name);
if (kinds.length === 0) throw new Error(`--kind: "${values.kind}" is invalid. Use ${KIND_NAMES.join(' or ')}`);

// Compiling dist/program.js takes a third of the time of a short step.
process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;

const problems: string[] = [];
for (const kind of kinds) problems.push(...(await runKind(kind)));
for (const problem of problems) say(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

async function runKind(kind: KindName): Promise<string[]> {
  const started = performance.now();
  const outcomes = await runSchedules(kind, seedsOf(kind), {
    parallel: Number(values.parallel),
    onEnd({ seed, ending, faults, durationMs, title, detail }) {
      const why = isGood(ending) ? detail.split('\n')[0] : detail;
      const measured = `${faults} faults, ${(durationMs / 1000).toFixed(1)} s`;
      say(`${kind}, seed ${seed}: ${ending}, ${measured}. ${title}. ${why}`);
    },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  say(`${kind}: ${outcomes.length} schedules in ${seconds} s: ${tally(outcomes)}`);
  return problemsOf(kind, outcomes);
}

function seedsOf(kind: KindName): number[] {
  const from = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.count ?? SCHEDULE_KINDS[kind].count) : 1;
  return Array.from({ length: count }, (_, index) => from + index);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
