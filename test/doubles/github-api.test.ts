import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GitHubApi, startGitHubApi } from '../emulators/github-api.ts';
import { GITHUB_TOKEN } from '../fixtures/action-inputs.ts';

const SHA = 'ffac537e6cbbf934b08745a378932722df287a53';
const STATUS = { state: 'success', context: 'backup/orders', description: 'Copied 1 item.' };

/** Sends a status to the double; returns the HTTP status. */
async function post(api: GitHubApi, body: object, path = `/repos/octo-org/shop/statuses/${SHA}`, token = GITHUB_TOKEN) {
  const headers = { authorization: `token ${token}` };
  const response = await fetch(`${api.env.GITHUB_API_URL}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return response.status;
}

test('the double of the GitHub API creates a status with 201 and keeps it', async () => {
  await using api = await startGitHubApi();
  assert.equal(await post(api, { ...STATUS, target_url: 'https://github.com/octo-org/shop' }), 201);
  assert.deepEqual(api.statuses, [{ sha: SHA, ...STATUS, targetUrl: 'https://github.com/octo-org/shop' }]);
});

test('the double of the GitHub API rejects what GitHub rejects', async () => {
  await using api = await startGitHubApi({ commits: [SHA] });
  assert.equal(await post(api, STATUS, undefined, 'ghs_another'), 401);
  assert.equal(await post(api, STATUS, `/repos/octo-org/other/statuses/${SHA}`), 404);
  assert.equal(await post(api, STATUS, `/api/v3/repos/octo-org/shop/statuses/${SHA}`), 404);
  assert.equal(await post(api, STATUS, `/repos/octo-org/shop/statuses/${SHA.slice(0, 7)}`), 422);
  assert.equal(await post(api, STATUS, `/repos/octo-org/shop/statuses/${'0'.repeat(40)}`), 422);
  assert.equal(await post(api, { ...STATUS, state: 'ok' }), 422);
  assert.equal(await post(api, { ...STATUS, description: 'é'.repeat(141) }), 422);
  assert.equal(await post(api, { ...STATUS, target_url: 'github.com' }), 422);
  assert.equal(await post(api, { ...STATUS, description: '😀'.repeat(140) }), 201);
});

test('the double of the GitHub API returns 403 without statuses: write, and serves /api/v3 of GitHub Enterprise Server', async () => {
  await using api = await startGitHubApi({ basePath: '/api/v3', canWrite: false });
  assert.match(api.env.GITHUB_API_URL, /\/api\/v3$/);
  assert.equal(await post(api, STATUS), 403);
  assert.deepEqual(api.statuses, []);
});
