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
 * Sessions that fall due for renewal after five seconds, as the last five minutes of their 305 have come, and that are
 * refused after fifteen, whatever they were told.
 */
const SHORT = { expiresAfterSeconds: 305, refusedAfterMs: 15_000 };
const DUE_AFTER_MS = 5_000;

const WORKERS = 16;
const PAGE_MS = 1_500;

/** A scan of `seconds`, and half as much again as segments differ: a page takes its time, and every other one makes an object, so that both sides are busy. */
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
  const credentials = await openCredentialPair({ sts: { ...SHORT, ...sts }, items });
  credentials.disturbSource((operation) => (operation === 'Scan' ? { delayMs: PAGE_MS } : undefined));
  return { credentials, items, inputs };
}

/** How many of a role's sessions the requests to a side were signed with. */
function sessionsUsed({ sts }: CredentialPair, requests: readonly { readonly headers: IncomingHttpHeaders }[]): number {
  const tokens = requests.map(({ headers }) => headers['x-amz-security-token']);
  return sts.sessions.filter(({ sessionToken }) => tokens.includes(sessionToken)).length;
}

suite('a copy that outlives its sessions', { concurrency: 3 }, () => {
  test('asks once a renewal, whatever the number of workers and clients', async (t) => {
    const { credentials, items, inputs } = await openSlow({ roles: { [ROLE]: { subject: SUBJECT } } }, 16);
    await using _ = credentials;
    const { pair, sts, issuer } = credentials;
    await using run = await credentials.run({ ...inputs, 'role-to-assume': ROLE }, { options: { timeoutMs: 180_000 } });
    assert.equal((await pair.copyOf(run)).summary.itemCount, items.length);
    assert.deepEqual(run.warnings, []);

    const segments = pair.source.requests.map(({ parameters }) => parameters['Segment']).filter((s) => s !== undefined);
    assert.equal(new Set(segments).size, WORKERS);
    const asked = sts.requests.map(({ at }) => at);
    t.diagnostic(`${asked.length} calls of STS in ${(run.durationMs / 1000).toFixed(0)} s`);
    assert.ok(asked.length >= 4, `${asked.length} sessions`);
    for (const [index, at] of asked.entries()) {
      const before = asked[index - 1] ?? Number.NEGATIVE_INFINITY;
      // AWS's clock is known to the second.
      assert.ok(at - before > DUE_AFTER_MS - 1_200, `${at - before} ms between two calls of STS`);
    }
    // Each with a token of its own, and with no more tokens than that.
    const sent = new Set(sts.requests.map(({ parameters }) => parameters['WebIdentityToken']));
    assert.deepEqual([sent.size, issuer.tokens.length], [asked.length, asked.length]);
    assert.ok(sessionsUsed(credentials, pair.source.requests) >= 4);
    assert.ok(sessionsUsed(credentials, pair.store.requests) >= 3);
  });

  test('is not harmed by renewals that fail for eight seconds', async (t) => {
    const { credentials, items, inputs } = await openSlow({ roles: { [ROLE]: { subject: SUBJECT } } }, 16);
    await using _ = credentials;
    const { pair, sts, issuer } = credentials;
    const faults: readonly Fault[] = [
      { answer: stsError('InternalFailure', 'An internal error occurred.', 500) },
      { answer: stsError('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider") },
      { answer: stsError('IDPCommunicationError', 'Error communicating with the identity provider') },
      'drop',
    ];
    let firstFault: number | undefined;
    sts.inject((_request, nth) => {
      if (nth === 1) return undefined;
      firstFault ??= performance.now();
      return performance.now() - firstFault < 8_000 ? faults[nth % faults.length] : undefined;
    });
    await using run = await credentials.run({ ...inputs, 'role-to-assume': ROLE }, { options: { timeoutMs: 180_000 } });
    assert.equal((await pair.copyOf(run)).summary.itemCount, items.length);
    const failed = sts.requests.filter(({ fault }) => fault !== undefined).length;
    t.diagnostic(`${failed} renewals failed, ${sts.sessions.length} did not`);
    assert.ok(failed >= 6, `${failed} renewals failed`);
    assert.equal(sts.requests.length - failed, sts.sessions.length);
    assert.equal(issuer.tokens.length, sts.requests.length);
    assert.ok(sts.sessions.length >= 2);
    // What a busy machine lets come too late is signed again; without renewals it would be every request.
    const refused = pair.source.requests.filter(({ status }) => status === 400);
    assert.ok(refused.length <= WORKERS, `${refused.length} requests met an expired session`);
  });

  test('renews chained roles from the environment', async () => {
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
      const asked = sts.requests.filter(({ parameters }) => parameters['RoleArn'] === role).map(({ at }) => at);
      assert.ok(asked.length >= 2, `${asked.length} sessions of ${role}`);
      assert.ok(asked.length <= 2 + run.durationMs / DUE_AFTER_MS, `${asked.length} sessions of ${role}`);
    }
  });
});
