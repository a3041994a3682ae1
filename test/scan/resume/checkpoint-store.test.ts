import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Bucket } from '../../../src/s3/bucket.ts';
import { CheckpointStore } from '../../../src/scan/resume/checkpoint-store.ts';
import { RunLock } from '../../../src/scan/resume/run-lock.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { clientOfBucket } from '../../aws/clients-for-tests.ts';
import { type Answer, s3Error } from '../../emulators/faults.ts';
import { openStore, type Store } from '../../emulators/store.ts';

test('run.json has one writer: of two that want it, one gets it, and whoever loses it can see that', async () => {
  await using bench = await open();
  const [one, two] = [new RunLock(bench.checkpoints, 1), new RunLock(bench.checkpoints, 2)];
  const taken = await Promise.all([one.take(undefined, 'none', 0), two.take(undefined, 'none', 0)]);
  assert.deepEqual(taken.toSorted(), [false, true]);
  const [winner, other] = taken[0] ? [one, two] : [two, one];
  assert.equal(await winner.isStillOurs(), true);
  assert.equal(other.isTaken, false);

  const found = await bench.checkpoints.readRun();
  assert.ok(found);
  assert.equal(await other.take(undefined, found, 0), true);
  assert.equal(await winner.isStillOurs(), false);
  assert.equal(await winner.change(undefined), false);
  assert.equal(await other.isStillOurs(), true);
  await bench.checkpoints.delete([bench.checkpoints.runKey()]);
  assert.equal(await other.isStillOurs(), false);
  assert.equal(await other.change(undefined), false, 'nobody brings it back');
});

test('a conditional write whose answer is lost meets itself, and has been done', async () => {
  await using bench = await open();
  bench.store.inject(({ operation }, nth) => (operation === 'PutObject' && nth < 3 ? 'lose-answer' : undefined));
  const claim = new RunLock(bench.checkpoints, 1);
  assert.equal(await claim.take(undefined, 'none', 0), true);
  assert.equal(await claim.isStillOurs(), true);
  bench.store.inject(({ operation }, nth) => (operation === 'PutObject' && nth < 6 ? 'lose-answer' : undefined));
  assert.equal(await claim.change(undefined), true);
  assert.equal(await claim.isStillOurs(), true);
});

test('a write of run.json that failed here, and arrives later, does not lose the claim', async () => {
  await using bench = await open();
  const claim = new RunLock(bench.checkpoints, 1);
  await claim.take(undefined, 'none', 0);
  const { store } = bench;
  // The store carries it out; the client is told that it may not, and so does not know of the new ETag.
  store.inject(({ operation }) =>
    operation === 'PutObject' ? { rewrite: () => s3Answer('AccessDenied', 403) } : undefined,
  );
  await assert.rejects(claim.confirm(), { name: 'AccessDenied' });
  store.inject();
  assert.equal(await claim.isStillOurs(), true);
  assert.equal(await claim.confirm(), true);
  assert.equal(await claim.change(undefined), true);
});

test('writes of run.json by one process follow each other', async () => {
  await using bench = await open();
  const claim = new RunLock(bench.checkpoints, 1);
  await claim.take(undefined, 'none', 0);
  const writes = [claim.confirm(), claim.change(undefined), claim.confirm(), claim.confirm()];
  assert.deepEqual(await Promise.all(writes), [true, true, true, true]);
  const refused = bench.store.requests.filter(({ status }) => status === 412);
  assert.deepEqual(refused, []);
});

