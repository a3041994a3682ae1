import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIdTokenClaims } from '../../../src/aws/credentials/id-token-claims.ts';

const IDS = {
  iss: 'https://token.actions.githubusercontent.com',
  repository: 'octo-org/shop',
  repository_id: '2',
  repository_owner: 'octo-org',
  repository_owner_id: '1',
};

function token(claims: object | string): string {
  return `header.${Buffer.from(typeof claims === 'string' ? claims : JSON.stringify(claims)).toString('base64url')}.signature`;
}

const SUBJECTS: readonly (readonly [sent: string, other: string | undefined])[] = [
  ['repo:octo-org/shop:ref:refs/heads/main', 'repo:octo-org@1/shop@2:ref:refs/heads/main'],
  ['repo:octo-org@1/shop@2:ref:refs/heads/main', 'repo:octo-org/shop:ref:refs/heads/main'],
  ['repo:octo-org/shop:environment:prod', 'repo:octo-org@1/shop@2:environment:prod'],
  ['repo:octo-org/shop:pull_request', 'repo:octo-org@1/shop@2:pull_request'],
  ['repo:octo-org/shop2:ref:refs/heads/main', undefined],
  ['repository_id:2:environment:prod', undefined],
];

for (const [subject, otherSubject] of SUBJECTS) {
  test(`readIdTokenClaims returns ${otherSubject ?? 'no other subject'} as the other form of ${subject}`, () => {
    const expected = { issuer: IDS.iss, subject, ...(otherSubject && { otherSubject }) };
    assert.deepEqual(readIdTokenClaims(token({ ...IDS, sub: subject })), expected);
  });
}

test('readIdTokenClaims returns no claims for a text that is not a GitHub ID token', () => {
  for (const text of ['', 'a.b.c', token('null'), token('"x"'), token('{"sub": 5, "iss": {}}')]) {
    assert.deepEqual(readIdTokenClaims(text), {});
  }
});
