import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunOptions, type RunResult, runAction, startAction } from '../runner/runner.ts';
import { parseKeyValueFile } from '../runner/runner-files.ts';
import { parseLog } from '../runner/runner-log.ts';

const ACTION_YML = `
inputs:
  table-name: { required: true }
  spaced name: { default: yes please }
  size: { default: 128MiB }
  attempts: { default: 690 }
  matrix: { default: '\${{ toJSON(matrix) }}' }
  job-index: { default: '\${{ strategy.job-index }}' }
runs: { using: node24, main: main.mjs }
`;

/** Creates an Action with this script in a temporary folder. */
async function createAction(script: string): Promise<RunOptions & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'action-'));
  await writeFile(join(folder, 'action.yml'), ACTION_YML);
  await writeFile(join(folder, 'main.mjs'), script);
  return {
    entry: join(folder, 'main.mjs'),
    actionFile: join(folder, 'action.yml'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function runScript(script: string, options: RunOptions = {}): Promise<RunResult> {
  await using action = await createAction(script);
  return await runAction({ ...action, ...options });
}

test('the emulated runner sets every input, with its value or default, and no variable of the test process', async () => {
  process.env['ONLY_IN_TEST_PROCESS'] = 'x';
  await using run = await runScript('console.log(JSON.stringify({ ...process.env, cwd: process.cwd() }))', {
    inputs: { 'table-name': 'orders', size: '' },
    env: { GITHUB_RUN_ATTEMPT: '2' },
    matrix: { shard: 3 },
    jobIndex: 3,
  });
  const env = JSON.parse(run.stdout) as Record<string, string>;
  assert.equal(env['INPUT_TABLE-NAME'], 'orders');
  assert.equal(env['INPUT_SPACED_NAME'], 'yes please');
  assert.equal(env['INPUT_SIZE'], '');
  assert.equal(env['INPUT_ATTEMPTS'], '690');
  assert.equal(env['INPUT_MATRIX'], '{\n  "shard": 3\n}');
  assert.equal(env['INPUT_JOB-INDEX'], '3');
  assert.equal(env['GITHUB_RUN_ATTEMPT'], '2');
  assert.equal(env['cwd'], run.workspace);
  assert.equal(env['ONLY_IN_TEST_PROCESS'], undefined);
  assert.deepEqual(
    Object.keys(env).filter((name) => name.startsWith('AWS_')),
    ['AWS_EC2_METADATA_DISABLED'],
  );
});

test('the post of a step receives the state and RUNNER_TEMP of the step', async () => {
  await using step = await runScript(`
    import { appendFileSync, writeFileSync } from 'node:fs';
    appendFileSync(process.env.GITHUB_STATE, 'uploads=some\\n');
    writeFileSync(process.env.RUNNER_TEMP + '/kept', '');
  `);
  await using post = await runScript(
    `import { readdirSync } from 'node:fs';
    console.log(process.env.STATE_uploads, readdirSync(process.env.RUNNER_TEMP).join());`,
    { postOf: step },
  );
  assert.equal(post.stdout, 'some kept\n');
});

test('the emulated runner rejects an input that action.yml does not have', async () => {
  await assert.rejects(runScript('', { inputs: { 'tabel-name': 'x' } }), /no input tabel-name/);
});

test('a run result contains outputs, state, summary, standard error and exit code', async () => {
  await using run = await runScript(`
    import { appendFileSync } from 'node:fs';
    appendFileSync(process.env.GITHUB_OUTPUT, 'engine=scan\\nkeys<<EOF\\n["a",\\n"b"]\\nEOF\\n');
    appendFileSync(process.env.GITHUB_STATE, 'isPost=true\\n');
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# Done\\n');
    process.stderr.write('to stderr\\n');
    process.exitCode = 1;
  `);
  assert.equal(run.exitCode, 1);
  assert.deepEqual(run.outputs, { engine: 'scan', keys: '["a",\n"b"]' });
  assert.deepEqual(run.state, { isPost: 'true' });
  assert.equal(run.summary, '# Done\n');
  assert.equal(run.stderr, 'to stderr\n');
});

test('a run result contains the peak memory of the step on Linux', { skip: process.platform !== 'linux' }, async () => {
  await using run = await runScript(`
    const held = Buffer.alloc(64 * 1024 * 1024, 1);
    setTimeout(() => { process.exitCode = held[7]; }, 200);
  `);
  assert.equal(run.exitCode, 1);
  assert.ok((run.peakRssBytes ?? 0) > 100 * 1024 * 1024, `${run.peakRssBytes}`);
});

test('a step that exceeds its timeout is killed, and the error contains its output', async () => {
  await assert.rejects(
    runScript(`console.log('still here'); setInterval(() => {}, 1000);`, { timeoutMs: 500 }),
    /did not end within 500 ms and was killed.*\nstill here/s,
  );
});

test('a cancelled step receives SIGINT, and its saved state is in the result', {
  skip: process.platform === 'win32',
}, async () => {
  await using action = await createAction(`
    import { appendFileSync } from 'node:fs';
    process.on('SIGINT', () => {
      appendFileSync(process.env.GITHUB_STATE, 'left=1\\n');
      process.exit(130);
    });
    console.log('ready');
    setInterval(() => {}, 1000);
  `);
  const running = startAction(action);
  await running.printed(/ready/);
  running.cancel();
  await using run = await running.result;
  assert.equal(run.exitCode, 130);
  assert.deepEqual(run.state, { left: '1' });
});

const LEAKS: Readonly<Record<string, string>> = {
  'the log': "console.log('signed with ' + secret)",
  'the log, even if the runner masks it,': "console.log('::add-mask::' + secret); console.log(secret)",
  'the log, as base64': "console.log(Buffer.from(secret).toString('base64'))",
  'an error': "console.log('::error::' + secret)",
  'standard error': 'console.error(secret)',
  'an output': "appendFileSync(process.env.GITHUB_OUTPUT, 'key=' + secret + '\\n')",
  'the state': "appendFileSync(process.env.GITHUB_STATE, 'key=' + secret + '\\n')",
  'the summary': 'appendFileSync(process.env.GITHUB_STEP_SUMMARY, secret)',
  'the environment of later steps': "appendFileSync(process.env.GITHUB_ENV, 'KEY=' + secret + '\\n')",
  'the temporary folder': "appendFileSync(process.env.RUNNER_TEMP + '/keys.json', secret)",
};

for (const [place, script] of Object.entries(LEAKS)) {
  test(`a secret that leaks into ${place} fails the run, even if the step succeeds`, async () => {
    const start = `import { appendFileSync } from 'node:fs'; const secret = process.env.AWS_SESSION_TOKEN;`;
    const run = runScript(`${start} ${script}`, { env: { AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2Vj/session+token==' } });
    await assert.rejects(run, (error: Error) => /leaked into/.test(error.message) && !/session/.test(error.message));
  });
}

test('a run fails if it leaks a secret that was issued during the run', async () => {
  const secrets = () => ['issued-during-the-run'];
  await assert.rejects(runScript(`console.log('issued-during-the-run')`, { secrets }), /leaked into the log/);
  await using run = await runScript(`console.log('::add-mask::issued-during-the-run')`, { secrets });
  assert.equal(run.exitCode, 0);
});

test('the temporary folder of a step is removed after success, timeout and invalid inputs', async () => {
  const steps = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => name.startsWith(`step-${process.pid}-`));
  let folder: string;
  {
    await using run = await runScript('');
    folder = run.folder;
    assert.ok(existsSync(folder), 'the folder must exist until the result is disposed of');
  }
  assert.ok(!existsSync(folder));
  await assert.rejects(runScript('setInterval(() => {}, 1000)', { timeoutMs: 100 }));
  await assert.rejects(runScript('', { inputs: { unknown: 'x' } }));
  assert.deepEqual(await steps(), []);
});

test('parseLog finds injected commands and ignores text that the runner would not execute', () => {
  for (const injected of [
    'copying\n::error::injected',
    'copying\r::error::injected',
    '   ::error::injected',
    '::ERROR::injected',
    'copying orders##[error]injected',
    '::error file=a,line=1::injected',
  ]) {
    const { commands } = parseLog(`${injected}\n`);
    assert.deepEqual(
      commands.map(({ name, message }) => [name, message]),
      [['error', 'injected']],
      JSON.stringify(injected),
    );
  }
  for (const harmless of ['copying ::error::x', '::unknown::x', '::error x', '##[oops]x', '%0A::error::x']) {
    assert.deepEqual(parseLog(`${harmless}\n`), { commands: [], text: harmless });
  }
});

test('parseLog ignores commands between stop-commands and its token', () => {
  const { commands } = parseLog('::stop-commands::token\n::error::no\n::token::\n::error::yes\n');
  assert.deepEqual(
    commands.map((command) => command.name),
    ['stop-commands', 'token', 'error'],
  );
});

test('parseLog renders groups, masks and annotations like the log page of GitHub', () => {
  const { text, commands } = parseLog(
    [
      '::add-mask::hunter2',
      '::group::Reading orders',
      'password hunter2',
      '::debug::not shown',
      '::endgroup::',
      '::warning title=Careful%2C now::first%0Asecond 100%25',
      'end',
      '',
    ].join('\n'),
  );
  assert.equal(text, '▼ Reading orders\n  password ***\nWarning: first\nsecond 100%\nend');
  assert.deepEqual(commands.at(-1)?.properties, { title: 'Careful, now' });
});

test('parseKeyValueFile reads valid files and rejects files that a runner rejects', () => {
  assert.deepEqual(parseKeyValueFile('a=1\nb<<X\n\nX\nc=x<<y\n'), { a: '1', b: '', c: 'x<<y' });
  assert.throws(() => parseKeyValueFile('a<<EOF\nvalue\n'), /Matching delimiter not found/);
  assert.throws(() => parseKeyValueFile('a<<EOF\nvalue\nEOF2'), /must end with new line/);
  assert.throws(() => parseKeyValueFile('=value\n'), /Invalid format/);
  assert.throws(() => parseKeyValueFile('just text\n'), /Invalid format/);
});
