import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dynamoDbError, s3Error } from '../emulators/faults.ts';
import { assertFailed, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** What would be obeyed, or rendered, if it came through as it is. */
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

/** Every variable of a job that holds a secret of the step. */
const SECRETS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLE-session-token',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'eyJhbGciOiJSUzI1NiJ9.request-token',
  ACTIONS_RUNTIME_TOKEN: 'eyJhbGciOiJSUzI1NiJ9.runtime-token',
  GITHUB_TOKEN: 'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
} as const;

/** The commands that the Action gives on its own account. */
const OWN_COMMANDS = ['add-mask', 'group', 'endgroup'];

suite('text from outside cannot act in log, outputs or summary', { concurrency: 2 }, () => {
  for (const input of fewOf(['dynamodb-table-name', 's3-bucket-name', 'file-size', 's3-key-prefix', 'aws-region'], 2)) {
    test(`from the input ${input}`, async () => {
      await using pair = await openPair();
      // In braces it is a placeholder that does not exist: the prefix itself may hold nearly anything.
      const value = input === 's3-key-prefix' ? HOSTILE.map((text) => `{${text}}`) : [HOSTILE.join(' ')];
      await using run = await pair.run({ 'dynamodb-table-name': 'orders', [input]: value.join(' ') });
      await assertFailed(run, pair, 'INVALID_INPUT');
      assertInert(run, ['error']);
    });
  }

  slowTest('from a prefix that is allowed', async () => {
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

  slowTest('from the answers of DynamoDB', async () => {
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

  test('from the answers of S3', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    const text = HOSTILE.join(' ').replaceAll('<', '&lt;');
    pair.store.inject(({ operation }) => (operation === 'PutObject' ? s3Error(text, 409, text) : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    await assertFailed(run, pair, 'AWS_ERROR');
    assertInert(run, ['error']);
  });
});

suite('secrets of the job are shown nowhere', { concurrency: 2 }, () => {
  test('where an input holds them', async () => {
    await using pair = await openPair();
    await using run = await pair.run(
      { 'dynamodb-table-name': Object.values(SECRETS).join(' '), 'file-size': SECRETS.GITHUB_TOKEN },
      { env: SECRETS },
    );
    await assertFailed(run, pair, 'INVALID_INPUT');
    assertNoSecret(run);
  });

  for (const [name, secret] of fewOf(Object.entries(SECRETS), 1)) {
    test(`where an error of AWS is called as ${name} is`, async () => {
      await using pair = await openPair();
      pair.source.inject(() => dynamoDbError(secret.replaceAll('/', '-'), `the secret is ${secret}`));
      await using run = await pair.run({ 'dynamodb-table-name': 'orders' }, { env: SECRETS });
      await assertFailed(run, pair, 'AWS_ERROR');
      assertNoSecret(run);
    });
  }
});

function assertInert(run: RunResult, expected: readonly string[]): void {
  const given = run.commands.map((command) => command.name).filter((name) => !OWN_COMMANDS.includes(name));
  assert.deepEqual(given, expected, run.stdout);
  // The masks are the Action's own secrets; one more would hide part of the log.
  const masks = run.commands.filter((command) => command.name === 'add-mask').map((command) => command.message);
  assert.deepEqual(masks, ['TESTACCESSKEY', 'not-a-secret']);
  assert.notEqual(run.outputs['engine'], 'injected');
  assert.ok(!/<img|`injected`|\*\*bold|\]\(javascript|@octocat/.test(run.summary), run.summary);
  // One table at the most, and none that came from outside.
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
      assert.ok(!text.includes(secret), `${secret} is in:\n${text}`);
    }
  }
}
