import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test, { suite, type TestContext } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { Log } from '../../src/github/log.ts';
import { parseLog } from '../runner/runner-log.ts';

const SECRETS = {
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY',
  // Contains the secret above. The whole token must be masked.
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2lu==wJalrXUtnFEMI/K7MDENG+bPxRfiCY==tail',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'eyJhbGciOiJ.id-token',
  ACTIONS_RUNTIME_TOKEN: 'eyJhbGciOiJ.runtime-token',
  GITHUB_TOKEN: 'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
  'INPUT_GITHUB-TOKEN': 'ghp_personalAccessTokenOfTheInput',
};

function logTexts(...texts: string[]): { readonly output: string; readonly log: ReturnType<typeof parseLog> } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'logged-lines.ts')], {
    env: { ...SECRETS, TEXTS: JSON.stringify(texts), PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return { output: stdout, log: parseLog(stdout) };
}

/** Commands that Log writes for one text logged as notice, warning, error and group. */
const EXPECTED = ['notice', 'warning', 'error', 'group', 'endgroup'];

test('log methods write ordinary text unchanged', () => {
  const { log } = logTexts('Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]');
  assert.deepEqual(
    log.commands.filter(({ name }) => name !== 'add-mask').map(({ name }) => name),
    EXPECTED,
  );
  for (const line of [
    'Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]',
    'Notice: Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]',
    'Warning: Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]',
    'Error: Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]',
    'Remedy Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]',
    '▼ Table "T" has 3 items: 100% of é😀, a=b; c::d # [x]',
    '  inside',
  ]) {
    assert.ok(log.text.split('\n').includes(line), line);
  }
});

test('an error annotation has the error code as its title and keeps line breaks', () => {
  const { log } = logTexts('first\nsecond');
  const error = log.commands.find(({ name }) => name === 'error');
  assert.deepEqual(error?.properties, { title: 'NETWORK' });
  assert.equal(error?.message, 'first\nsecond\nRemedy first\\u000asecond');
});

suite('a message longer than the 4,096 characters of an annotation', () => {
  const problems = Array.from({ length: 200 }, (_, n) => `problem ${n}: ${'é😀'.repeat(20)}`);

  test('is logged in full as plain lines, and the error annotation is shortened but keeps the remedy', (t) => {
    const { commands, text } = commandsOf(t, (log) =>
      log.failure(new CopyError('INVALID_INPUT', problems.join('\n'), 'Correct these inputs.'), 'https://help'),
    );
    const [error] = commands;
    assert.equal(commands.length, 1);
    assert.ok((error?.message.length ?? 0) <= 4_096, `${error?.message.length}`);
    assert.ok((error?.message.length ?? 0) > 4_000, `${error?.message.length}`);
    assert.match(
      error?.message ?? '',
      /^problem 0: .*… \(full text in the log above\)\nCorrect these inputs\.\nMore information: https:\/\/help$/s,
    );
    const lines = text.split('\n');
    assert.equal(lines[0], `INVALID_INPUT: ${problems[0]}`);
    assert.deepEqual(lines.slice(1, 202), [
      ...problems.slice(1),
      'Correct these inputs.',
      'More information: https://help',
    ]);
  });

  test('is logged in full as a plain line, and the warning or notice annotation is shortened', (t) => {
    const long = problems.join(', ');
    for (const kind of ['warning', 'notice'] as const) {
      const { commands, text } = commandsOf(t, (log) => log[kind](long));
      assert.equal(commands.length, 1);
      assert.equal(commands[0]?.name, kind);
      assert.ok((commands[0]?.message.length ?? 0) <= 4_096);
      assert.ok(commands[0]?.message.isWellFormed());
      assert.match(commands[0]?.message ?? '', /… \(full text in the log above\)$/);
      assert.equal(text.split('\n')[0], long);
    }
  });

  test('is shortened even within the remedy', (t) => {
    const remedy = `Correct ${'x'.repeat(5_000)}`;
    const { commands, text } = commandsOf(t, (log) => log.failure(new CopyError('INVALID_INPUT', 'Wrong.', remedy)));
    assert.ok((commands[0]?.message.length ?? 0) <= 4_096);
    assert.deepEqual(text.split('\n').slice(0, 2), ['INVALID_INPUT: Wrong.', remedy]);
  });

  test('is not repeated as a plain line if it has exactly 4,096 characters', (t) => {
    const { commands, text } = commandsOf(t, (log) => log.warning('w'.repeat(4_096)));
    assert.equal(commands[0]?.message.length, 4_096);
    assert.equal(text, `Warning: ${'w'.repeat(4_096)}`);
  });
});

/** Returns the commands and the text that the runner reads from what the callback logs. */
function commandsOf(t: TestContext, log: (log: Log) => void) {
  const output: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => output.push(text) > 0);
  log(new Log({}));
  t.mock.restoreAll();
  return parseLog(output.join(''));
}

