// `npm run test:mutants -- --count 60 --seed 1`: measures the tests. Changes one place of src/ at a time, chosen by the
// seed, and runs the unit tests that import the file, then the other tests of its folder; if they pass, all tests of
// `npm test`. Lists the mutants that no test detects.
// `--file src/export/start-export.ts` takes mutants of one file only, `--own` skips `npm test`.
import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { integer, pick, seeded } from '../fixtures/random-pages.ts';
import { SUITES } from '../run/suites.ts';
import { type Mutation, type MutationKind, mutate, mutationsOf } from './mutations.ts';
import { copyProject, type ProjectCopy } from './project-copy.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

type Command = readonly string[];

/** Checks only src/: tests do not depend on a type that a mutation can change. */
const TYPE_CHECK: Command = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmit'];
const BUILD: Command = ['--run', 'build'];
const ALL_TESTS: Command = ['test/run/run.ts'];

/** A mutant counts as detected if its tests take this many times longer than without a mutant. */
const SLOWER = 3;

/** Time limits are at least this, since short tests can take several times longer on a busy machine. */
const MIN_LIMIT_MS = 20_000;

/** Builds, and tests without a mutant, end long before this. */
const MAX_LIMIT_MS = 900_000;

const KINDS: readonly MutationKind[] = ['boundary', 'operator', 'boolean', 'await', 'return'];

type Outcome =
  | 'rejected by tsc'
  | 'detected by its own tests'
  | 'detected by npm test'
  | 'survived its own tests'
  | 'survived';

interface Mutant {
  readonly file: string;
  readonly source: string;
  readonly mutation: Mutation;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string', default: 'src/**/*.ts' },
    own: { type: 'boolean', default: false },
    // The tests of two mutants run at once on two processors.
    parallel: { type: 'string', default: '2' },
  },
});

const mutants = await allMutants(values.file);
const random = seeded(Number(values.seed));
const outcomes: { readonly mutant: Mutant; readonly outcome: Outcome }[] = [];
const timeLimits = new Map<string, Promise<number>>();
let started = 0;
await Promise.all(Array.from({ length: Number(values.parallel) }, runNext));

const counted = outcomes.filter(({ outcome }) => outcome !== 'rejected by tsc');
const survivors = counted.filter(({ outcome }) => outcome.startsWith('survived'));
say(`\nSurvivors:`);
for (const { mutant } of survivors.toSorted((a, b) => a.mutant.file.localeCompare(b.mutant.file))) {
  say(`${place(mutant)}: ${mutant.mutation.what}\n    ${lineOf(mutant)}`);
}
const tally = Map.groupBy(outcomes, ({ outcome }) => outcome);
say(`\nSeed ${values.seed}: ${[...tally].map(([outcome, all]) => `${all.length} ${outcome}`).join(', ')}`);
say(`${counted.length - survivors.length} of ${counted.length} mutants detected`);

/** Runs mutants in one copy of the project until enough of them compiled. */
async function runNext(): Promise<void> {
  await using copy = await copyProject(PROJECT);
  while (started < Number(values.count)) {
    const mutant = take();
    if (!mutant) return;
    started += 1;
    const startedAt = performance.now();
    const outcome = await outcomeOf(mutant, copy);
    // A type error is detected before any test. Another mutant takes its place.
    if (outcome === 'rejected by tsc') started -= 1;
    outcomes.push({ mutant, outcome });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    say(`${seconds.padStart(4)} s  ${outcome}: ${place(mutant)}, ${mutant.mutation.what}`);
  }
}

/** Removes a random mutant from the list. Every kind has the same chance, or half of them would be returns. */
function take(): Mutant | undefined {
  const kinds = KINDS.filter((kind) => mutants.some(({ mutation }) => mutation.kind === kind));
  if (kinds.length === 0) return undefined;
  const kind = pick(random, kinds);
  const ofKind = mutants.filter(({ mutation }) => mutation.kind === kind);
  const chosen = ofKind[integer(random, 0, ofKind.length - 1)] as Mutant;
  mutants.splice(mutants.indexOf(chosen), 1);
  return chosen;
}

