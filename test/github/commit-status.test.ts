import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommitStatus, openCommitStatus, setSavedStatus } from '../../src/github/commit-status.ts';
import type { Log } from '../../src/github/log.ts';
import { runContext } from '../../src/github/run-context.ts';
import type { StatusContent } from '../../src/github/send-commit-status.ts';
import { COMMIT_STATUS } from '../../src/timeouts.ts';
import { type GitHubApi, json, startGitHubApi } from '../emulators/github-api.ts';
import { GITHUB_TOKEN } from '../fixtures/action-inputs.ts';
import { createStepFolder } from '../runner/runner-files.ts';

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53';
const REQUEST = { context: 'backup/orders', sha: SHA, token: GITHUB_TOKEN };
const SUCCESS: StatusContent = { state: 'success', description: 'Copied 3 items.' };
const RUN = { GITHUB_REPOSITORY: 'octo-org/shop', GITHUB_RUN_ID: '1658821493' };
const LINK = 'https://github.com/octo-org/shop/actions/runs/1658821493';

/** Returns a step on this server that sets a commit status, with its log. */
function stepOn(api: GitHubApi, request = REQUEST) {
  const lines: string[] = [];
  const folder = createStepFolder();
  const log = {
    info: (line: string) => lines.push(line),
    warning: (line: string) => lines.push(`warning: ${line}`),
    maskSecret: () => undefined,
  } as unknown as Log;
  const run = runContext({ ...RUN, ...api.env });
  // @actions/core reads the environment of the process.
  process.env['GITHUB_STATE'] = folder.env['GITHUB_STATE'];
  const status = openCommitStatus(request, run, log, folder.env);
  assert.ok(status instanceof CommitStatus);
  return {
    status,
    log: () => lines.join('\n'),
    warnings: () => lines.filter((line) => line.startsWith('warning: ')),
    state: () => folder.state()['status'],
    post: (state: string | undefined, now = request) =>
      setSavedStatus(now, runContext({ ...RUN, ...api.env }), log, { STATE_status: state }),
    [Symbol.dispose]() {
      delete process.env['GITHUB_STATE'];
      folder[Symbol.dispose]();
    },
  };
}

/** Returns the state of a step that has saved this status. */
function saved(content: object): string {
  return JSON.stringify({ context: REQUEST.context, sha: SHA, ...content });
}

/** Reply that leaves the request without a response. */
const HANG = () => () => undefined;

test('a commit status is pending, and then the result, with a link to the run', async () => {
  await using api = await startGitHubApi({ commits: [SHA] });
  using step = stepOn(api);
  step.status.start();
  await step.status.end(SUCCESS);
  const common = { sha: SHA, context: 'backup/orders', targetUrl: LINK };
  assert.deepEqual(api.statuses, [
    { ...common, state: 'pending', description: 'The copy is in progress.' },
    { ...common, ...SUCCESS },
  ]);
  assert.equal(step.state(), '');
  assert.deepEqual(step.warnings(), []);
});

test('a commit status on GitHub Enterprise Server is sent to its API and links to its run', async () => {
  await using api = await startGitHubApi({ basePath: '/api/v3' });
  using step = stepOn(api);
  await step.status.end(SUCCESS);
  assert.equal(api.statuses[0]?.targetUrl, `${api.env.GITHUB_SERVER_URL}/octo-org/shop/actions/runs/1658821493`);
});

for (const [name, reply] of Object.entries({
  'HTTP 502': json({ message: 'Server Error' }, 502),
  'HTTP 429 with Retry-After': json({ message: 'rate' }, 429, { 'retry-after': '0' }),
  'HTTP 403 with Retry-After': json({ message: 'secondary rate limit' }, 403, { 'retry-after': '0' }),
  'a closed connection': (response: { destroy(): void }) => response.destroy(),
})) {
  test(`a commit status is retried after ${name}`, async () => {
    await using api = await startGitHubApi();
    using step = stepOn(api);
    api.inject((nth) => (nth <= 2 ? reply : undefined));
    await step.status.end(SUCCESS);
    assert.deepEqual(step.warnings(), []);
    assert.equal(api.requestCount(), 3);
    assert.equal(api.statuses.length, 1);
  });
}

