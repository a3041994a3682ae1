// `npm run test:peers`: runs the end-to-end tests against servers that are stricter than the embedded ones. Installs
// the servers into .peers/, starts each of them once, and passes them to the tests in TEST_SOURCE and TEST_STORE.
//
// Runs the cases of `npm test`, which send every kind of request. The other cases vary the Action rather than the
// requests. They run with `--thorough`, which a weekly workflow uses.
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type GuardedProcess, spawnGuarded } from '../emulators/server-process.ts';
import { type SourceName, startSourceServer } from '../emulators/source-servers.ts';
import { type StoreName, startStoreServer } from '../emulators/store-servers.ts';
import { COMPILE_CACHE, PROJECT } from '../run/folders.ts';
import { inFewerProcesses } from '../run/suites.ts';

interface Pair {
  readonly source: SourceName;
  readonly store: StoreName;
}

const PAIRS: readonly Pair[] = [
  { source: 'dynamodb-local', store: 'versitygw' },
  { source: 'dynalite', store: 'moto' },
];

const { values } = parseArgs({ options: { thorough: { type: 'boolean', default: false } } });

/** Tests that do not depend on the peers, because they start their own servers or no server. */
const WITHOUT_PEERS = ['entries.test.ts', 'memory.test.ts', 'pacing.test.ts'];

/** Slow tests that run without `--thorough`, because they depend on how the server ends interrupted requests. */
const QUICK = ['resume-kills.test.ts'];

/** Number of files that run at once. Tests spend most of their time waiting for the server. */
const CONCURRENCY = 4;

const SUITES = {
  'test servers': [
    'test/doubles/source.test.ts',
    'test/doubles/store.test.ts',
    ...globSync('test/doubles/export-service/*.test.ts', { cwd: PROJECT }),
  ],
  'end-to-end': [
    ...globSync('test/slow/*.test.ts', { cwd: PROJECT }).filter(
      (file) => values.thorough || QUICK.includes(basename(file)),
    ),
    ...globSync('test/{peers,e2e}/*.test.ts', { cwd: PROJECT }),
  ].filter((file) => !WITHOUT_PEERS.includes(basename(file))),
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
    ...(values.thorough ? {} : { TEST_EFFORT: 'quick' }),
    // Compiling dist/program.js takes a third of the time of a short step.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? COMPILE_CACHE,
    TEST_SOURCE: pair.source,
    TEST_SOURCE_ENDPOINT: source.endpoint,
    TEST_STORE: pair.store,
    TEST_STORE_ENDPOINT: store.endpoint,
  };
  for (const [suite, files] of Object.entries(SUITES)) {
    process.stdout.write(`\n=== ${name}, ${suite}: ${files.length} test files\n`);
    // Without file arguments, the test runner would search for test files.
    const counts =
      files.length === 0 ? { passed: 0, failed: 0, skipped: 0 } : await runSuite(inFewerProcesses(files), env);
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
