import assert from 'node:assert/strict';
import test from 'node:test';
import { helpUrl } from '../../src/report/report.ts';

const GITHUB = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_ACTION_REPOSITORY: 'octo-org/dynamodb-to-s3',
  GITHUB_ACTION_REF: 'v1',
};

test('helpUrl links to the repository and version of the Action that the runner uses', () => {
  assert.equal(
    helpUrl('ACCESS_DENIED', GITHUB),
    'https://github.com/octo-org/dynamodb-to-s3/blob/v1/docs/troubleshooting.md#access_denied',
  );
});

for (const [what, env] of [
  ['uses: ./, for which the runner sets no repository', { GITHUB_ACTION_REPOSITORY: '', GITHUB_ACTION_REF: '' }],
  ['a server that can take the Action from another server', { GITHUB_SERVER_URL: 'https://github.example.com' }],
  ['a repository name that contains a link', { GITHUB_ACTION_REPOSITORY: 'a/b](https://elsewhere.example' }],
  ['a ref that can end the Markdown link', { GITHUB_ACTION_REF: 'v1) [x](y' }],
] as const) {
  test(`helpUrl returns undefined for ${what}`, () =>
    assert.equal(helpUrl('NETWORK', { ...GITHUB, ...env }), undefined));
}
