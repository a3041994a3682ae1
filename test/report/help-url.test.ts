import assert from 'node:assert/strict';
import test from 'node:test';
import { helpUrl } from '../../src/report/report.ts';

const GITHUB = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTION_REPOSITORY: 'octo-org/dynamodb-to-s3',
  GITHUB_ACTION_REF: 'v1',
};

test('an error is explained in the repository and version that the runner took the Action from', () => {
  assert.equal(
    helpUrl('ACCESS_DENIED', GITHUB),
    'https://github.com/octo-org/dynamodb-to-s3/blob/v1/docs/troubleshooting.md#access_denied',
  );
});

for (const [what, env] of [
  ['uses: ./, of which the runner names no repository', { GITHUB_ACTION_REPOSITORY: '', GITHUB_ACTION_REF: '' }],
  ['a server that may have its actions from elsewhere', { GITHUB_SERVER_URL: 'https://github.example.com' }],
  ['a repository that is none', { GITHUB_ACTION_REPOSITORY: 'a/b](https://elsewhere.example' }],
  ['a ref that could end the link', { GITHUB_ACTION_REF: 'v1) [x](y' }],
] as const) {
  test(`no link for ${what}`, () => assert.equal(helpUrl('NETWORK', { ...GITHUB, ...env }), undefined));
}
