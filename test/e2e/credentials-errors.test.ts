import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from '../emulators/faults.ts';
import { type IssuerOptions, NUMBERED_SUBJECT, SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { type StsOptions, stsError } from '../emulators/sts/sts.ts';
import { type CredentialPair, type Job, openCredentialPair, ROLE } from '../fixtures/credential-pair.ts';
import { assertFailed, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, firstOfEach, slowTest } from '../run/effort.ts';

await startServers();

const folder = mkdtempSync(join(tmpdir(), 'event-'));
after(() => rmSync(folder, { recursive: true }));
const fromFork = join(folder, 'fork.json');
writeFileSync(fromFork, JSON.stringify({ pull_request: { head: { repo: { full_name: 'octo-fork/shop' } } } }));

const TRUSTED = { roles: { [ROLE]: { subject: SUBJECT, principals: ['environment'] } } };
const FROM_ENVIRONMENT: Job = { oidc: false, environment: 'session' };
/** Shortens 30 seconds of retries to 1.5 seconds. */
const FAST_RETRIES = { DYNAMODB_TO_S3_TIME_SCALE: '0.05' };

interface Case {
  readonly code: string;
  readonly sts?: StsOptions;
  readonly issuer?: IssuerOptions;
  readonly inputs?: Inputs;
  readonly job?: Job;
  readonly script?: (pair: CredentialPair) => void;
  readonly message: RegExp;
  readonly remedy: RegExp;
  /** Requests to STS: one if the error is permanent. */
  readonly stsRequests: 'none' | 'one' | 'several';
}

const always = (httpResponse: HttpResponse) => (pair: CredentialPair) => pair.sts.inject(() => ({ httpResponse }));

const CASES: Readonly<Record<string, Case>> = {
  'the job has no permission to request an ID token': {
    code: 'CREDENTIALS_MISSING',
    job: { oidc: false },
    message: /The job has no permission to request an ID token/,
    remedy: /permissions: id-token: write/,
    stsRequests: 'none',
  },
  'a pull request from a fork starts the workflow': {
    code: 'CREDENTIALS_MISSING',
    job: { oidc: false, env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: fromFork } },
    message: /pull requests from forks get no ID token and no secrets/,
    remedy: /push, schedule or workflow_dispatch/,
    stsRequests: 'none',
  },
  'role-chaining is true and the environment has no credentials': {
    code: 'CREDENTIALS_MISSING',
    inputs: { 'role-chaining': 'true' },
    message: /role-chaining is true/,
    remedy: /Leave role-chaining out/,
    stsRequests: 'none',
  },
  'GitHub rejects the request for an ID token': {
    code: 'ID_TOKEN_MISSING',
    script: ({ issuer }) => issuer.refuse(() => 403),
    message: /GitHub did not issue an ID token for this job \(HTTP 403\)/,
    remedy: /id-token: write/,
    stsRequests: 'none',
  },
  'the trust policy names another repository': {
    code: 'ASSUME_ROLE_FAILED',
    sts: { roles: { [ROLE]: { subject: 'repo:octo-org/other:ref:refs/heads/main' } } },
    message: new RegExp(
      `assume ${ROLE}.* sub "${SUBJECT}" and aud "sts.amazonaws.com".*other form of sub, "${NUMBERED_SUBJECT}"`,
    ),
    remedy:
      /trust policy allows sts:AssumeRoleWithWebIdentity for arn:aws:iam::123456789012:oidc-provider\/127.*:sub is exactly this sub/,
    stsRequests: 'one',
  },
  'the trust policy has the form of sub without IDs': {
    code: 'ASSUME_ROLE_FAILED',
    sts: { roles: { [ROLE]: { subject: SUBJECT } } },
    issuer: { subject: NUMBERED_SUBJECT },
    message: new RegExp(
      `sub "${NUMBERED_SUBJECT}".*other form of sub, "${SUBJECT}", does not match: .*since 15 July 2026`,
    ),
    remedy: /trust policy/,
    stsRequests: 'one',
  },
  'the role does not exist': {
    code: 'ASSUME_ROLE_FAILED',
    sts: { roles: {} },
    message: /or the role does not exist/,
    remedy: /Check the name of the role/,
    stsRequests: 'one',
  },
  'the identity provider does not accept the audience': {
    code: 'ID_TOKEN_REJECTED',
    sts: { ...TRUSTED, audiences: ['sts.amazonaws.com.cn'] },
    message: /in account 123456789012 does not accept the audience sts.amazonaws.com of/,
    remedy: /Add sts.amazonaws.com to the provider's audiences, or set audience/,
    stsRequests: 'one',
  },
  'the account has no identity provider': {
    code: 'ID_TOKEN_REJECTED',
    sts: { ...TRUSTED, audiences: undefined },
    message: /Account 123456789012 has no identity provider for http:\/\/127/,
    remedy: /Create an OpenID Connect identity provider.*audience sts.amazonaws.com in IAM/,
    stsRequests: 'one',
  },
  'STS can never retrieve the keys of the issuer': {
    code: 'ID_TOKEN_REJECTED',
    job: { env: FAST_RETRIES },
    script: always(stsError('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider")),
    message: /could not verify the job's ID token \(InvalidIdentityToken.*Each attempt used a new token/,
    remedy: /Re-run the job/,
    stsRequests: 'several',
  },
  'role-duration-seconds exceeds the maximum of the role': {
    code: 'ROLE_SESSION_TOO_LONG',
    inputs: { 'role-duration-seconds': '7200' },
    message: new RegExp(
      `A session of 7200 seconds was requested, which exceeds the maximum session duration of ${ROLE}`,
    ),
    remedy: /Leave role-duration-seconds out/,
    stsRequests: 'one',
  },
  'role-duration-seconds exceeds the maximum for role chaining': {
    code: 'ROLE_SESSION_TOO_LONG',
    job: FROM_ENVIRONMENT,
    inputs: { 'role-duration-seconds': '7200' },
    script: always(
      stsError(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      ),
    ),
    message: /A session of 7200 seconds was requested, but .* is assumed from another role\. .* one hour/,
    remedy: /Leave role-duration-seconds out/,
    stsRequests: 'one',
  },
  'the role does not trust the credentials of the environment': {
    code: 'ASSUME_ROLE_FAILED',
    job: FROM_ENVIRONMENT,
    sts: { roles: { [ROLE]: { subject: SUBJECT } } },
    message:
      /arn:aws:iam::123456789012:user\/of-the-environment is not authorized to perform sts:AssumeRole on arn:aws:iam::123456789012:role\/backup/,
    remedy: /sts:AssumeRole.*trust policy, which may require role-external-id.*id-token: write/,
    stsRequests: 'one',
  },
  'the credentials of the environment have expired': {
    code: 'CREDENTIALS_EXPIRED',
    job: FROM_ENVIRONMENT,
    script: always(stsError('ExpiredToken', 'The security token included in the request is expired', 403)),
    message: /Cannot assume .* have expired \(the credentials of the environment\)/,
    remedy: /id-token: write/,
    stsRequests: 'one',
  },
  'STS does not know the credentials of the environment': {
    code: 'CREDENTIALS_INVALID',
    job: FROM_ENVIRONMENT,
    script: always(stsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)),
    message: /STS rejected the AWS credentials of this step/,
    remedy: /AWS_ACCESS_KEY_ID/,
    stsRequests: 'one',
  },
  "the runner's clock is wrong": {
    code: 'CLOCK_SKEW',
    job: FROM_ENVIRONMENT,
    script: always(
      stsError('SignatureDoesNotMatch', 'Signature expired: 20261122T1 is now earlier than 20261122T2', 403),
    ),
    message: /runner's clock is wrong/,
    remedy: /NTP/,
    stsRequests: 'one',
  },
  'STS throttles every request': {
    code: 'THROTTLED',
    job: { env: FAST_RETRIES },
    script: always(stsError('Throttling', 'Rate exceeded', 400)),
    message: /STS throttled/,
    remedy: /max-parallel/,
    stsRequests: 'several',
  },
  'STS cannot be reached': {
    code: 'NETWORK',
    job: { env: { ...FAST_RETRIES, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' } },
    message: /cannot reach STS in us-east-1 \(ECONNREFUSED\)/,
    remedy: /AWS_ENDPOINT_URL_STS, HTTPS_PROXY and NO_PROXY/,
    stsRequests: 'none',
  },
};

suite('errors of assuming a role', { concurrency: 2 }, () => {
  for (const [name, { code, sts = TRUSTED, issuer = {}, inputs, job, script, ...expected }] of firstOfEach(
    Object.entries(CASES),
    ([, { code }]) => code,
  )) {
    test(`fails with ${code} if ${name}`, async () => {
      await using credentials = await openCredentialPair({ sts, issuer });
      script?.(credentials);
      await using run = await credentials.run({ 'role-to-assume': ROLE, ...inputs }, job);
      const { message, remedy } = await assertFailed(run, credentials.pair, code);
      assert.match(message, expected.message);
      assert.match(remedy, expected.remedy);
      const { length } = credentials.sts.requests;
      const stsRequests = (['none', 'one'] as const)[length] ?? 'several';
      assert.equal(stsRequests, expected.stsRequests, `STS got ${length} requests`);
      assert.deepEqual([credentials.pair.source.requests, credentials.pair.store.requests], [[], []]);
    });
  }
});

test('reports when the token for requesting ID tokens expires if GitHub rejects a later request of a job', async () => {
  await using credentials = await openCredentialPair({ sts: TRUSTED });
  const { pair, issuer, sts } = credentials;
  issuer.refuse((nth) => (nth > 1 ? 401 : undefined));
  pair.source.inject(async ({ headers, operation }) => {
    if (operation === 'Scan') {
      // The Action replaces a rejected session only if it was not just issued.
      await sleep(500);
      sts.revoke();
    }
    return sts.refusal(headers, 'dynamodb');
  });
  await using run = await credentials.run({ 'role-to-assume': ROLE }, { env: FAST_RETRIES });
  const { message, remedy } = await assertFailed(run, pair, 'ID_TOKEN_MISSING');
  assert.match(message, /HTTP 401.*expires 6 hours and 20 minutes after GitHub created it/);
  assert.match(remedy, /role-duration-seconds.*plan and shard/);
});

suite('retries of assuming a role', { concurrency: 2 }, () => {
  slowTest('requests a new ID token for each retry while STS cannot retrieve the keys of the issuer', async () => {
    await using credentials = await openCredentialPair({ sts: TRUSTED });
    credentials.sts.inject((_request, nth) =>
      nth < 3
        ? {
            httpResponse: stsError(
              'InvalidIdentityToken',
              "Couldn't retrieve verification key from your identity provider",
            ),
          }
        : undefined,
    );
    await using run = await credentials.run({ 'role-to-assume': ROLE });
    await credentials.pair.copyOf(run);
    assert.equal(new Set(credentials.sts.requests.map(({ parameters }) => parameters['WebIdentityToken'])).size, 3);
  });

  slowTest('requests an ID token again after HTTP 500 from GitHub', async () => {
    await using credentials = await openCredentialPair({ sts: TRUSTED });
    credentials.issuer.refuse((nth) => (nth < 3 ? 500 : undefined));
    await using run = await credentials.run({ 'role-to-assume': ROLE });
    await credentials.pair.copyOf(run);
  });

  for (const hours of fewOf([1, -1], 1)) {
    slowTest(`assumes a role from the environment although the runner's clock is off by ${-hours} h`, async () => {
      const clockOffsetMs = hours * 3_600_000;
      await using credentials = await openCredentialPair({ sts: { ...TRUSTED, clockOffsetMs } });
      await using run = await credentials.run({ 'role-to-assume': ROLE }, { oidc: false, environment: 'keys' });
      await credentials.pair.copyOf(run);
      assert.equal(credentials.sts.sessions.length, 1);
    });

    test(`assumes a role with OIDC although the runner's clock is off by ${-hours} h`, async () => {
      const clockOffsetMs = hours * 3_600_000;
      await using credentials = await openCredentialPair({ sts: { ...TRUSTED, clockOffsetMs } });
      await using run = await credentials.run({ 'role-to-assume': ROLE });
      await credentials.pair.copyOf(run);
      assert.equal(credentials.sts.sessions.length, 1);
    });
  }
});
