import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { findStarted } from '../../src/manifest/find-started.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { openStore } from '../emulators/store.ts';

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
