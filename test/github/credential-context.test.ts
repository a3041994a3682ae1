import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RoleSettings } from '../../src/aws/credentials/identities.ts';
import { credentialContext } from '../../src/github/credential-context.ts';
import { runContextOf } from '../fixtures/run-context.ts';

const NONE: RoleSettings = { chaining: false, sessionName: 'x', durationSeconds: 3600 };
const ONE = { ...NONE, source: 'arn:aws:iam::123456789012:role/backup' };
const OIDC = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x/?a', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token' };

function means(env: NodeJS.ProcessEnv, roles = ONE) {
  return credentialContext(env, runContextOf(env), roles, { maskSecret: () => {} });
}

describe('what a job gives the step to come to credentials with', () => {
  it('is an ID token, where both variables are there', () => {
    assert.notEqual(means(OIDC).idTokens, undefined);
    for (const name of Object.keys(OIDC)) assert.equal(means({ ...OIDC, [name]: '' }).idTokens, undefined);
  });

  it('ends by itself, where it is the session of a role', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'x' };
    assert.equal(means({ ...keys, AWS_SESSION_TOKEN: 'y' }).environmentEnds, true);
    assert.equal(means(keys).environmentEnds, false);
    // A self-hosted runner's own are renewed by AWS.
    assert.equal(means({}).environmentEnds, false);
  });
});

describe('why a step finds no credentials', () => {
  const folder = mkdtempSync(join(tmpdir(), 'event-'));
  after(() => rmSync(folder, { recursive: true }));
  const own = { head: { repo: { full_name: 'octo-org/shop' } } };
  const fork = { head: { repo: { full_name: 'somebody/shop' } } };

  function why(name: string, event: object | string, more: NodeJS.ProcessEnv = {}, roles: RoleSettings = ONE): string {
    const path = join(folder, 'event.json');
    writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
    const env = { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: 'octo-org/shop', ...more };
    const { why, remedy } = means(env, roles as typeof ONE).noCredentials;
    return `${why} ${remedy}`;
  }

  it('is a fork, where its pull request started the workflow', () => {
    assert.match(why('pull_request', { pull_request: fork }), /from forks/);
    assert.match(why('pull_request_review', { pull_request: fork }), /from forks/);
    assert.match(why('pull_request', { pull_request: { head: { repo: null } } }), /from forks/);
    assert.match(why('pull_request', { pull_request: fork }, {}, NONE), /from forks/);
  });

  it('is the permission, where it is missing', () => {
    for (const said of [
      why('pull_request', { pull_request: own }),
      // Runs in the repository's own name.
      why('pull_request_target', { pull_request: fork }),
      why('schedule', {}),
      why('pull_request', {}, { GITHUB_EVENT_PATH: '' }),
    ]) {
      assert.match(said, /no permission to request an ID token.*permissions: id-token: write/);
    }
  });

  it('is role-chaining, or that only the destination has a role', () => {
    assert.match(why('push', {}, OIDC, { ...ONE, chaining: true }), /role-chaining is true.*Leave role-chaining out/);
    const { source: dest, ...rest } = ONE;
    assert.match(why('push', {}, OIDC, { ...rest, dest }), /Only the destination has a role.*source-role-to-assume/);
  });

  it('is not known, where no role is wanted', () => {
    assert.match(why('push', {}, {}, NONE), /^ Set role-to-assume and add `permissions: id-token: write`/);
  });
});
