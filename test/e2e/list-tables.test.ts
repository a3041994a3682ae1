import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { blocksOf, read } from '../docs/documents.ts';
import { dynamoDbError, type Fault } from '../emulators/faults.ts';
import { type LoadService, openLoadService } from '../emulators/load-service/load-service.ts';
import { SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { dynamoDbDenies } from '../fixtures/aws-errors.ts';
import { openCredentialPair, ROLE } from '../fixtures/credential-pair.ts';
import { assertSucceeded, type Inputs, openPair, preload, startServers } from '../fixtures/pair.ts';
import { sendRaw } from '../fixtures/raw-dynamodb.ts';
import { slowTest } from '../run/effort.ts';
import { type RunOptions, type RunResult, runAction, startAction } from '../runner/runner.ts';

await startServers();

const LIST_ACTION = {
  entry: join(dirname(process.env['ACTION_ENTRY'] ?? 'dist/index.js'), 'list-tables.js'),
  actionFile: join(dirname(dirname(import.meta.dirname)), 'list-tables/action.yml'),
} as const;

/** Tables of a test. Other tests create tables on the same server, so all names of a test start with its prefix. */
interface Account extends AsyncDisposable {
  readonly service: LoadService;
  readonly prefix: string;
  readonly step: (inputs: Inputs, options?: RunOptions) => RunOptions;
  readonly list: (inputs: Inputs, options?: RunOptions) => Promise<RunResult>;
}

/**
 * @param tables tags of each table, by the rest of its name
 * @param rates limits of operations in requests per second
 */
async function openAccount(
  tables: Readonly<Record<string, Readonly<Record<string, string>>>>,
  options: Pick<Parameters<typeof openLoadService>[0], 'rates' | 'tagsPerPage'> = {},
): Promise<Account> {
  await using stack = new AsyncDisposableStack();
  const { source, store } = stack.use(await openPair());
  const service = stack.use(await openLoadService({ source, store, ...options }));
  const prefix = `list-${randomBytes(6).toString('hex')}`;
  for (const [rest, tags] of Object.entries(tables)) {
    const name = await source.createTable([], { TableName: `${prefix}${rest}` });
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    if (Tags.length === 0) continue;
    const tagged = await sendRaw(service.endpoint, 'TagResource', { ResourceArn: service.tableArn(name), Tags });
    assert.equal(tagged.status, 200, await tagged.text());
  }
  const step = (inputs: Inputs, more: RunOptions = {}): RunOptions => ({
    ...more,
    ...LIST_ACTION,
    inputs,
    env: { ...service.env, ...more.env },
  });
  const resources = stack.move();
  return {
    ...{ service, prefix, step },
    list: (inputs, more) => runAction(step(inputs, more)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function listed(run: RunResult): string[] {
  assertSucceeded(run);
  const tables = JSON.parse(run.outputs['tables'] ?? '') as string[];
  assert.equal(run.outputs['count'], String(tables.length));
  return tables;
}

/** Asserts a failure with one error annotation and without outputs. Returns its message. */
function assertFailedList(run: RunResult, code: string): string {
  assert.equal(run.exitCode, 1, `The step succeeded, but should fail:\n${run.log}`);
  const errors = run.commands.filter(({ name }) => name === 'error');
  assert.deepEqual(
    errors.map(({ properties }) => properties['title']),
    [code],
    run.log,
  );
  assert.match(run.summary, new RegExp(`^### ❌ Listing tables failed: \`${code}\`$`, 'm'));
  assert.deepEqual(run.outputs, {});
  return errors[0]?.message ?? '';
}

suite('list-tables', { concurrency: 3 }, () => {
  test('outputs the tables that match by name, with dots and dashes, sorted, as JSON', async () => {
    await using account = await openAccount({ '-b.c': {}, '-a_d': {}, '-tmp-1': {}, '-B': {} });
    const { prefix } = account;
    const names = `${prefix}-*\n!${prefix}-tmp-?\n`;
    await using run = await account.list({ names });
    assert.deepEqual(listed(run), [`${prefix}-B`, `${prefix}-a_d`, `${prefix}-b.c`]);
    assert.match(run.summary, /^### ✅ Listed 3 tables$/m);
    assert.deepEqual(run.warnings, []);
    assert.deepEqual(
      [...new Set(account.service.requests.map(({ operation }) => operation))].filter((name) => name !== 'TagResource'),
      ['ListTables'],
    );
  });

  test('outputs the tables that have every tag, although DynamoDB throttles and returns tags in pages', async () => {
    await using account = await openAccount(
      {
        '-1': { backup: 'yes', team: 'shop', a: '1', b: '2' },
        '-2': { backup: 'yes', team: 'pay' },
        '-3': {},
        '-4': { backup: 'yes', team: 'shop' },
        '-other': { backup: 'yes', team: 'shop' },
      },
      { tagsPerPage: 1, rates: { ListTagsOfResource: { burst: 2, perSecond: 20 } } },
    );
    const { prefix, service } = account;
    await using run = await account.list({ names: `${prefix}-?`, tags: 'team=shop\nbackup=yes' });
    assert.deepEqual(listed(run), [`${prefix}-1`, `${prefix}-4`]);
    const read = service.requests.filter(({ operation }) => operation === 'ListTagsOfResource');
    const others = read.filter(({ parameters }) => !String(parameters['ResourceArn']).includes(`table/${prefix}-`));
    assert.deepEqual(others, []);
    assert.ok(!read.some(({ parameters }) => String(parameters['ResourceArn']).endsWith('-other')));
    // Values of tags are not part of the log, except in the inputs that the runner prints.
    assert.doesNotMatch(run.log, /shop|pay\b/);
  });

  test('fails with NO_TABLES and states how many tables exist, unless if-empty is ignore', async () => {
    await using account = await openAccount({ '-1': { backup: 'no' } });
    const { prefix } = account;
    await using byName = await account.list({ names: `${prefix}-x*` });
    assert.match(assertFailedList(byName, 'NO_TABLES'), /Tables in us-east-1: \d+\. Matching names: 0\.\n/);
    assert.deepEqual(byName.warnings, [`No table matches ${prefix}-x* by name.`]);
    await using byTag = await account.list({ names: `${prefix}*`, tags: 'backup=yes' });
    assert.match(
      assertFailedList(byTag, 'NO_TABLES'),
      /Matching names: 1\. Matching names and tags: 0\.\nCheck names, tags, aws-region /,
    );
    await using ignored = await account.list({ names: `${prefix}-x*`, 'if-empty': 'ignore' });
    assert.deepEqual(listed(ignored), []);
    assert.deepEqual(ignored.warnings, []);
  });

  test('warns about a pattern that matches no table, because that table may have been renamed', async () => {
    await using account = await openAccount({ '-1': {} });
    const { prefix } = account;
    await using run = await account.list(
      { names: `${prefix}-1\n${prefix}-2` },
      { ...preload('older-node.ts'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
    );
    assert.deepEqual(listed(run), [`${prefix}-1`]);
    const [ignoredProxy = '', ...others] = run.warnings;
    assert.match(ignoredProxy, /^HTTPS_PROXY is set/);
    assert.deepEqual(others, [`No table matches ${prefix}-2 by name.`]);
  });

  test('leaves out a table that is deleted while the tags are read, and logs its name', async () => {
    await using account = await openAccount({ '-1': { backup: 'yes' }, '-2': { backup: 'yes' } });
    const { prefix, service } = account;
    service.inject(({ operation, parameters }) =>
      operation === 'ListTagsOfResource' && String(parameters['ResourceArn']).endsWith('-2')
        ? dynamoDbError('ResourceNotFoundException')
        : undefined,
    );
    await using run = await account.list({ names: `${prefix}*`, tags: 'backup=yes' });
    assert.deepEqual(listed(run), [`${prefix}-1`]);
    assert.match(run.log, new RegExp(`Table ${prefix}-2 was deleted meanwhile and is left out`));
  });

  test('lists 3,000 tables in 30 pages, some of which DynamoDB throttles or loses', async () => {
    await using account = await openAccount({});
    const names = Array.from({ length: 3_000 }, (_, index) => `t.${String(index).padStart(4, '0')}-x`);
    let attempts = 0;
    account.service.inject(({ operation, parameters }) => {
      if (operation !== 'ListTables') return undefined;
      attempts += 1;
      if (attempts % 7 === 0) return dynamoDbError('ThrottlingException', 'Rate exceeded');
      if (attempts % 11 === 0) return 'drop';
      return pageOfNames(names, parameters['ExclusiveStartTableName']);
    });
    await using run = await account.list({ names: '*-x\n!t.[12]*' });
    assert.deepEqual(
      listed(run),
      names.filter((name) => /^t\.0/.test(name)),
    );
    assert.equal(run.warnings.length, 1);
    assert.match(run.warnings[0] ?? '', /^The list has 1,000 tables, but a matrix has at most 256 jobs\./);
    assert.match(run.summary, /and 744 further tables, see the log/);
  });

  slowTest('fails if the list is longer than an output of a job can be', async () => {
    await using account = await openAccount({});
    const names = Array.from({ length: 2_000 }, (_, index) => `t-${index}-`.padEnd(255, 'x'));
    account.service.inject(({ parameters }) => pageOfNames(names, parameters['ExclusiveStartTableName']));
    await using run = await account.list({ names: 't-*' });
    const message = assertFailedList(run, 'OUTPUTS_NOT_WRITTEN');
    assert.match(message, /^The list of 2,000 tables exceeds the GitHub size limit for job outputs\.\n/);
  });

  test('reports every invalid input before the first request', async () => {
    await using account = await openAccount({});
    await using run = await account.list({ names: 'a b', tags: 'backup', 'if-empty': 'warn' });
    const message = assertFailedList(run, 'INVALID_INPUT');
    assert.match(message, /^3 inputs are invalid:\n- names: .*\n- tags: .*\n- if-empty: /);
    assert.deepEqual(account.service.requests, []);
  });

  test('ends a cancelled step without outputs', async () => {
    await using account = await openAccount({ '-1': {} });
    account.service.inject(({ operation }) => (operation === 'ListTagsOfResource' ? 'hang' : undefined));
    const running = startAction(account.step({ names: `${account.prefix}*`, tags: 'a=b' }));
    await running.printed(/Reading the tags of 1 table/);
    const cancelledAt = performance.now();
    running.cancel();
    await using run = await running.result;
    assert.ok(performance.now() - cancelledAt < 5_000, run.log);
    assert.equal(assertFailedList(run, 'CANCELLED'), 'The step was cancelled. No tables are listed.\nRe-run the job.');
  });

  test('assumes the role with OIDC', async () => {
    await using credentials = await openCredentialPair({ sts: { roles: { [ROLE]: { subject: SUBJECT } } } });
    const { pair, table, sts, issuer } = credentials;
    await using run = await runAction({
      ...LIST_ACTION,
      inputs: { names: table, 'role-to-assume': ROLE, 'aws-region': 'us-east-1' },
      env: { ...pair.source.env, ...sts.env, ...issuer.env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      secrets: () => [...issuer.tokens],
    });
    assert.deepEqual(listed(run), [table]);
    assert.deepEqual([...new Set(pair.source.requests.map(({ headers }) => sts.roleOf(headers)))], [ROLE]);
  });
});

suite('the policy for list-tables in docs/credentials.md', { concurrency: 2 }, () => {
  const [, section = ''] = read('docs/credentials.md').text.split('\n### List tables\n');
  const [policy] = blocksOf({ path: '', text: section });
  const { Statement } = JSON.parse(policy?.lines.join('\n') ?? '') as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const actions = Statement.flatMap(({ Action }) => Action);

  test('is sufficient to list tables by tag', async () => {
    await using account = await openAccount({ '-1': { backup: 'yes' } });
    account.service.inject(({ operation }) =>
      actions.includes(`dynamodb:${operation}`) ? undefined : dynamoDbDenies(`dynamodb:${operation}`),
    );
    await using run = await account.list({ names: `${account.prefix}*`, tags: 'backup=yes' });
    assert.deepEqual(listed(run), [`${account.prefix}-1`]);
  });

  for (const denied of actions) {
    slowTest(`allows no more than needed: without ${denied}, the step fails and names it`, async () => {
      await using account = await openAccount({ '-1': { backup: 'yes' } });
      account.service.inject(({ operation }) =>
        denied === `dynamodb:${operation}` ? dynamoDbDenies(denied) : undefined,
      );
      await using run = await account.list({ names: `${account.prefix}*`, tags: 'backup=yes' });
      const message = assertFailedList(run, 'ACCESS_DENIED');
      const resource = denied === 'dynamodb:ListTables' ? 'all tables' : 'the table orders';
      assert.ok(message.includes(`is not authorized to perform ${denied} on ${resource}.`), message);
      assert.ok(message.includes(`\nGrant ${denied} on `), message);
    });
  }
});

/** Returns a page of 100 names. */
function pageOfNames(names: readonly string[], after: unknown): Fault {
  const start = names.indexOf(String(after)) + 1;
  const TableNames = names.slice(start, start + 100);
  const isLast = start + 100 >= names.length;
  const body = { TableNames, ...(!isLast && { LastEvaluatedTableName: TableNames.at(-1) }) };
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { httpResponse: { status: 200, headers, body: Buffer.from(JSON.stringify(body)) } };
}
