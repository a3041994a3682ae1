import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Bucket } from '../../../src/s3/bucket.ts';
import { CheckpointStore } from '../../../src/scan/resume/checkpoint-store.ts';
import { RunLock } from '../../../src/scan/resume/run-lock.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { clientOfBucket } from '../../aws/clients-for-tests.ts';
import { type HttpResponse, s3Error } from '../../emulators/faults.ts';
import { openStore, type Store } from '../../emulators/store.ts';
import { hideMissingObjects } from '../../fixtures/iam-policy.ts';
import { slowTest } from '../../run/effort.ts';

test('only one of two attempts gets the run lock, and an attempt that loses it detects the loss', async () => {
  await using fixture = await open();
  const [one, two] = [new RunLock(fixture.checkpoints, 1), new RunLock(fixture.checkpoints, 2)];
  const taken = await Promise.all([one.take(undefined, 'none'), two.take(undefined, 'none')]);
  assert.deepEqual(taken.toSorted(), [false, true]);
  const [winner, other] = taken[0] ? [one, two] : [two, one];
  assert.equal(await winner.isStillOurs(), true);
  assert.equal(other.isTaken, false);

  const found = await fixture.checkpoints.readRun();
  assert.ok(found);
  assert.equal(await other.take(undefined, found), true);
  assert.equal(await winner.isStillOurs(), false);
  assert.equal(await winner.change(undefined), false);
  assert.equal(await other.isStillOurs(), true);
  await fixture.checkpoints.delete([fixture.checkpoints.runKey()]);
  assert.equal(await other.isStillOurs(), false);
  assert.equal(await other.change(undefined), false, 'a deleted run.json is not re-created');
});

test('checkpoints that were deleted are missing, also if the role may list only a part of the bucket', async () => {
  await using fixture = await open();
  hideMissingObjects(fixture.store);
  assert.equal(await fixture.checkpoints.readSegment(1, 0), undefined);
  assert.equal(await fixture.checkpoints.readSealedFiles(1, 0, 0), undefined);
});

test('a conditional write of run.json succeeds if its response is lost and the retry finds its own object', async () => {
  await using fixture = await open();
  fixture.store.inject(({ operation }, nth) =>
    operation === 'PutObject' && nth < 3 ? 'lose-httpResponse' : undefined,
  );
  const lock = new RunLock(fixture.checkpoints, 1);
  assert.equal(await lock.take(undefined, 'none'), true);
  assert.equal(await lock.isStillOurs(), true);
  fixture.store.inject(({ operation }, nth) =>
    operation === 'PutObject' && nth < 6 ? 'lose-httpResponse' : undefined,
  );
  assert.equal(await lock.change(undefined), true);
  assert.equal(await lock.isStillOurs(), true);
});

test('the run lock is kept if S3 stores a run.json whose write failed with AccessDenied', async () => {
  await using fixture = await open();
  const lock = new RunLock(fixture.checkpoints, 1);
  await lock.take(undefined, 'none');
  const { store } = fixture;
  // S3 stores the object but returns AccessDenied, so the client does not receive the new ETag.
  store.inject(({ operation }) =>
    operation === 'PutObject' ? { rewrite: () => s3ErrorResponse('AccessDenied', 403) } : undefined,
  );
  await assert.rejects(lock.confirm(), { name: 'AccessDenied' });
  store.inject();
  assert.equal(await lock.isStillOurs(), true);
  assert.equal(await lock.confirm(), true);
  assert.equal(await lock.change(undefined), true);
});

test('a process writes run.json sequentially, without conflicts with itself', async () => {
  await using fixture = await open();
  const lock = new RunLock(fixture.checkpoints, 1);
  await lock.take(undefined, 'none');
  const writes = [lock.confirm(), lock.change(undefined), lock.confirm(), lock.confirm()];
  assert.deepEqual(await Promise.all(writes), [true, true, true, true]);
  const conflicts = fixture.store.requests.filter(({ status }) => status === 412);
  assert.deepEqual(conflicts, []);
});

test('a lost run lock returns the run.json of the new owner', async () => {
  await using fixture = await open();
  const [one, two] = [new RunLock(fixture.checkpoints, 1), new RunLock(fixture.checkpoints, 2)];
  await one.take(undefined, 'none');
  const found = await fixture.checkpoints.readRun();
  assert.ok(found);
  await two.take(undefined, found, { lateUntil: 7, givenUp: [] });
  assert.equal(await one.confirm(), false);
  const { attempt, lateUntil, ended } = JSON.parse(one.lostTo?.toString() ?? '');
  assert.deepEqual([attempt, lateUntil, ended], [2, 7, false]);
  assert.equal(await one.end(new AbortController().signal), false);

  assert.equal(await two.end(new AbortController().signal), true);
  const file = JSON.parse((await fixture.checkpoints.readRun())?.content.toString() ?? '');
  assert.deepEqual([file.attempt, file.ended], [2, true]);
  await fixture.checkpoints.delete([fixture.checkpoints.runKey()]);
  assert.equal(await two.confirm(), false);
  assert.equal(two.lostTo, undefined, 'the run lock has no owner');
});

test('isEnforced detects whether the store supports conditional writes, and run.json is unchanged', async () => {
  await using fixture = await open();
  const lock = new RunLock(fixture.checkpoints, 1);
  await lock.take(undefined, 'none');
  assert.equal(await lock.isEnforced(), true);
  assert.equal(await lock.isStillOurs(), true);
  fixture.store.inject(({ headers }) => (headers['if-match'] ? s3Error('NotImplemented', 501) : undefined));
  assert.equal(await lock.isEnforced(), false);
});

