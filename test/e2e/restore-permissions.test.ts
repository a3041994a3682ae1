import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { suite } from 'node:test';
import { blocksOf, read } from '../docs/documents.ts';
import { SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { dynamoDbDenies, s3Denies } from '../fixtures/aws-errors.ts';
import { DEST_ROLE, openCredentialPair, SOURCE_ROLE } from '../fixtures/credential-pair.ts';
import { assertRefused } from '../fixtures/export-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { openRestorePair, RESTORE_ACTION, type RestorePair } from '../fixtures/restore-pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

/** Actions that the policy for restores in docs/credentials.md allows. */
const ALLOWED = policyActions();

/** Permissions for S3 operations whose names differ. */
const S3_PERMISSIONS: Readonly<Record<string, string>> = {
  HeadBucket: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  HeadObject: 's3:GetObject',
};

function policyActions(): ReadonlySet<string> {
  const [, section = ''] = read('docs/credentials.md').text.split('\n### Restore\n');
  const [policy] = blocksOf({ path: '', text: section });
  const { Statement } = JSON.parse(policy?.lines.join('\n') ?? '') as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  return new Set(Statement.flatMap(({ Action }) => Action));
}

/** Denies everything that the policy does not allow, and the actions in `without`. */
function applyPolicy({ service, pair }: RestorePair, without: readonly string[] = []): void {
  const isAllowed = (action: string) => ALLOWED.has(action) && !without.includes(action);
  service.inject(({ operation }) =>
    isAllowed(`dynamodb:${operation}`) ? undefined : dynamoDbDenies(`dynamodb:${operation}`),
  );
  pair.store.inject(({ operation }) => {
    const action = S3_PERMISSIONS[operation] ?? `s3:${operation}`;
    return isAllowed(action) ? undefined : s3Denies(action);
  });
}

suite('the policy for restores in docs/credentials.md', { concurrency: 2 }, () => {
  for (const method of ['write', 'import']) {
    slowTest(`is sufficient for the method ${method}`, async () => {
      await using restoring = await openRestorePair();
      applyPolicy(restoring);
      const kwargs = {
        DeletionProtectionEnabled: true,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      };
      await using run = await restoring.restore({ method, 'create-table-kwargs': JSON.stringify(kwargs) });
      await restoring.assertRestored(run);
      assert.deepEqual(run.warnings, []);
    });
  }

  const DENIED: readonly (readonly [action: string, inputs: Inputs])[] = [
    ['dynamodb:CreateTable', {}],
    ['dynamodb:BatchWriteItem', {}],
    ['dynamodb:ImportTable', { method: 'import' }],
    ['s3:ListBucket', {}],
    ['s3:GetObject', {}],
  ];
  for (const [action, inputs] of fewOf(DENIED, 2)) {
    slowTest(`requires ${action}, and the error names it`, async () => {
      await using restoring = await openRestorePair();
      applyPolicy(restoring, [action]);
      await using run = await restoring.restore(inputs);
      assert.match(assertRefused(run, 'ACCESS_DENIED'), new RegExp(action));
    });
  }
});

slowTest('a restore uses one role for the table and another one for the bucket, in two Regions', async () => {
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
    ...RESTORE_ACTION,
    inputs: {
      'dynamodb-table-name': `${table}-restored`,
      copy: copied.outputs['s3-uri'] ?? '',
      's3-force-path-style': 'true',
      'table-role-to-assume': SOURCE_ROLE,
      'bucket-role-to-assume': DEST_ROLE,
      'table-aws-region': 'us-east-1',
      'bucket-aws-region': 'eu-west-1',
    },
    env: { ...pair.source.env, ...pair.store.env, ...sts.env, ...issuer.env },
    secrets: () => [...issuer.tokens],
  });
  assertSucceeded(run);
  assertSameItems(await pair.source.readItems(`${table}-restored`), await pair.source.readItems(table));
  assert.match(run.log, /method write because table and bucket are accessed with different credentials/);
  const rolesOf = (requests: readonly { readonly headers: IncomingHttpHeaders }[]) => [
    ...new Set(requests.map(({ headers }) => sts.roleOf(headers))),
  ];
  assert.deepEqual(rolesOf(pair.source.requests.slice(before.source)), [SOURCE_ROLE]);
  assert.deepEqual(rolesOf(pair.store.requests.slice(before.store)), [DEST_ROLE]);
});
