// `npm run test:peers`: the end-to-end suite against servers that check more than the embedded ones do. Installs what it
// needs into .peers/, starts each server once, and shows them to the tests by the variables TEST_SOURCE and TEST_STORE.
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type GuardedProcess, spawnGuarded } from '../support/server-process.ts';
import { type SourceName, startSourceServer } from '../support/source-servers.ts';
import { type StoreName, startStoreServer } from '../support/store-servers.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

interface Pair {
  readonly source: SourceName;
  readonly store: StoreName;
}

const PAIRS: readonly Pair[] = [
  { source: 'dynamodb-local', store: 'versitygw' },
  { source: 'dynalite', store: 'moto' },
];

/** Tests with servers of their own, which do not change with the peers. */
const OWN_SERVERS = ['memory.test.ts', 'pacing.test.ts'];

/** Files at once: most of the time of a test is spent on waiting for the server. */
const CONCURRENCY = 2;

const SUITES = {
  'the doubles themselves': [
    'test/support/source.test.ts',
    'test/support/store.test.ts',
    ...globSync('test/support/export-service/*.test.ts', { cwd: PROJECT }),
  ],
  'end to end': globSync('test/{e2e,slow,peers}/*.test.ts', { cwd: PROJECT }).filter(
    (file) => !OWN_SERVERS.includes(basename(file)),
  ),
} as const;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'peers-'));
stack.defer(() => rm(folder, { recursive: true, force: true }));
// Whatever a killed test could not clean up lies in there, and goes with it.
process.env['TMPDIR'] = folder;

let suiteUnderWay: GuardedProcess | undefined;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    process.exitCode = 1;
    void suiteUnderWay?.[Symbol.asyncDispose]();
  });
}

const results: string[] = [];
for (const pair of PAIRS) {
  const name = `${pair.source} and ${pair.store}`;
  if (interrupted) {
    break;
  }
  try {
    await runPair(pair, name);
  } catch (error) {
    process.exitCode = 1;
    results.push(`${name}: could not be run: ${(error as Error).message}`);
  }
}
process.stdout.write(`\n${results.join('\n')}\n`);

/** Starts the servers of a pair once, and runs every suite against them. */
async function runPair(pair: Pair, name: string): Promise<void> {
  await using source = await startSourceServer(pair.source);
  await using store = await startStoreServer(pair.store);
  const env = {
    ...process.env,
    TEST_SOURCE: pair.source,
    TEST_SOURCE_ENDPOINT: source.endpoint,
    TEST_STORE: pair.store,
    TEST_STORE_ENDPOINT: store.endpoint,
  };
  for (const [suite, files] of Object.entries(SUITES)) {
    process.stdout.write(`\n=== ${name}, ${suite}: ${files.length} files of tests\n`);
    // Without files, the test runner would look for some by itself.
    const counts = files.length === 0 ? { passed: 0, failed: 0, skipped: 0 } : await runSuite(files, env);
    if (counts.failed > 0 || counts.passed === 0) {
      process.exitCode = 1;
    }
    results.push(`${name}, ${suite}:${counts.passed + counts.failed === 0 ? ' NO TEST RAN' : ''}`);
    results.push(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}

async function runSuite(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  if (interrupted) {
    throw new Error('interrupted');
  }
  const report = join(folder, 'report.tap');
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${report}`,
  ];
  const options = { cwd: PROJECT, show: true, env };
  suiteUnderWay = spawnGuarded(
    process.execPath,
    ['--test', `--test-concurrency=${CONCURRENCY}`, ...reporters, ...files],
    options,
  );
  const code = await suiteUnderWay.ended;
  const counts = readCounts(await readFile(report, 'utf8'));
  if (interrupted) {
    throw new Error('interrupted');
  }
  if (code !== 0 && counts.failed === 0) {
    throw new Error(`the test runner ended with ${code}`);
  }
  return counts;
}

/** From the comments at the end of a TAP report: `# pass 12`. */
function readCounts(tap: string): Counts {
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
}
