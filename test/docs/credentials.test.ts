import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** The right that each call of the SDK needs, where it has not the call's own name; undefined where it needs none. */
const RIGHTS: Readonly<Record<string, string | undefined>> = {
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
  // Its answer names the region also where it is a refusal.
  HeadBucket: undefined,
  // The trust policy is what allows the one, and everybody may use the other.
  AssumeRoleWithWebIdentity: 'sts:AssumeRoleWithWebIdentity',
  AssumeRole: 'sts:AssumeRole',
  GetCallerIdentity: undefined,
};

const document = readFileSync('docs/credentials.md', 'utf8');
const source = globSync('src/**/*.ts').map((path) => readFileSync(path, 'utf8'));

test('the policies name the right for every call that the code makes', () => {
  const calls = source.flatMap((text) =>
    [...text.matchAll(/\bnew (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, command, pages]) => command ?? pages ?? ''),
  );
  assert.ok(calls.length > 15, calls.join());
  for (const call of calls) {
    const right = call in RIGHTS ? RIGHTS[call] : `dynamodb:${call}`;
    if (right !== undefined) assert.ok(document.includes(`"${right}"`) || document.includes(`\`${right}\``), right);
  }
});

test('the policies are JSON', () => {
  for (const path of ['docs/credentials.md', 'README.md']) {
    const blocks = [...readFileSync(path, 'utf8').matchAll(/```json\n(.*?)```/gs)].map(([, block]) => block ?? '');
    assert.ok(blocks.length >= 2, path);
    for (const block of blocks) JSON.parse(block);
  }
});