test('logged text never becomes a workflow command', () => {
  const attacks = [
    '::error::x',
    '  ::set-output name=manifest-key::x',
    '\u00a0::error::x',
    '\ufeff::error::x',
    '\t::error::x',
    'a\n::set-output name=manifest-key::x',
    'a\r::add-mask::x',
    'a\r\n::stop-commands::x',
    'a\u2028::error::x',
    '\u0085::error::x',
    '##[error]x',
    'a ##[set-output name=manifest-key]x',
    '###[error]x',
    '##[[error]x',
    '##\u0000[error]x',
    '%0A::error::x',
    '::::error::x',
    '\u001b[31m::error::x',
  ];
  const { output, log } = logTexts(...attacks);
  const commands = log.commands.filter(({ name }) => name !== 'add-mask').map(({ name }) => name);
  assert.deepEqual(
    commands,
    attacks.flatMap(() => EXPECTED),
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must not reach the log
  assert.doesNotMatch(output, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
  assert.ok(
    attacks.filter((attack) => parseLog(attack).commands.length > 0).length >= 10,
    'control: at least 10 texts are workflow commands if printed directly',
  );
});

test('no log line shows a secret of the environment, even if one secret contains another', () => {
  const { output, log } = logTexts(...Object.values(SECRETS).map((secret) => `before ${secret} after`));
  const masks = log.commands.filter(({ name }) => name === 'add-mask').map(({ message }) => message);
  assert.deepEqual(masks.toSorted(), Object.values(SECRETS).toSorted());
  const rest = output
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n');
  for (const secret of Object.values(SECRETS)) assert.ok(!rest.includes(secret));
  assert.ok(!rest.includes('no remainder of the longer secret is shown'), 'nor by what is left of it');
  assert.equal(rest.split('before *** after').length - 1, 6 * Object.keys(SECRETS).length);
});

test('a log group is closed if its callback fails', async (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  const log = new Log({});
  await assert.rejects(
    log.group('title', async () => {
      throw new Error('failed');
    }),
    /failed/,
  );
  const result = await log.group('title', async () => 7);
  t.mock.restoreAll();
  assert.equal(result, 7);
  assert.deepEqual(
    parseLog(written.join('')).commands.map(({ name }) => name),
    ['group', 'endgroup', 'group', 'endgroup'],
  );
});

test('a secret that is registered later is masked from then on', (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  const log = new Log({ AWS_SESSION_TOKEN: 'long-token' });
  for (const secret of ['long-token-and-longer', 'long-token-and-longer', 'short']) log.maskSecret(secret);
  log.info('signed with long-token-and-longer, or long-token, or short');
  t.mock.restoreAll();
  const { commands, text } = parseLog(written.join(''));
  assert.deepEqual(
    commands.map(({ name, message }) => [name, message]),
    [
      ['add-mask', 'long-token'],
      ['add-mask', 'long-token-and-longer'],
    ],
  );
  assert.equal(text, 'signed with ***, or ***, or short');
  assert.deepEqual(log.secrets, ['long-token-and-longer', 'long-token']);
});
