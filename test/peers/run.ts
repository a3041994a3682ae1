// `npm run test:peers`: runs the end-to-end tests against servers that are stricter than the embedded ones. Installs
// the servers into .peers/, starts each of them once, and passes them to the tests in TEST_SOURCE and TEST_STORE.
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type GuardedProcess, spawnGuarded } from '../emulators/server-process.ts';
import { type SourceName, startSourceServer } from '../emulators/source-servers.ts';
import { type StoreName, startStoreServer } from '../emulators/store-servers.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

interface Pair {
  readonly source: SourceName;
  readonly store: StoreName;
}

const PAIRS: readonly Pair[] = [
  { source: 'dynamodb-local', store: 'versitygw' },
  { source: 'dynalite', store: 'moto' },
];

/** Tests that start their own servers and therefore do not depend on the peers. */
const OWN_SERVERS = ['memory.test.ts', 'pacing.test.ts'];

/** Number of files that run at once. Tests spend most of their time waiting for the server. */
const CONCURRENCY = 2;

const SUITES = {
  'test servers': [
    'test/doubles/source.test.ts',
    'test/doubles/store.test.ts',
    ...globSync('test/doubles/export-service/*.test.ts', { cwd: PROJECT }),
  ],
  'end-to-end': globSync('test/{e2e,slow,peers}/*.test.ts', { cwd: PROJECT }).filter(
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
// Files that a killed test could not clean up are in this folder and are deleted with it.
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
    results.push(`${name}: failed to run: ${(error as Error).message}`);
  }
}
process.stdout.write(`\n${results.join('\n')}\n`);

/** Starts the servers of a pair once and runs every suite against them. */
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
    process.stdout.write(`\n=== ${name}, ${suite}: ${files.length} test files\n`);
    // Without file arguments, the test runner would search for test files.
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
    throw new Error(`The test runner failed with exit code ${code}`);
  }
  return counts;
}

/** Returns the counts in the comments at the end of a TAP report: `# pass 12`. */
function readCounts(tap: string): Counts {
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
}
