import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RoleSettings } from '../../src/aws/credentials/identities.ts';
import { credentialContext } from '../../src/github/credential-context.ts';
import { runContext } from '../../src/github/run-context.ts';

const NO_ROLES: RoleSettings = { chaining: false, sessionName: 'x', durationSeconds: 3600 };
const SOURCE_ROLE = { ...NO_ROLES, source: 'arn:aws:iam::123456789012:role/backup' };
const OIDC = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x/?a', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token' };

function contextOf(env: NodeJS.ProcessEnv, roles = SOURCE_ROLE) {
  return credentialContext(env, runContext(env), roles, { maskSecret: () => {} });
}

describe('credentialContext', () => {
  it('offers ID tokens only if both OIDC variables are set', () => {
    assert.notEqual(contextOf(OIDC).idTokens, undefined);
    for (const name of Object.keys(OIDC)) assert.equal(contextOf({ ...OIDC, [name]: '' }).idTokens, undefined);
  });

  it('marks the environment credentials as temporary if they have a session token', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'x' };
    assert.equal(contextOf({ ...keys, AWS_SESSION_TOKEN: 'y' }).environmentEnds, true);
    assert.equal(contextOf(keys).environmentEnds, false);
    // AWS renews the credentials of a self-hosted runner.
    assert.equal(contextOf({}).environmentEnds, false);
  });
});

describe('the explanation of missing credentials', () => {
  const folder = mkdtempSync(join(tmpdir(), 'event-'));
  after(() => rmSync(folder, { recursive: true }));
  const own = { head: { repo: { full_name: 'octo-org/shop' } } };
  const fork = { head: { repo: { full_name: 'octo-fork/shop' } } };

  function explanation(
    name: string,
    event: object | string,
    more: NodeJS.ProcessEnv = {},
    roles: RoleSettings = SOURCE_ROLE,
  ): string {
    const path = join(folder, 'event.json');
    writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
    const env = { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: 'octo-org/shop', ...more };
    const { why, remedy } = contextOf(env, roles as typeof SOURCE_ROLE).noCredentials;
    return `${why} ${remedy}`;
  }

  it('is the fork if a pull request from a fork started the workflow', () => {
    assert.match(explanation('pull_request', { pull_request: fork }), /from forks/);
    assert.match(explanation('pull_request_review', { pull_request: fork }), /from forks/);
    assert.match(explanation('pull_request', { pull_request: { head: { repo: null } } }), /from forks/);
    assert.match(explanation('pull_request', { pull_request: fork }, {}, NO_ROLES), /from forks/);
  });

  it('is the missing id-token permission if no fork is involved', () => {
    for (const text of [
      explanation('pull_request', { pull_request: own }),
      // pull_request_target runs in the base repository.
      explanation('pull_request_target', { pull_request: fork }),
      explanation('schedule', {}),
      explanation('pull_request', {}, { GITHUB_EVENT_PATH: '' }),
    ]) {
      assert.match(text, /no permission to request an ID token.*permissions: id-token: write/);
    }
  });

  it('is role-chaining, or that only the destination has a role', () => {
    assert.match(
      explanation('push', {}, OIDC, { ...SOURCE_ROLE, chaining: true }),
      /role-chaining is true.*Leave role-chaining out/,
    );
    const { source: dest, ...rest } = SOURCE_ROLE;
    assert.match(
      explanation('push', {}, OIDC, { ...rest, dest }),
      /Only the destination has a role.*source-role-to-assume/,
    );
  });

  it('contains only the remedy if no role is set', () => {
    assert.match(explanation('push', {}, {}, NO_ROLES), /^ Set role-to-assume and add `permissions: id-token: write`/);
  });
});
