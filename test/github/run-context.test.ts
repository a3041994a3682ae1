import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { context } from '@actions/github';
import { runContext } from '../../src/github/run-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'run-context-'));
after(() => rmSync(folder, { recursive: true }));

function eventFile(content: string): string {
  const path = join(folder, 'event.json');
  writeFileSync(path, content);
  return path;
}

const EVENT = JSON.stringify({
  pull_request: { head: { sha: 'ba5eba11', repo: { full_name: 'octo-fork/shop' } } },
  repository: { name: 'shop', owner: { login: 'octo-org' } },
});

const ENV = {
  GITHUB_RUN_ID: '1658821493',
  GITHUB_RUN_ATTEMPT: '3',
  GITHUB_REPOSITORY: 'octo-org/shop',
  GITHUB_SHA: 'ffac537e',
  GITHUB_JOB: 'backup',
  GITHUB_ACTION: '__octo-org_dynamodb-to-s3',
  GITHUB_SERVER_URL: 'https://github.example.com',
  GITHUB_API_URL: 'https://github.example.com/api/v3',
  GITHUB_EVENT_NAME: 'pull_request',
};

test('the run context contains the variables and the event of the runner', () => {
  assert.deepEqual(runContext({ ...ENV, GITHUB_EVENT_PATH: eventFile(EVENT) }), {
    runId: '1658821493',
    runAttempt: 3,
    repository: 'octo-org/shop',
    sha: 'ffac537e',
    headSha: 'ba5eba11',
    job: 'backup',
    action: '__octo-org_dynamodb-to-s3',
    serverUrl: 'https://github.example.com',
    apiUrl: 'https://github.example.com/api/v3',
    eventName: 'pull_request',
    headRepository: 'octo-fork/shop',
    isPullRequest: true,
  });
});

test('the run context has the values that @actions/github reads', () => {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith('GITHUB_')) delete process.env[name];
  try {
    Object.assign(process.env, ENV, { GITHUB_EVENT_PATH: eventFile(EVENT) });
    const Context = context.constructor as new () => typeof context;
    const { runId, runAttempt, repo, sha, job, action, serverUrl, apiUrl, eventName, payload } = new Context();
    const pullRequest = payload.pull_request as unknown as { head: { sha: string; repo: { full_name: string } } };
    assert.deepEqual(runContext(process.env), {
      ...{ runId: String(runId), runAttempt, repository: `${repo.owner}/${repo.repo}`, sha, job, action },
      ...{ serverUrl, apiUrl, eventName, isPullRequest: true },
      ...{ headSha: pullRequest.head.sha, headRepository: pullRequest.head.repo.full_name },
    });
  } finally {
    for (const name of Object.keys(ENV)) delete process.env[name];
    delete process.env['GITHUB_EVENT_PATH'];
    Object.assign(process.env, before);
  }
});

test('the head commit is that of the workflow run that triggered the workflow', () => {
  const path = eventFile('{"workflow_run": {"head_sha": "c0ffee"}}');
  const { headSha, isPullRequest } = runContext({ ...ENV, GITHUB_EVENT_PATH: path });
  assert.deepEqual({ headSha, isPullRequest }, { headSha: 'c0ffee', isPullRequest: false });
});

test('the head repository is undefined if the fork was deleted', () => {
  const path = eventFile('{"pull_request": {"head": {"sha": "c0ffee", "repo": null}}}');
  const { headSha, headRepository, isPullRequest } = runContext({ ...ENV, GITHUB_EVENT_PATH: path });
  assert.deepEqual(
    { headSha, headRepository, isPullRequest },
    { headSha: 'c0ffee', headRepository: undefined, isPullRequest: true },
  );
});

test('values are undefined outside a workflow, except for the URLs of GitHub', () => {
  for (const env of [{}, Object.fromEntries(Object.keys(ENV).map((name) => [name, '']))]) {
    const set = Object.entries(runContext(env)).filter(([, value]) => value !== undefined);
    assert.deepEqual(Object.fromEntries(set), {
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      isPullRequest: false,
    });
  }
});

for (const [state, path] of [
  ['does not exist', () => join(folder, 'none.json')],
  ['is a folder', () => folder],
  ['is empty', () => eventFile('')],
  ['is truncated', () => eventFile(EVENT.slice(0, 40))],
  ['contains null', () => eventFile('null')],
] as const) {
  test(`an event file that ${state} counts as an event without a commit`, () => {
    const { headSha, isPullRequest, runId } = runContext({ ...ENV, GITHUB_EVENT_PATH: path() });
    assert.deepEqual(
      { headSha, isPullRequest, runId },
      { headSha: undefined, isPullRequest: false, runId: ENV.GITHUB_RUN_ID },
    );
  });
}