async function outcomeOf({ file, source, mutation }: Mutant, copy: ProjectCopy): Promise<Outcome> {
  const passesAll = async (limitMs: number, ...commands: readonly Command[]) => {
    await copy.write(file, mutate(source, mutation));
    try {
      for (const command of commands) if (!(await passes(copy, command, limitMs))) return false;
      return true;
    } finally {
      await copy.restore();
    }
  };
  if (!(await passesAll(MAX_LIMIT_MS, TYPE_CHECK))) return 'rejected by tsc';
  const ofFolder = testsOfFolder(file);
  const nearest = SUITES.unit().filter((test) => imports(test, file));
  const others = ofFolder.filter((test) => !nearest.includes(test));
  // Most mutants fail in the tests that import the file. The others share the time limit of the folder.
  for (const [tests, timed] of [
    [nearest, nearest],
    [others, ofFolder],
  ] as const) {
    if (tests.length === 0) continue;
    const limit = await timeLimit(copy, nodeTest(timed));
    if (!(await passesAll(limit, nodeTest(tests)))) return 'detected by its own tests';
  }
  if (values.own) return 'survived its own tests';
  const allLimit = await timeLimit(copy, ALL_TESTS);
  return (await passesAll(allLimit, BUILD, ALL_TESTS)) ? 'survived' : 'detected by npm test';
}

async function passes(copy: ProjectCopy, command: Command, timeoutMs: number): Promise<boolean> {
  // One failed test is sufficient. The first form is that of run.ts, the second that of `node --test`.
  const result = await copy.run(command, { timeoutMs, env: { TEST_EFFORT: 'quick' }, stopAt: /^(FAILED {2}|\s*✖ )/m });
  return result === 'passed';
}

/**
 * Returns the time limit of tests in milliseconds.
 *
 * @throws if they fail without a mutant, since every mutant would then count as detected
 */
function timeLimit(copy: ProjectCopy, command: Command): Promise<number> {
  const what = command.join(' ');
  const limit =
    timeLimits.get(what) ??
    (async () => {
      const startedAt = performance.now();
      if (!(await passes(copy, command, MAX_LIMIT_MS))) throw new Error(`These tests fail without a mutant: ${what}`);
      return Math.max(MIN_LIMIT_MS, SLOWER * (performance.now() - startedAt));
    })();
  timeLimits.set(what, limit);
  return limit;
}

async function allMutants(pattern: string): Promise<Mutant[]> {
  const files = globSync(pattern, { cwd: PROJECT, exclude: ['**/*.wasm.ts'] }).sort();
  const found = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(join(PROJECT, file), 'utf8');
      return mutationsOf(source).map((mutation) => ({ file, source, mutation }));
    }),
  );
  return found.flat();
}

/** Returns the tests of the folder in test/ that corresponds to the folder of a file, or the file's own test. */
function testsOfFolder(file: string): readonly string[] {
  const [, folder = '', ...rest] = file.split('/');
  const own = rest.length === 0 ? `test/${folder.replace(/\.ts$/, '.test.ts')}` : `test/${folder}/**/*.test.ts`;
  return globSync(own, { cwd: PROJECT }).sort();
}

function imports(test: string, file: string): boolean {
  return readFileSync(join(PROJECT, test), 'utf8').includes(`/${file}'`);
}

function nodeTest(tests: readonly string[]): Command {
  return ['--test', '--test-concurrency=2', ...tests];
}

function place({ file, mutation }: Mutant): string {
  return `${file}:${mutation.line}`;
}

function lineOf({ source, mutation }: Mutant): string {
  return source.split('\n')[mutation.line - 1]?.trim() ?? '';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
