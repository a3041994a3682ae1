import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { findStarted } from '../../src/manifest/find-started.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { openStore } from '../emulators/store.ts';
import { emptyResponse, s3Denies } from '../fixtures/aws-errors.ts';

const LAYOUT = copyLayout('backups', '01790000000000-0a1b2c3d');
const SIGNAL = AbortSignal.timeout(60_000);

test('a copy whose plan was written has its object _started', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  const bucket = new Bucket({ client: store.client, name });
  await bucket.put({ key: LAYOUT.started, body: Buffer.alloc(0), parameters: {} }, SIGNAL);
  assert.equal((await findStarted(bucket, LAYOUT, SIGNAL)).key, LAYOUT.started);
});

test('a copy without _started fails with PLAN_NOT_FOUND, which names the key', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  const bucket = new Bucket({ client: store.client, name });
  // A key that starts with the same text is another object.
  await bucket.put({ key: `${LAYOUT.started}-2`, body: Buffer.alloc(0), parameters: {} }, SIGNAL);
  await assert.rejects(findStarted(bucket, LAYOUT, SIGNAL), (error) => {
    assert.ok(error instanceof CopyError);
    assert.equal(error.code, 'PLAN_NOT_FOUND');
    return error.message.includes(`${name} does not contain ${LAYOUT.started}`);
  });
});

// With a policy that allows listing only below a prefix, S3 returns 403 for HEAD of an object that does not exist.
for (const [situation, exists, isListDenied, expected] of [
  ['does not exist', false, false, 'PLAN_NOT_FOUND'],
  ['exists, but cannot be read', true, false, 403],
  ['cannot be read or listed', false, true, 403],
] as const) {
  test(`a HEAD request that S3 denies fails with ${expected} if the object ${situation}`, async () => {
    await using store = await openStore();
    using client = clientOfBucket(store.endpoint);
    const bucket = new Bucket({ client, name: await store.createBucket() });
    if (exists) await bucket.put({ key: LAYOUT.started, body: Buffer.alloc(0), parameters: {} }, SIGNAL);
    store.inject(({ operation }) => {
      if (operation === 'HeadObject') return emptyResponse(403);
      return operation === 'ListObjectsV2' && isListDenied ? s3Denies('s3:ListBucket') : undefined;
    });
    const error = await findStarted(bucket, LAYOUT, SIGNAL).catch((failure) => failure);
    assert.equal(error instanceof CopyError ? error.code : error.$metadata.httpStatusCode, expected);
  });
}
