// `npm test`, `npm run test:unit` and `npm run test:slow`: runs a suite or the given files, several files at a time.
// Starts one DynamoDB and one S3 for all of them. `npm run test:slow -- --skip-passed` skips the end-to-end tests that
// passed in the last `npm test`.
import { writeFileSync } from 'node:fs';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { COMPILE_CACHE, PASSED, PROJECT } from './folders.ts';
import { passedPatterns } from './passed.ts';
import { uncovered } from './promises.ts';
import { TestReport } from './report.ts';
import { startSharedServers } from './servers.ts';
import { inFewerProcesses, isSuite, SUITES, startsTheAction } from './suites.ts';
import { testFlags } from './test-flags.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Tests that start the Action mostly wait for other processes, so more files than processors can run at once.
    concurrency: { type: 'string', default: '4' },
    'skip-passed': { type: 'boolean', default: false },
  },
});

const [suite = 'quick', ...more] = positionals;
const files = isSuite(suite) ? SUITES[suite]() : [suite, ...more];
if (suite === 'quick' || suite === 'unit') process.env['TEST_EFFORT'] = 'quick';

await using stack = new AsyncDisposableStack();
if (files.some(startsTheAction)) stack.use(await startSharedServers());
// Compiling dist/program.js takes a third of the time of a short step.
process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;

const report = new TestReport(PROJECT);
const events = run({
  files: files.length > 1 ? inFewerProcesses(files) : files,
  concurrency: Number(values.concurrency),
  cwd: PROJECT,
  // The longest test of `npm test` takes 20 s, and a slow test minutes.
  execArgv: testFlags(process.env['TEST_EFFORT'] === 'quick' ? 3 : 15),
  testSkipPatterns: values['skip-passed'] ? passedPatterns() : [],
});
for await (const event of events) report.add(event);
if (suite === 'quick') writeFileSync(PASSED, JSON.stringify(report.passed));
process.exitCode = report.end(suite === 'quick' ? uncovered(report.passed) : []) ? 0 : 1;
