import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dynamoDbError, s3Error } from '../emulators/faults.ts';
import { GITHUB_TOKEN } from '../fixtures/action-inputs.ts';
import { assertFailed, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** Texts that the runner would execute or GitHub would render if they reached the output unescaped. */
const HOSTILE = [
  'x\n::error::injected',
  'x\r::set-output name=engine::injected',
  '::add-mask::scan',
  '##[error]injected',
  '%0A::warning::injected',
  '| a | b |\n|---|---|',
  '<img src=x onerror=alert(1)>',
  '`injected` **bold** [link](javascript:alert(1))',
];

/** Environment variables of a job that contain secrets. */
const SECRETS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLE-session-token',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'eyJhbGciOiJSUzI1NiJ9.request-token',
  ACTIONS_RUNTIME_TOKEN: 'eyJhbGciOiJSUzI1NiJ9.runtime-token',
  GITHUB_TOKEN: 'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
} as const;

/** Workflow commands that the Action writes itself. */
const OWN_COMMANDS = ['add-mask', 'group', 'endgroup'];

suite('workflow commands and Markdown from outside are escaped in log, outputs and summary', { concurrency: 2 }, () => {
  for (const input of fewOf(['dynamodb-table-name', 's3-bucket-name', 'file-size', 'commit-status', 'aws-region'], 1)) {
    test(`escapes text from an invalid ${input}`, async () => {
      await using pair = await openPair();
      await using run = await pair.run({ 'dynamodb-table-name': 'orders', [input]: HOSTILE.join(' ') });
      await assertFailed(run, pair, 'INVALID_INPUT');
      assertInert(run, ['error']);
    });
  }

  slowTest('escapes text from unknown placeholders in s3-key-prefix', async () => {
    await using pair = await openPair();
    const prefix = HOSTILE.map((text) => `{${text}}`).join(' ');
    await using run = await pair.run({ 'dynamodb-table-name': 'orders', 's3-key-prefix': prefix });
    await assertFailed(run, pair, 'INVALID_INPUT');
    assertInert(run, ['error']);
  });

  slowTest('escapes text from a valid s3-key-prefix', async () => {
    await using pair = await openPair();
    const prefix = "::error::x/##[error]injected/%0A::warning::x/a|b/<img src=x>/`c`/**d**/it's & $x @octocat";
    const table = await pair.source.createTable(smallItems(10));
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': prefix });
    const copy = await pair.copyOf(run);
    assertInert(run, []);
    assert.equal(copy.summary.s3Prefix, prefix);
    assert.equal(run.outputs['s3-uri'], `s3://${pair.bucket}/${copy.folder}`);
    assert.deepEqual(
      JSON.parse(run.outputs['s3-keys'] ?? ''),
      copy.objects.map((object) => object.dataFileS3Key),
    );
  });

  slowTest('escapes text from DynamoDB responses', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    const text = `Invalid FilterExpression: ${HOSTILE.join(' ')}`;
    pair.source.inject(({ operation }) =>
      operation === 'Scan' ? dynamoDbError('ValidationException', text) : undefined,
    );
    await using run = await pair.run({ 'dynamodb-table-name': table });
    await assertFailed(run, pair, 'INVALID_SCAN');
    assertInert(run, ['error']);
  });

  test('escapes text from S3 responses', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    const text = HOSTILE.join(' ').replaceAll('<', '&lt;');
    pair.store.inject(({ operation }) => (operation === 'PutObject' ? s3Error(text, 409, text) : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    await assertFailed(run, pair, 'AWS_ERROR');
    assertInert(run, ['error']);
  });
});

suite('secrets of the job appear in no log, output or summary', { concurrency: 2 }, () => {
  test('hides secrets that inputs contain', async () => {
    await using pair = await openPair();
    await using run = await pair.run(
      { 'dynamodb-table-name': Object.values(SECRETS).join(' '), 'file-size': SECRETS.GITHUB_TOKEN },
      { env: SECRETS },
    );
    await assertFailed(run, pair, 'INVALID_INPUT');
    assertNoSecret(run);
  });

  for (const [name, secret] of fewOf(Object.entries(SECRETS), 1)) {
    test(`hides the value of ${name} if an AWS error contains it`, async () => {
      await using pair = await openPair();
      pair.source.inject(() => dynamoDbError(secret.replaceAll('/', '-'), `the secret is ${secret}`));
      await using run = await pair.run({ 'dynamodb-table-name': 'orders' }, { env: SECRETS });
      await assertFailed(run, pair, 'AWS_ERROR');
      assertNoSecret(run);
    });
  }
});

function assertInert(run: RunResult, expected: readonly string[]): void {
  const names = run.commands.map((command) => command.name).filter((name) => !OWN_COMMANDS.includes(name));
  assert.deepEqual(names, expected, run.stdout);
  // The Action masks only its own secrets. An additional mask would hide part of the log.
  const masks = run.commands.filter((command) => command.name === 'add-mask').map((command) => command.message);
  assert.deepEqual(masks, [GITHUB_TOKEN, 'TESTACCESSKEY', 'not-a-secret']);
  assert.notEqual(run.outputs['engine'], 'injected');
  assert.ok(!/<img|`injected`|\*\*bold|\]\(javascript|@octocat/.test(run.summary), run.summary);
  // At most one table: the Action's own.
  assert.ok((run.summary.match(/\|---\|---\|/g) ?? []).length <= 1, run.summary);
}

function assertNoSecret(run: RunResult): void {
  const commands = run.commands.filter((command) => command.name === 'add-mask').map((command) => command.line);
  const printed = run.stdout
    .split('\n')
    .filter((line) => !commands.includes(line))
    .join('\n');
  for (const secret of Object.values(SECRETS)) {
    for (const text of [printed, run.stderr, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state)]) {
      assert.ok(!text.includes(secret), `${secret} appears in:\n${text}`);
    }
  }
}
