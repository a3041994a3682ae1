import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Permission for each SDK call whose permission has another name; undefined if the call needs none */
const PERMISSIONS: Readonly<Record<string, string | undefined>> = {
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  CompleteMultipartUpload: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  ListObjectsV2: 's3:ListBucket',
  PutObject: 's3:PutObject',
  UploadPart: 's3:PutObject',
  DescribeKey: 'kms:DescribeKey',
  // The response contains the Region even if access is denied.
  HeadBucket: undefined,
  // The trust policy allows these, and every identity can call GetCallerIdentity.
  AssumeRoleWithWebIdentity: 'sts:AssumeRoleWithWebIdentity',
  AssumeRole: 'sts:AssumeRole',
  GetCallerIdentity: undefined,
};

const document = readFileSync('docs/credentials.md', 'utf8');
const source = globSync('src/**/*.ts').map((path) => readFileSync(path, 'utf8'));

test('docs/credentials.md names the permission for every AWS call in src/', () => {
  const calls = source.flatMap((text) =>
    [...text.matchAll(/\bnew (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, command, pages]) => command ?? pages ?? ''),
  );
  assert.ok(calls.length > 15, calls.join());
  for (const call of calls) {
    const permission = call in PERMISSIONS ? PERMISSIONS[call] : `dynamodb:${call}`;
    if (permission === undefined) continue;
    assert.ok(document.includes(`"${permission}"`) || document.includes(`\`${permission}\``), permission);
  }
});

test('the policies in the README and docs/credentials.md are valid JSON', () => {
  for (const path of ['docs/credentials.md', 'README.md']) {
    const blocks = [...readFileSync(path, 'utf8').matchAll(/```json\n(.*?)```/gs)].map(([, block]) => block ?? '');
    assert.ok(blocks.length >= 2, path);
    for (const block of blocks) JSON.parse(block);
  }
});
