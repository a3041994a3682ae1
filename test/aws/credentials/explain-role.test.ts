import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { explainAssumedRole, explainWebIdentity } from '../../../src/aws/credentials/explain-role.ts';
import { IdTokenError } from '../../../src/aws/credentials/id-token-claims.ts';
import type { ErrorCode } from '../../../src/errors.ts';

const ROLE = {
  arn: 'arn:aws:iam::111122223333:role/backup',
  region: 'eu-west-1',
  sessionName: 'GitHubActions',
  durationSeconds: 3_600,
};
const CLAIMS = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:octocat/shop:ref:refs/heads/main',
};
const BY_OIDC = { role: ROLE, audience: 'sts.amazonaws.com', claims: CLAIMS };
const FROM_PARENT = { role: ROLE, parent: 'the credentials of the environment' };

function stsError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

type Case = readonly [code: ErrorCode, error: unknown, message: RegExp, remedy: RegExp];

test('the trust policy in the remedy has the issuer of the token, also of a GitHub Enterprise Server', () => {
  const claims = { ...CLAIMS, issuer: 'https://github.example.com/_services/token' };
  assert.match(
    explainWebIdentity(stsError('AccessDenied'), { ...BY_OIDC, claims }).remedy,
    /:oidc-provider\/github\.example\.com\/_services\/token if github\.example\.com\/_services\/token:sub is exactly/,
  );
});

suite('a role that cannot be assumed with OIDC is explained:', () => {
  const cases: Readonly<Record<string, Case>> = {
    'GitHub rejects the request for an ID token after 6 hours': [
      'ID_TOKEN_MISSING',
      new IdTokenError(401),
      /rejected the request for an ID token \(HTTP 401\)/,
      /to get a new token/,
    ],
    'GitHub does not respond': ['ID_TOKEN_MISSING', new IdTokenError(undefined), /did not issue/, /connect to GitHub/],
    'the trust policy does not match': [
      'ASSUME_ROLE_FAILED',
      stsError('AccessDenied'),
      /has sub "repo:octocat\/shop:ref:refs\/heads\/main" and aud "sts\.amazonaws\.com"\.$/,
      /iam::111122223333:oidc-provider\/token\.actions\.githubusercontent\.com/,
    ],
    'the provider does not accept the audience': [
      'ID_TOKEN_REJECTED',
      stsError('InvalidIdentityToken', 'Incorrect token audience'),
      /does not accept the audience sts\.amazonaws\.com/,
      /^Add sts\.amazonaws\.com/,
    ],
    'the account has no provider': [
      'ID_TOKEN_REJECTED',
      stsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://x'),
      /^Account 111122223333 has no identity provider/,
      /^Create an OpenID Connect identity provider/,
    ],
    'AWS cannot verify the token': [
      'ID_TOKEN_REJECTED',
      stsError('IDPCommunicationError'),
      /could not verify the job's ID token \(IDPCommunicationError\)/,
      /^Re-run the job\. AWS sometimes cannot get the keys/,
    ],
    'the session is longer than the role allows': [
      'ROLE_SESSION_TOO_LONG',
      stsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role'),
      /exceeds the maximum session duration/,
      /increase the maximum session duration/,
    ],
    'the request is invalid': ['ASSUME_ROLE_FAILED', stsError('ValidationError'), /as invalid/, /role-session-name/],
    'STS throttles': ['THROTTLED', stsError('ThrottlingException'), /throttled every request/, /max-parallel/],
    'STS cannot be reached': ['NETWORK', stsError('ECONNREFUSED'), /cannot reach STS in eu-west-1/, /PROXY/],
    'STS fails otherwise': ['AWS_ERROR', stsError('InternalFailure'), /failed with InternalFailure/, /^Re-run the job/],
  };
  for (const [why, [code, error, message, remedy]] of Object.entries(cases)) {
    test(why, () => {
      const explained = explainWebIdentity(error, BY_OIDC);
      assert.equal(explained.code, code);
      assert.match(explained.message, message);
      assert.match(explained.remedy, remedy);
    });
  }

  test('the trust policy has the other form of sub', () => {
    const claims = { ...CLAIMS, otherSubject: 'repo:octocat@1/shop@2:ref:refs/heads/main' };
    const { message } = explainWebIdentity(stsError('AccessDenied'), { ...BY_OIDC, claims });
    assert.match(message, /with the other form of sub, "repo:octocat@1/);
  });
});

suite('a role that cannot be assumed with other credentials is explained:', () => {
  const denied = 'User: arn:aws:iam::111122223333:user/ci is not authorized to perform: sts:AssumeRole on resource: x';
  const cases: Readonly<Record<string, Case>> = {
    'STS names the identity': [
      'ASSUME_ROLE_FAILED',
      stsError('AccessDenied', denied),
      /^arn:aws:iam::111122223333:user\/ci is not authorized to perform sts:AssumeRole on/,
      /which may require role-external-id/,
    ],
    'STS does not name the identity': [
      'ASSUME_ROLE_FAILED',
      stsError('AccessDenied'),
      /^The identity of this step \(the credentials of the environment\) is not authorized/,
      /leave role-chaining out/,
    ],
    'the other credentials have expired': [
      'CREDENTIALS_EXPIRED',
      stsError('ExpiredToken'),
      /have expired \(the credentials of the environment\)/,
      /increase their duration/,
    ],
    'a chained session is longer than one hour': [
      'ROLE_SESSION_TOO_LONG',
      stsError('ValidationError', 'The requested DurationSeconds exceeds the 1 hour session limit for role chaining'),
      /limits such sessions to one hour/,
      /^Leave role-duration-seconds out\./,
    ],
  };
  for (const [why, [code, error, message, remedy]] of Object.entries(cases)) {
    test(why, () => {
      const explained = explainAssumedRole(error, FROM_PARENT);
      assert.equal(explained.code, code);
      assert.match(explained.message, message);
      assert.match(explained.remedy, remedy);
    });
  }

  test('the external ID can be wrong', () => {
    const role = { ...ROLE, externalId: 'x-1' };
    const { remedy } = explainAssumedRole(stsError('AccessDenied'), { ...FROM_PARENT, role });
    assert.match(remedy, /trust policy and role-external-id\./);
  });
});
