// `npm run test:soak -- --minutes 30`: repeats the tests that depend on time, processes or cancellation while other
// processes keep the processors busy, to find tests that fail only now and then. The seed of a round determines the
// order of the files and the number of busy processes; `--seed 7` repeats one round.
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { type GuardedProcess, spawnGuarded } from '../emulators/server-process.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';
import { COMPILE_CACHE, PROJECT } from './folders.ts';
import { TestReport } from './report.ts';
import { startSharedServers } from './servers.ts';
import { SUITES } from './suites.ts';
import { testFlags } from './test-flags.ts';

/** Topics of the test files to repeat, as parts of their names. */
const TOPICS =
  /cancel|conflict|credentials|export-(?:errors|rerun|wait)|heartbeat|https|kills|load-service|lost|outputs|patience|post|process|proxy|rate|resum|retry|second-attempt|stall|stop-mark|throttl|timed|timeout/;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    concurrency: { type: 'string', default: '4' },
  },
});

const files = [...new Set([...SUITES.unit(), ...SUITES.slow()])].filter((file) => TOPICS.test(file));
const end = performance.now() + Number(values.minutes) * 60_000;
const failures: string[] = [];

await using stack = new AsyncDisposableStack();
stack.use(await startSharedServers());
process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;

let rounds = 0;
if (values.seed === undefined) {
  while (performance.now() < end) await runRound(++rounds);
} else {
  rounds = 1;
  await runRound(Number(values.seed));
}
say(`\n${rounds} rounds of ${files.length} files, ${failures.length} failures`);
for (const failure of failures) say(`\n${failure}`);
process.exitCode = failures.length === 0 && rounds > 0 ? 0 : 1;

/** Runs the files of one round until they end or the time is over. */
async function runRound(seed: number): Promise<void> {
  const random = seeded(seed);
  const order = shuffled(files, random);
  const busy = integer(random, 0, availableParallelism());
  say(`\nRound with seed ${seed}: ${busy} busy processes`);
  await using load = new AsyncDisposableStack();
  for (let nth = 0; nth < busy; nth += 1) load.use(startBusyProcess());
  const report = new TestReport(PROJECT, say);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.max(1_000, end - performance.now()));
  const isTimeUp = () => stop.signal.aborted && values.seed === undefined;
  try {
    const events = run({
      files: order,
      concurrency: Number(values.concurrency),
      cwd: PROJECT,
      execArgv: testFlags(15),
      ...(values.seed === undefined && { signal: stop.signal }),
    });
    for await (const event of events) {
      // Files that are stopped at the end of the time report failures.
      if (!isTimeUp()) report.add(event);
    }
  } finally {
    clearTimeout(timer);
  }
  failures.push(...report.failed.map((failure) => `Seed ${seed}, ${busy} busy processes: ${failure}`));
}

function startBusyProcess(): GuardedProcess {
  return spawnGuarded(process.execPath, ['--eval', 'for (;;);']);
}

/** Returns the files in random order (Fisher-Yates). */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = integer(random, 0, last);
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