for (const [httpStatus, advice] of [
  [401, /Check github-token/],
  [403, /Add `permissions: statuses: write` to the job\..*forks/],
  [404, /Check github-token\. The token must have access to the repository/],
  [422, /Check commit-sha\..*1,000 statuses/],
  [410, /Check commit-status and commit-sha, which is ffac537/],
  [200, /Check commit-status and commit-sha/],
] as const) {
  test(`a commit status that GitHub rejects with HTTP ${httpStatus} is reported once and not sent again`, async () => {
    await using api = await startGitHubApi();
    using step = stepOn(api);
    api.inject(() => json({ message: `refused for token ${GITHUB_TOKEN}` }, httpStatus));
    step.status.start();
    await step.status.end(SUCCESS);
    assert.equal(api.requestCount(), 1);
    const [warning = '', ...others] = step.warnings();
    assert.deepEqual(others, []);
    assert.match(
      warning,
      new RegExp(`backup/orders could not be set: .*\\(HTTP ${httpStatus}\\)\\. This does not affect`),
    );
    assert.match(warning, advice);
    assert.ok(!warning.includes('refused'), warning);
    await step.post(step.state());
    assert.equal(api.requestCount(), 1);
  });
}

test('a rejected result is reported, although the status could be set to pending', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  step.status.start();
  while (api.statuses.length === 0) await sleep(5);
  api.inject(() => json({ message: 'Bad credentials' }, 401));
  await step.status.end(SUCCESS);
  assert.match(step.warnings().join('\n'), /^warning: .*HTTP 401.*Check github-token/);
  assert.equal(step.state(), '');
});

test('a used-up rate limit is not retried', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  api.inject(() => json({ message: 'API rate limit exceeded' }, 403, { 'x-ratelimit-remaining': '0' }));
  await step.status.end(SUCCESS);
  assert.equal(api.requestCount(), 1);
  assert.match(step.warnings().join('\n'), /to success: GitHub limits the rate of requests \(HTTP 403\)\./);
});

test('a server that does not respond delays the end of a step by the time limit, and the post step tries again', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  api.inject(HANG);
  step.status.start();
  const startedAt = performance.now();
  await step.status.end(SUCCESS);
  const elapsed = performance.now() - startedAt;
  assert.ok(elapsed < COMMIT_STATUS.total + 1_000, `${elapsed} ms`);
  assert.match(
    step.warnings().join('\n'),
    /^warning: The commit status backup\/orders could not be set to success: GitHub did not respond within .* This does not affect the copy\. The post step tries again\.$/,
  );
  api.inject();
  await step.post(step.state());
  assert.deepEqual(
    api.statuses.map(({ state, description }) => ({ state, description })),
    [SUCCESS],
  );
});

test('a server that cannot be reached is reported with the error code', async () => {
  const api = await startGitHubApi();
  await api[Symbol.asyncDispose]();
  using step = stepOn(api);
  await step.status.end(SUCCESS);
  assert.match(step.warnings().join('\n'), /the connection to GitHub failed \(ECONNREFUSED\)\./);
});

test('a status that could not be set to pending is reported while the copy continues, and the result is set', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  api.inject(() => json({ message: 'Server Error' }, 500));
  step.status.start();
  while (step.warnings().length === 0) await sleep(20);
  assert.match(
    step.warnings()[0] ?? '',
    /to pending: GitHub returned HTTP 500\..*The step tries again when it ends\.$/,
  );
  api.inject();
  await step.status.end(SUCCESS);
  assert.deepEqual(
    api.statuses.map(({ state }) => state),
    ['success'],
  );
});

