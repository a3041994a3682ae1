import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../emulators/faults.ts';
import { type IssuerOptions, NUMBERED_SUBJECT, SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { type StsOptions, stsError } from '../emulators/sts/sts.ts';
import { type CredentialPair, type Job, openCredentialPair, ROLE } from '../fixtures/credential-pair.ts';
import { assertFailed, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, firstOfEach, slowTest } from '../run/effort.ts';

await startServers();

const folder = mkdtempSync(join(tmpdir(), 'event-'));
after(() => rmSync(folder, { recursive: true }));
const fromFork = join(folder, 'fork.json');
writeFileSync(fromFork, JSON.stringify({ pull_request: { head: { repo: { full_name: 'somebody/shop' } } } }));

const TRUSTED = { roles: { [ROLE]: { subject: SUBJECT, principals: ['environment'] } } };
const PARENT: Job = { oidc: false, environment: 'session' };
/** Thirty seconds of attempts are one and a half. */
const HURRY = { DYNAMODB_TO_S3_TIME_SCALE: '0.05' };

interface Case {
  readonly code: string;
  readonly sts?: StsOptions;
  readonly issuer?: IssuerOptions;
  readonly inputs?: Inputs;
  readonly job?: Job;
  readonly script?: (pair: CredentialPair) => void;
  readonly message: RegExp;
  readonly remedy: RegExp;
  /** Requests to STS: one for what does not pass. */
  readonly asked: 'never' | 'once' | 'again and again';
}

const always = (answer: Answer) => (pair: CredentialPair) => pair.sts.inject(() => ({ answer }));

const CASES: Readonly<Record<string, Case>> = {
  'no permission to ask for an ID token': {
    code: 'CREDENTIALS_MISSING',
    job: { oidc: false },
    message: /The job has no permission to request an ID token/,
    remedy: /permissions: id-token: write/,
    asked: 'never',
  },
  'a pull request from a fork': {
    code: 'CREDENTIALS_MISSING',
    job: { oidc: false, env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: fromFork } },
    message: /pull requests from forks get no ID token and no secrets/,
    remedy: /push, schedule or workflow_dispatch/,
    asked: 'never',
  },
  'role-chaining from an empty environment': {
    code: 'CREDENTIALS_MISSING',
    inputs: { 'role-chaining': 'true' },
    message: /role-chaining is true/,
    remedy: /Leave role-chaining out/,
    asked: 'never',
  },
  'GitHub refuses a token': {
    code: 'ID_TOKEN_MISSING',
    script: ({ issuer }) => issuer.refuse(() => 403),
    message: /GitHub did not issue an ID token for this job \(HTTP 403\)/,
    remedy: /id-token: write/,
    asked: 'never',
  },
  'a trust policy for another repository': {
    code: 'ASSUME_ROLE_FAILED',
    sts: { roles: { [ROLE]: { subject: 'repo:octo-org/other:ref:refs/heads/main' } } },
    message: new RegExp(
      `assume ${ROLE}.* sub "${SUBJECT}" and aud "sts.amazonaws.com".*other form of sub, "${NUMBERED_SUBJECT}"`,
    ),
    remedy:
      /trust policy allows sts:AssumeRoleWithWebIdentity for arn:aws:iam::123456789012:oidc-provider\/127.*:sub is exactly this sub/,
    asked: 'once',
  },
  'a trust policy from before subjects had ids': {
    code: 'ASSUME_ROLE_FAILED',
    sts: { roles: { [ROLE]: { subject: SUBJECT } } },
    issuer: { subject: NUMBERED_SUBJECT },
    message: new RegExp(
      `sub "${NUMBERED_SUBJECT}".*other form of sub, "${SUBJECT}", does not match: .*since 15 July 2026`,
    ),
    remedy: /trust policy/,
    asked: 'once',
  },
  'a role that does not exist': {
    code: 'ASSUME_ROLE_FAILED',
    sts: { roles: {} },
    message: /or the role does not exist/,
    remedy: /Check the name of the role/,
    asked: 'once',
  },
  'an audience that the provider does not have': {
    code: 'ID_TOKEN_REJECTED',
    sts: { ...TRUSTED, audiences: ['sts.amazonaws.com.cn'] },
    message: /in account 123456789012 does not accept the audience sts.amazonaws.com of/,
    remedy: /Add sts.amazonaws.com to the provider's audiences, or set audience/,
    asked: 'once',
  },
  'an account without the provider': {
    code: 'ID_TOKEN_REJECTED',
    sts: { ...TRUSTED, audiences: undefined },
    message: /Account 123456789012 has no identity provider for http:\/\/127/,
    remedy: /Create an OpenID Connect identity provider.*audience sts.amazonaws.com in IAM/,
    asked: 'once',
  },
  'keys of the issuer that stay out of reach': {
    code: 'ID_TOKEN_REJECTED',
    job: { env: HURRY },
    script: always(stsError('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider")),
    message: /could not verify the job's ID token \(InvalidIdentityToken.*Each attempt used a new token/,
    remedy: /Re-run the job/,
    asked: 'again and again',
  },
  'a duration above that of the role': {
    code: 'ROLE_SESSION_TOO_LONG',
    inputs: { 'role-duration-seconds': '7200' },
    message: new RegExp(`role-duration-seconds is 7200, which exceeds the maximum session duration of ${ROLE}`),
    remedy: /Leave role-duration-seconds out/,
    asked: 'once',
  },
  'a duration above that of chained roles': {
    code: 'ROLE_SESSION_TOO_LONG',
    job: PARENT,
    inputs: { 'role-duration-seconds': '7200' },
    script: always(
      stsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      ),
    ),
    message: /role-duration-seconds is 7200, but .* is assumed from another role\. .* one hour/,
    remedy: /Leave role-duration-seconds out/,
    asked: 'once',
  },
  'a role that does not trust the environment': {
    code: 'ASSUME_ROLE_FAILED',
    job: PARENT,
    sts: { roles: { [ROLE]: { subject: SUBJECT } } },
    message:
      /arn:aws:iam::123456789012:user\/of-the-environment is not authorized to perform sts:AssumeRole on arn:aws:iam::123456789012:role\/backup/,
    remedy: /sts:AssumeRole.*trust policy, which may require role-external-id.*id-token: write/,
    asked: 'once',
  },
  'credentials of the environment that have expired': {
    code: 'CREDENTIALS_EXPIRED',
    job: PARENT,
    script: always(stsError('ExpiredToken', 'The security token included in the request is expired', 403)),
    message: /Cannot assume .* have expired \(the credentials of the environment\)/,
    remedy: /id-token: write/,
    asked: 'once',
  },
  'credentials of the environment that nobody knows': {
    code: 'CREDENTIALS_INVALID',
    job: PARENT,
    script: always(stsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)),
    message: /STS rejected the AWS credentials of this step/,
    remedy: /AWS_ACCESS_KEY_ID/,
    asked: 'once',
  },
  'a clock that is wrong': {
    code: 'CLOCK_SKEW',
    job: PARENT,
    script: always(
      stsError('SignatureDoesNotMatch', 'Signature expired: 20261122T1 is now earlier than 20261122T2', 403),
    ),
    message: /runner's clock is wrong/,
    remedy: /NTP/,
    asked: 'once',
  },
  'an STS that throttles all the time': {
    code: 'THROTTLED',
    job: { env: HURRY },
    script: always(stsError('Throttling', 'Rate exceeded', 400)),
    message: /STS throttled/,
    remedy: /max-parallel/,
    asked: 'again and again',
  },
  'an STS that cannot be reached': {
    code: 'NETWORK',
    job: { env: { ...HURRY, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' } },
    message: /cannot reach STS in us-east-1 \(ECONNREFUSED\)/,
    remedy: /AWS_ENDPOINT_URL_STS, HTTPS_PROXY and NO_PROXY/,
    asked: 'never',
  },
};

suite('a role that cannot be assumed', { concurrency: 2 }, () => {
  for (const [name, { code, sts = TRUSTED, issuer = {}, inputs, job, script, ...expected }] of firstOfEach(
    Object.entries(CASES),
    ([, { code }]) => code,
  )) {
    test(`${code}: ${name}`, async () => {
      await using credentials = await openCredentialPair({ sts, issuer });
      script?.(credentials);
      await using run = await credentials.run({ 'role-to-assume': ROLE, ...inputs }, job);
      const { message, remedy } = await assertFailed(run, credentials.pair, code);
      assert.match(message, expected.message);
      assert.match(remedy, expected.remedy);
      const { length } = credentials.sts.requests;
      const asked = length === 0 ? 'never' : length === 1 ? 'once' : 'again and again';
      assert.equal(asked, expected.asked, `STS was asked ${length} times`);
      assert.deepEqual([credentials.pair.source.requests, credentials.pair.store.requests], [[], []]);
    });
  }
});

test('an ID token that GitHub refuses after hours is explained by the age of the job', async () => {
  await using credentials = await openCredentialPair({ sts: TRUSTED });
  const { pair, issuer, sts } = credentials;
  issuer.refuse((nth) => (nth > 1 ? 401 : undefined));
  pair.source.inject(async ({ headers, operation }) => {
    if (operation === 'Scan') {
      // Longer than a session is taken for one that was issued a moment ago.
      await sleep(500);
      sts.revoke();
    }
    return sts.refusal(headers, 'dynamodb');
  });
  await using run = await credentials.run({ 'role-to-assume': ROLE }, { env: HURRY });
  const { message, remedy } = await assertFailed(run, pair, 'ID_TOKEN_MISSING');
  assert.match(message, /HTTP 401.*expires 6 hours and 20 minutes after GitHub created it/);
  assert.match(remedy, /role-duration-seconds.*Segment and TotalSegments/);
});

suite('a role is assumed all the same', { concurrency: 2 }, () => {
  slowTest('where STS does not reach the keys at first, with a new token each time', async () => {
    await using credentials = await openCredentialPair({ sts: TRUSTED });
    credentials.sts.inject((_request, nth) =>
      nth < 3
        ? { answer: stsError('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider") }
        : undefined,
    );
    await using run = await credentials.run({ 'role-to-assume': ROLE });
    await credentials.pair.copyOf(run);
    assert.equal(new Set(credentials.sts.requests.map(({ parameters }) => parameters['WebIdentityToken'])).size, 3);
  });

  slowTest('where GitHub fails at first', async () => {
    await using credentials = await openCredentialPair({ sts: TRUSTED });
    credentials.issuer.refuse((nth) => (nth < 3 ? 500 : undefined));
    await using run = await credentials.run({ 'role-to-assume': ROLE });
    await credentials.pair.copyOf(run);
  });

  for (const hours of fewOf([1, -1], 1)) {
    test(`where the runner's clock is ${hours} h off, from the environment`, async () => {
      const clockOffsetMs = hours * 3_600_000;
      await using credentials = await openCredentialPair({ sts: { ...TRUSTED, clockOffsetMs } });
      await using run = await credentials.run({ 'role-to-assume': ROLE }, { oidc: false, environment: 'keys' });
      await credentials.pair.copyOf(run);
      assert.equal(credentials.sts.sessions.length, 1);
    });

    test(`where the runner's clock is ${hours} h off, by OIDC`, async () => {
      const clockOffsetMs = hours * 3_600_000;
      await using credentials = await openCredentialPair({ sts: { ...TRUSTED, clockOffsetMs } });
      await using run = await credentials.run({ 'role-to-assume': ROLE });
      await credentials.pair.copyOf(run);
      assert.equal(credentials.sts.sessions.length, 1);
    });
  }
});
