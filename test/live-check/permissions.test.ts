import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseTemplate, resolveResources } from '../docs/template.ts';
import type { PolicyStatement } from '../fixtures/iam-policy.ts';

/** Permissions for SDK calls whose permissions have other names. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  DeleteObject: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  GetObject: ['s3:GetObject'],
  ListMultipartUploads: ['s3:ListBucketMultipartUploads'],
  ListObjectVersions: ['s3:ListBucketVersions'],
  ListObjectsV2: ['s3:ListBucket'],
  AssumeRoleWithWebIdentity: [],
  // Must be denied: the script needs an error of this kind.
  DescribeLimits: [],
};

test('the role for live-check.yml has exactly the permissions for the calls of its script', () => {
  const source = globSync('scripts/live-check/*.ts').map((path) => readFileSync(path, 'utf8'));
  const calls = source.flatMap((text) =>
    [...text.matchAll(/\bnew (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, command, pages]) => command ?? pages ?? ''),
  );
  assert.ok(calls.length > 15, calls.join());
  const needed = calls.flatMap((call) => PERMISSIONS[call] ?? [`dynamodb:${call}`]);
  const resources = resolveResources(parseTemplate(readFileSync('examples/aws/backup-role.yaml', 'utf8')), {
    ...{ TableName: 'live-check-*', Repository: 'a/b', CreateOidcProvider: 'false', LiveCheckRole: 'true' },
    ...{ 'AWS::Partition': 'aws', 'AWS::Region': 'us-east-1', 'AWS::AccountId': '111111111111', Bucket: 'b' },
    ...{ OidcProvider: 'arn', CopyRole: 'c', RestoreRole: 'r', VerifyRole: 'v' },
  });
  const { Policies } = resources['LiveRole'] as {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly PolicyStatement[] } }[];
  };
  const allowed = Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.flatMap(({ Action }) => [Action].flat()),
  );
  assert.deepEqual(allowed.sort(), [...new Set(needed)].sort());
});