test('newestSegments returns the newest checkpoint of each segment by an attempt of this copy', async () => {
  await using fixture = await open();
  const { checkpoints } = fixture;
  for (const [attempt, index, text] of [
    [1, 0, 'old'],
    [1, 7, 'only'],
    [3, 0, 'new'],
    // Attempt 10 started over, and attempt 2 lost the copy.
    [10, 0, 'foreign'],
    [2, 12, 'foreign'],
  ] as const) {
    await checkpoints.writeSegment(attempt, index, Buffer.from(text));
  }
  await checkpoints.writeSealedFiles(3, 7, 0, Buffer.from('entries'));
  const newest = await checkpoints.newestSegments([1, 3]);
  assert.deepEqual([...newest].toSorted(), [
    [0, 3],
    [7, 1],
  ]);
  assert.equal((await checkpoints.readSegment(3, 0))?.toString(), 'new');
  assert.equal((await checkpoints.readSealedFiles(3, 7, 0))?.toString(), 'entries');
  assert.equal(await checkpoints.readSegment(1, 12), undefined);
});

test('listUploads returns the uploads with a prefix from all pages of the listing', async () => {
  await using fixture = await open();
  const { store, bucket, checkpoints } = fixture;
  for (const key of ['data/a', 'data/b', 'database/c', 'other']) {
    await store.proxiedClient.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
  }
  const found = await checkpoints.listUploads('data/');
  assert.deepEqual(found.map(({ key }) => key).toSorted(), ['data/a', 'data/b']);

  const page = (key: string, next?: string) => ({
    httpResponse: {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: Buffer.from(
        `<ListMultipartUploadsResult><Upload><Key>${key}</Key><UploadId>of ${key}</UploadId></Upload><IsTruncated>${next !== undefined}</IsTruncated>${next ? `<NextKeyMarker>${next}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>` : ''}</ListMultipartUploadsResult>`,
      ),
    },
  });
  store.inject(({ query }) => (query.has('key-marker') ? page('data/y') : page('data/x', 'data/x')));
  assert.deepEqual(
    (await checkpoints.listUploads('data/')).map(({ uploadId }) => uploadId),
    ['of data/x', 'of data/y'],
  );
});

for (const [code, status] of [
  ['AccessDenied', 403],
  ['NotImplemented', 501],
] as const) {
  test(`listUploads returns no uploads if S3 returns ${code}`, async () => {
    await using fixture = await open();
    await fixture.store.proxiedClient.send(new CreateMultipartUploadCommand({ Bucket: fixture.bucket, Key: 'data/a' }));
    fixture.store.inject(() => s3Error(code, status));
    assert.deepEqual(await fixture.checkpoints.listUploads('data/'), []);
  });
}

test('readRun returns undefined if S3 denies the request and run.json does not exist, since its status does not show that', async () => {
  await using fixture = await open();
  const { store, checkpoints } = fixture;
  store.inject(({ operation }) => (operation === 'GetObject' ? s3Error('AccessDenied', 403) : undefined));
  assert.equal(await checkpoints.readRun(), undefined);
});

test('readRun fails if S3 denies the request and run.json exists', async () => {
  await using fixture = await open();
  const { store, checkpoints } = fixture;
  await new RunLock(checkpoints, 1).take(undefined, 'none');
  store.inject(({ operation }) => (operation === 'GetObject' ? s3Error('AccessDenied', 403) : undefined));
  await assert.rejects(checkpoints.readRun(), { name: 'AccessDenied' });
});

slowTest('delete removes more keys than fit in one request', async () => {
  await using fixture = await open();
  const { store, bucket, checkpoints } = fixture;
  const keys = Array.from({ length: 1003 }, (_, i) => `k/${i}`);
  await Promise.all(
    keys.map((Key) => store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.alloc(0) }))),
  );
  assert.equal((await checkpoints.list('k/')).length, 1003);
  assert.equal(await checkpoints.delete(keys), true);
  assert.deepEqual(await store.list(bucket), []);
});

test('delete returns false if S3 denies the request or a key', async () => {
  await using fixture = await open();
  const { store, checkpoints } = fixture;
  store.inject(() => s3Error('AccessDenied', 403));
  assert.equal(await checkpoints.delete(['k/0']), false);
  const deniedInBody =
    '<DeleteResult><Error><Key>k/0</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>';
  const headers = { 'content-type': 'application/xml' };
  store.inject(() => ({ httpResponse: { status: 200, headers, body: Buffer.from(deniedInBody) } }));
  assert.equal(await checkpoints.delete(['k/0']), false);
});

interface Fixture extends AsyncDisposable {
  readonly store: Store;
  readonly bucket: string;
  readonly checkpoints: CheckpointStore;
}

async function open(): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const bucket = await store.createBucket();
  const client = stack.use(clientOfBucket(store.endpoint));
  const target = new Bucket({ client, name: bucket });
  const checkpoints = new CheckpointStore({
    bucket: target,
    prefix: 'p',
    step: 'step',
    parameters: {},
    waits: new PendingWaits(),
    signal: new AbortController().signal,
  });
  const resources = stack.move();
  return { store, bucket, checkpoints, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function s3ErrorResponse(code: string, status: number): HttpResponse {
  const fault = s3Error(code, status);
  assert.ok(typeof fault === 'object' && 'httpResponse' in fault);
  return fault.httpResponse;
}