test('a claim that is lost says to whom', async () => {
  await using bench = await open();
  const [one, two] = [new RunLock(bench.checkpoints, 1), new RunLock(bench.checkpoints, 2)];
  await one.take(undefined, 'none', 0);
  const found = await bench.checkpoints.readRun();
  assert.ok(found);
  await two.take(undefined, found, 7);
  assert.equal(await one.confirm(), false);
  const { attempt, lateUntil, ended } = JSON.parse(one.lostTo?.toString() ?? '');
  assert.deepEqual([attempt, lateUntil, ended], [2, 7, false]);
  assert.equal(await one.end(new AbortController().signal), false);

  assert.equal(await two.end(new AbortController().signal), true);
  const file = JSON.parse((await bench.checkpoints.readRun())?.content.toString() ?? '');
  assert.deepEqual([file.attempt, file.ended], [2, true]);
  await bench.checkpoints.delete([bench.checkpoints.runKey()]);
  assert.equal(await two.confirm(), false);
  assert.equal(two.lostTo, undefined, 'nobody has it');
});

test('whether a store keeps conditions is found out, without harm to what is there', async () => {
  await using bench = await open();
  const claim = new RunLock(bench.checkpoints, 1);
  await claim.take(undefined, 'none', 0);
  assert.equal(await claim.isEnforced(), true);
  assert.equal(await claim.isStillOurs(), true);
  bench.store.inject(({ headers }) => (headers['if-match'] ? s3Error('NotImplemented', 501) : undefined));
  assert.equal(await claim.isEnforced(), false);
});

test('of a segment, the newest checkpoint of the attempts at this copy counts', async () => {
  await using bench = await open();
  const { checkpoints } = bench;
  for (const [attempt, index, text] of [
    [1, 0, 'old'],
    [1, 7, 'only'],
    [3, 0, 'new'],
    // Of an attempt that began afresh, and of one that lost the copy.
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

test('uploads are listed for one folder, over several pages; whoever may not list them finds none', async () => {
  await using bench = await open();
  const { store, bucket, checkpoints } = bench;
  for (const key of ['data/a', 'data/b', 'database/c', 'other']) {
    await store.proxiedClient.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
  }
  const found = await checkpoints.listUploads('data/');
  assert.deepEqual(found.map(({ key }) => key).toSorted(), ['data/a', 'data/b']);

  const page = (key: string, next?: string) => ({
    answer: {
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
  for (const refusal of [s3Error('AccessDenied', 403), s3Error('NotImplemented', 501)]) {
    store.inject(() => refusal);
    assert.deepEqual(await checkpoints.listUploads('data/'), []);
  }
});

test('more keys are deleted than one request takes; what may not be deleted is told', async () => {
  await using bench = await open();
  const { store, bucket, checkpoints } = bench;
  const keys = Array.from({ length: 1003 }, (_, i) => `k/${i}`);
  await Promise.all(
    keys.map((Key) => store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.alloc(0) }))),
  );
  assert.equal((await checkpoints.list('k/')).length, 1003);
  assert.equal(await checkpoints.delete(keys), true);
  assert.deepEqual(await store.list(bucket), []);

  store.inject(() => s3Error('AccessDenied', 403));
  assert.equal(await checkpoints.delete(['k/0']), false);
  const inBody =
    '<DeleteResult><Error><Key>k/0</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>';
  const headers = { 'content-type': 'application/xml' };
  store.inject(() => ({ answer: { status: 200, headers, body: Buffer.from(inBody) } }));
  assert.equal(await checkpoints.delete(['k/0']), false);
});

interface Bench extends AsyncDisposable {
  readonly store: Store;
  readonly bucket: string;
  readonly checkpoints: CheckpointStore;
}

async function open(): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const bucket = await store.createBucket();
  const client = stack.use(clientOfBucket(store.endpoint));
  const place = new Bucket({ client, name: bucket });
  const checkpoints = new CheckpointStore({
    bucket: place,
    prefix: 'p',
    step: 'step',
    parameters: {},
    waits: new PendingWaits(),
    signal: new AbortController().signal,
  });
  const resources = stack.move();
  return { store, bucket, checkpoints, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function s3Answer(code: string, status: number): Answer {
  const fault = s3Error(code, status);
  assert.ok(typeof fault === 'object' && 'answer' in fault);
  return fault.answer;
}