test('the result is set after a request for pending that is still in progress', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  const order: string[] = [];
  api.inject((nth) => {
    if (nth > 1) return undefined;
    return (response) => {
      setTimeout(() => {
        order.push('pending');
        response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
      }, 100);
    };
  });
  step.status.start();
  while (api.requestCount() === 0) await sleep(5);
  await step.status.end(SUCCESS);
  order.push(...api.statuses.map(({ state }) => state));
  assert.deepEqual(order, ['pending', 'success']);
});

test('the post step of a step that was killed sets the status to failure', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  step.status.start();
  while (api.statuses.length === 0) await sleep(5);
  await step.post(step.state());
  const { state, description } = api.statuses.at(-1) ?? {};
  assert.deepEqual(
    { state, description },
    {
      ...{ state: 'failure', description: 'The step was stopped before the copy was complete.' },
    },
  );
});

test('the post step reports a status that it cannot set', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  api.inject(() => json({ message: 'Server Error' }, 500));
  await step.post(saved(SUCCESS));
  api.inject(() => json({ message: 'Resource not accessible by integration' }, 403));
  await step.post(saved(SUCCESS));
  const [failed = '', rejected = ''] = step.warnings();
  assert.match(
    failed,
    /to success: GitHub returned HTTP 500\. This does not affect the copy\. To set it, re-run the job\.$/,
  );
  assert.match(rejected, /\(HTTP 403\)\. This does not affect the copy\. Add `permissions/);
});

test('the post step sets nothing for another commit or name, if the inputs have other values by then', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  api.inject(() => json({ message: 'Server Error' }, 500));
  await step.status.end(SUCCESS);
  api.inject();
  await step.post(step.state(), { ...REQUEST, sha: SHA.replaceAll('f', '0') });
  await step.post(step.state(), { ...REQUEST, context: 'backup/customers' });
  assert.deepEqual(api.statuses, []);
  const [, ...warnings] = step.warnings();
  assert.equal(warnings.length, 2);
  for (const warning of warnings) {
    assert.match(warning, /backup\/orders could not be set to success: commit-status or commit-sha has another value/);
  }
  await step.post(step.state());
  assert.deepEqual(
    api.statuses.map(({ state }) => state),
    ['success'],
  );
});

test('the post step sets nothing if the step saved nothing, or the value is invalid', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api);
  for (const state of [
    undefined,
    '',
    '{',
    'null',
    '{}',
    saved({ state: 'error', description: 'x' }),
    saved({ state: 'success' }),
    JSON.stringify(SUCCESS),
  ]) {
    await step.post(state);
  }
  assert.equal(api.requestCount(), 0);
  await step.post(saved({ state: 'failure', description: 'x'.repeat(200) }));
  assert.equal(api.statuses[0]?.description.length, 140);
});

test('no token is in the log or in the state, also if the responses contain it', async () => {
  await using api = await startGitHubApi();
  using step = stepOn(api, { ...REQUEST, token: 'ghp_hunter2hunter2' });
  step.status.start();
  await sleep(50);
  assert.ok(!`${step.log()}${step.state()}`.includes('hunter2'));
  await step.status.end(SUCCESS);
  assert.match(step.log(), /HTTP 401/);
  assert.ok(!`${step.log()}${step.state()}`.includes('hunter2'));
});

for (const [what, env, sha] of [
  ['the commit', RUN, undefined],
  ['the repository', { GITHUB_RUN_ID: '1' }, SHA],
] as const) {
  test(`no commit status is set if ${what} is unknown, and a warning reports it`, () => {
    const warnings: string[] = [];
    const log = { warning: (line: string) => warnings.push(line), maskSecret: () => undefined } as unknown as Log;
    assert.equal(openCommitStatus({ ...REQUEST, sha }, runContext(env), log, {}), undefined);
    assert.match(warnings.join('\n'), /^The commit status backup\/orders is not set, because/);
  });
}

test('a step without a commit status has none', () => {
  assert.equal(openCommitStatus(undefined, runContext(RUN), {} as Log, {}), undefined);
});
