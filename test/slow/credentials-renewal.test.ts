import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { suite, test } from 'node:test';
import type { Fault } from '../emulators/faults.ts';
import { SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { type StsOptions, stsError } from '../emulators/sts/sts.ts';
import { type CredentialPair, DEST_ROLE, openCredentialPair, ROLE, SOURCE_ROLE } from '../fixtures/credential-pair.ts';
import { type Inputs, largeItems, startServers } from '../fixtures/pair.ts';

await startServers();

/**
 * Sessions of 305 seconds. The Action renews a session five minutes before it expires, which is after five seconds. The
 * servers reject it after 15 seconds.
 */
const SHORT_SESSIONS = { expiresAfterSeconds: 305, refusedAfterMs: 15_000 };
const RENEWED_AFTER_MS = 5_000;

const WORKERS = 16;
const PAGE_MS = 1_500;

/**
 * Returns items and inputs for a scan that takes at least this number of seconds, and up to 50% more because segments
 * differ in size. Every second page fills an object, so that requests to DynamoDB and to S3 alternate.
 */
function slowScan(seconds: number) {
  const pages = Math.ceil((1000 * seconds) / PAGE_MS);
  const items = largeItems(WORKERS * pages, 40_000);
  const inputs: Inputs = {
    'total-segments': String(WORKERS),
    'dynamodb-scan-kwargs': '{"Limit": 1}',
    'file-size': '64KiB',
    compression: 'none',
  };
  return { items, inputs };
}

async function openSlow(sts: StsOptions, seconds: number) {
  const { items, inputs } = slowScan(seconds);
  const credentials = await openCredentialPair({ sts: { ...SHORT_SESSIONS, ...sts }, items });
  credentials.disturbSource((operation) => (operation === 'Scan' ? { delayMs: PAGE_MS } : undefined));
  return { credentials, items, inputs };
}

/** Returns the number of sessions that these requests were signed with. */
function sessionsUsed({ sts }: CredentialPair, requests: readonly { readonly headers: IncomingHttpHeaders }[]): number {
  const tokens = requests.map(({ headers }) => headers['x-amz-security-token']);
  return sts.sessions.filter(({ sessionToken }) => tokens.includes(sessionToken)).length;
}

/** Asserts that STS received at least `count` requests, and no two of them within the time of one session. */
function assertRenewals({ sts, issuer }: CredentialPair, count: number): void {
  const times = sts.requests.map(({ at }) => at);
  assert.ok(times.length >= count, `${times.length} sessions`);
  for (const [index, at] of times.entries()) {
    const previous = times[index - 1] ?? Number.NEGATIVE_INFINITY;
    // The Action knows the clock of AWS with a precision of one second.
    assert.ok(at - previous > RENEWED_AFTER_MS - 1_200, `${at - previous} ms between two STS requests`);
  }
  // Each request uses a new ID token, and no further ID tokens are requested.
  const sent = new Set(sts.requests.map(({ parameters }) => parameters['WebIdentityToken']));
  assert.deepEqual([sent.size, issuer.tokens.length], [times.length, times.length]);
}

/** Makes STS fail for eight seconds from its second request on. */
function failRenewalsForEightSeconds({ sts }: CredentialPair): void {
  const faults: readonly Fault[] = [
    { httpResponse: stsError('InternalFailure', 'An internal error occurred.', 500) },
    {
      httpResponse: stsError('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider"),
    },
    { httpResponse: stsError('IDPCommunicationError', 'Error communicating with the identity provider') },
    'drop',
  ];
  let firstFault: number | undefined;
  sts.inject((_request, nth) => {
    if (nth === 1) return undefined;
    firstFault ??= performance.now();
    return performance.now() - firstFault < 8_000 ? faults[nth % faults.length] : undefined;
  });
}

suite('a copy that takes longer than its sessions', { concurrency: 3 }, () => {
  test('sends one STS request per renewal, regardless of the number of workers and clients', async (t) => {
    const { credentials, items, inputs } = await openSlow({ roles: { [ROLE]: { subject: SUBJECT } } }, 16);
    await using _ = credentials;
    const { pair, sts } = credentials;
    await using run = await credentials.run({ ...inputs, 'role-to-assume': ROLE }, { options: { timeoutMs: 180_000 } });
    assert.equal((await pair.copyOf(run)).summary.itemCount, items.length);
    assert.deepEqual(run.warnings, []);

    const segments = pair.source.requests.map(({ parameters }) => parameters['Segment']).filter((s) => s !== undefined);
    assert.equal(new Set(segments).size, WORKERS);
    t.diagnostic(`${sts.requests.length} STS requests in ${(run.durationMs / 1000).toFixed(0)} s`);
    assertRenewals(credentials, 4);
    assert.ok(sessionsUsed(credentials, pair.source.requests) >= 4);
    assert.ok(sessionsUsed(credentials, pair.store.requests) >= 3);
  });

  test('completes although renewals fail for eight seconds', async (t) => {
    const { credentials, items, inputs } = await openSlow({ roles: { [ROLE]: { subject: SUBJECT } } }, 16);
    await using _ = credentials;
    const { pair, sts, issuer } = credentials;
    failRenewalsForEightSeconds(credentials);
    await using run = await credentials.run({ ...inputs, 'role-to-assume': ROLE }, { options: { timeoutMs: 180_000 } });
    assert.equal((await pair.copyOf(run)).summary.itemCount, items.length);
    const failed = sts.requests.filter(({ fault }) => fault !== undefined).length;
    t.diagnostic(`${failed} renewals failed, ${sts.sessions.length} succeeded`);
    assert.ok(failed >= 6, `${failed} renewals failed`);
    assert.equal(sts.requests.length - failed, sts.sessions.length);
    assert.equal(issuer.tokens.length, sts.requests.length);
    assert.ok(sts.sessions.length >= 2);
    // On a busy machine, a few requests arrive after their session expired. Without renewals, all of them would.
    const rejected = pair.source.requests.filter(({ status }) => status === 400);
    assert.ok(rejected.length <= WORKERS, `${rejected.length} requests were rejected with an expired session`);
  });

  test('renews the sessions of chained roles with environment credentials', async () => {
    const roles = { [SOURCE_ROLE]: { principals: ['environment'] }, [DEST_ROLE]: { principals: [SOURCE_ROLE] } };
    const { credentials, items, inputs } = await openSlow({ roles }, 9);
    await using _ = credentials;
    const { pair, sts } = credentials;
    const chained = {
      'source-role-to-assume': SOURCE_ROLE,
      'dest-role-to-assume': DEST_ROLE,
      'role-chaining': 'true',
    };
    await using run = await credentials.run(
      { ...inputs, ...chained },
      { environment: 'keys', options: { timeoutMs: 180_000 } },
    );
    assert.equal((await pair.copyOf(run)).summary.itemCount, items.length);
    assert.deepEqual(credentials.seen(), { source: [SOURCE_ROLE], dest: [DEST_ROLE] });
    for (const role of [SOURCE_ROLE, DEST_ROLE]) {
      const requests = sts.requests.filter(({ parameters }) => parameters['RoleArn'] === role);
      assert.ok(requests.length >= 2, `${requests.length} sessions of ${role}`);
      assert.ok(requests.length <= 2 + run.durationMs / RENEWED_AFTER_MS, `${requests.length} sessions of ${role}`);
    }
  });
});
