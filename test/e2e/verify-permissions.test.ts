import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { suite, test } from 'node:test';
import { blocksOf, read } from '../docs/documents.ts';
import { SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { DEST_ROLE, openCredentialPair, SOURCE_ROLE } from '../fixtures/credential-pair.ts';
import { applyPolicy, type PolicyStatement, policyBelow, withoutAction } from '../fixtures/iam-policy.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import {
  assertNotVerified,
  assertVerified,
  openVerifyPair,
  VERIFY_ACTION,
  type VerifyPair,
} from '../fixtures/verify-pair.ts';
import { slowTest } from '../run/effort.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

const POLICIES = policies();

/** Returns the statements for each level of verification in docs/credentials.md. */
function policies() {
  const [, section = ''] = read('docs/credentials.md').text.split('\n### Verify\n');
  const [, second] = blocksOf({ path: '', text: section }).map(({ lines }) => lines.join('\n'));
  const manifests = policyBelow('Verify');
  // The text after the policy states this resource.
  assert.match(section, /Use `arn:aws:s3:::my-backups\/orders\/\*` as the resource of the first\s+statement/);
  const [objects, ...others] = manifests;
  assert.ok(objects);
  const data = [{ ...objects, Resource: 'arn:aws:s3:::my-backups/orders/*' }, ...others];
  return { manifests, data, compare: [...data, JSON.parse(second ?? '') as PolicyStatement] };
}

function openOrders(): Promise<VerifyPair> {
  return openVerifyPair({ copyInputs: { 's3-key-prefix': 'orders/{date}' } });
}

function latestOf({ pair, table }: VerifyPair) {
  const latest = { copy: 'latest', 's3-bucket-name': pair.bucket, 's3-key-prefix': 'orders/{date}' };
  return { ...latest, 'source-table-name': table };
}

suite('the policies for verifications in docs/credentials.md', { concurrency: 3 }, () => {
  for (const [level, inputs] of [
    ['manifests', { check: 'manifests', 'max-age': 'PT1H' }],
    ['data', {}],
    ['compare', { 'compare-with': 'TABLE' }],
  ] as const) {
    slowTest(`are sufficient for ${level}`, async () => {
      await using verifying = await openOrders();
      applyPolicy(verifying.pair, POLICIES[level]);
      const compareWith = 'compare-with' in inputs ? { 'compare-with': verifying.table } : {};
      await using run = await verifying.verify({ ...latestOf(verifying), ...inputs, ...compareWith });
      assertVerified(run);
      assert.deepEqual(run.warnings, []);
    });

    const actions = POLICIES[level].flatMap(({ Action }) => Action);
    for (const denied of actions) {
      slowTest(`allow no more than ${level} needs: without ${denied}, the step fails and names it`, async () => {
        await using verifying = await openOrders();
        applyPolicy(verifying.pair, withoutAction(POLICIES[level], denied));
        const compareWith = 'compare-with' in inputs ? { 'compare-with': verifying.table } : {};
        await using run = await verifying.verify({ ...latestOf(verifying), ...inputs, ...compareWith });
        assert.match(assertNotVerified(run, 'ACCESS_DENIED'), new RegExp(denied));
      });
    }
  }

  test('do not allow a role that can read only manifests to pass check: data', async () => {
    await using verifying = await openOrders();
    applyPolicy(verifying.pair, POLICIES.manifests);
    await using run = await verifying.verify(latestOf(verifying));
    assert.match(assertNotVerified(run, 'ACCESS_DENIED'), /cannot be read/);
  });
});

slowTest('a verification uses one role for the table and another one for the bucket, in two Regions', async () => {
  const roles = { [SOURCE_ROLE]: { subject: SUBJECT }, [DEST_ROLE]: { subject: SUBJECT } };
  await using credentials = await openCredentialPair({ sts: { roles } });
  const { pair, table, sts, issuer } = credentials;
  await using copied = await credentials.run({
    'source-role-to-assume': SOURCE_ROLE,
    'dest-role-to-assume': DEST_ROLE,
  });
  assertSucceeded(copied);
  const before = { source: pair.source.requests.length, store: pair.store.requests.length };
  await using run = await runAction({
    ...VERIFY_ACTION,
    inputs: {
      copy: copied.outputs['s3-uri'] ?? '',
      's3-force-path-style': 'true',
      'compare-with': table,
      'table-role-to-assume': SOURCE_ROLE,
      'bucket-role-to-assume': DEST_ROLE,
      'table-aws-region': 'us-east-1',
      'bucket-aws-region': 'eu-west-1',
    },
    env: { ...pair.source.env, ...pair.store.env, ...sts.env, ...issuer.env },
    secrets: () => [...issuer.tokens],
  });
  assertVerified(run);
  const rolesOf = (requests: readonly { readonly headers: IncomingHttpHeaders }[]) => [
    ...new Set(requests.map(({ headers }) => sts.roleOf(headers))),
  ];
  assert.deepEqual(rolesOf(pair.source.requests.slice(before.source)), [SOURCE_ROLE]);
  assert.deepEqual(rolesOf(pair.store.requests.slice(before.store)), [DEST_ROLE]);
});
