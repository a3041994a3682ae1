import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { s3Error } from '../emulators/faults.ts';
import { buffersMissing } from './pool.ts';
import { OWNER, openWriterFixture, POOL, type WriterFixture } from './writer-bench.ts';

const PART = randomBytes(PART_BYTES);

/** Asserts that no upload and no object exist and that all buffers were released. */
async function assertNothingLeft({ store, bucket, buffers }: WriterFixture): Promise<void> {
  assert.deepEqual(await store.openUploads(bucket), []);
  assert.deepEqual(await store.list(bucket), []);
  assert.equal(await buffersMissing(buffers, POOL), 0);
}

/** Resolves when the store has received a request of this operation. */
async function arrival({ store }: WriterFixture, operation: string): Promise<void> {
  while (!store.requests.some((request) => request.operation === operation)) await sleep(1);
}

test('aborting an object without a sent part makes no request', async () => {
  await using fixture = await openWriterFixture();
  const writer = fixture.writer('object');
  await writer.append(PART.subarray(1));
  assert.equal(await writer.abort(), 'nothing left');
  assert.deepEqual(fixture.store.requests, []);
  await assertNothingLeft(fixture);
});

test('abort waits for parts in flight, because S3 stores a part that arrives after AbortMultipartUpload', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) => (operation === 'UploadPart' ? { delayMs: 150 } : undefined));
  const writer = fixture.writer('object');
  for (let i = 0; i < 3; i += 1) await writer.append(PART);
  await arrival(fixture, 'UploadPart');
  assert.equal(fixture.store.uploads.open().length, 1, 'control: the upload is open');
  assert.ok((await buffersMissing(fixture.buffers, POOL)) > 0, 'control: parts in flight hold their buffers');

  assert.equal(await writer.abort(), 'nothing left');
  const last = fixture.store.requests.at(-1);
  assert.equal(last?.operation, 'AbortMultipartUpload');
  assert.equal(last?.headers['x-amz-expected-bucket-owner'], OWNER);
  assert.equal(last?.headers['x-amz-request-payer'], 'requester');
  for (const { operation, status } of fixture.store.requests) assert.notEqual(status, undefined, operation);
  await assertNothingLeft(fixture);
});

test('a stopped run cancels its parts in flight, and abort does not wait for them', async () => {
  await using fixture = await openWriterFixture();
  const stop = new AbortController();
  const writer = fixture.writer('object', { signal: stop.signal });
  const abortedAt: number[] = [];
  fixture.store.inject(({ operation }) => {
    if (operation === 'AbortMultipartUpload') abortedAt.push(performance.now());
    return operation === 'UploadPart' ? 'hang' : undefined;
  });
  for (let i = 0; i < 3; i += 1) await writer.append(PART);
  await arrival(fixture, 'UploadPart');
  const started = performance.now();
  stop.abort();
  await assert.rejects(writer.complete(), { name: 'AbortError' });
  assert.equal(await writer.abort(), 'nothing left');
  assert.ok(performance.now() - started < 2_000, 'abort must not wait for a response that never arrives');
  const [first = 0, second = 0] = abortedAt;
  assert.ok(second - first > 100, 'the second abort is sent later, because a part can arrive after the first one');
  await assertNothingLeft(fixture);
});

test('an append that waits for a buffer fails if its object is aborted', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) => (operation === 'UploadPart' ? { delayMs: 50 } : undefined));
  const writer = fixture.writer('object');
  for (let i = 0; i < POOL; i += 1) await writer.append(PART);
  const waiting = assert.rejects(writer.append(PART), /aborted/);
  await arrival(fixture, 'UploadPart');
  assert.equal(await writer.abort(), 'nothing left');
  await waiting;
  await assertNothingLeft(fixture);
});

test('an append that waits for a buffer of another object fails if its object is aborted, and creates no upload', async () => {
  await using fixture = await openWriterFixture();
  const taken = await Promise.all(Array.from({ length: POOL }, () => fixture.buffers.take()));
  const writer = fixture.writer('object');
  const waiting = assert.rejects(writer.append(PART), /aborted/);
  const aborted = writer.abort();
  for (const buffer of taken) fixture.buffers.release(buffer);
  assert.equal(await aborted, 'nothing left');
  await waiting;
  assert.deepEqual(fixture.store.requests, [], 'no upload is created for an aborted object');
  await assertNothingLeft(fixture);
});

test('an upload that is being created when its object is aborted is aborted too', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? { delayMs: 50 } : undefined));
  const writer = fixture.writer('object');
  const creating = assert.rejects(writer.append(PART), /aborted/);
  await arrival(fixture, 'CreateMultipartUpload');
  assert.equal(await writer.abort(), 'nothing left');
  await creating;
  await sleep(80);
  assert.deepEqual(fixture.store.uploads.created().length, 1, 'control: S3 created the upload');
  await assertNothingLeft(fixture);
});

test('an upload that is being created when the run stops is aborted', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? { delayMs: 50 } : undefined));
  const stop = new AbortController();
  const writer = fixture.writer('object', { signal: stop.signal });
  const creating = assert.rejects(writer.append(PART));
  await arrival(fixture, 'CreateMultipartUpload');
  stop.abort();
  assert.equal(await writer.abort(), 'nothing left');
  await creating;
  await sleep(80);
  assert.deepEqual(fixture.store.uploads.created().length, 1, 'control: S3 created the upload');
  await assertNothingLeft(fixture);
});

test('a stopped run creates no upload', async () => {
  await using fixture = await openWriterFixture();
  const writer = fixture.writer('object', { signal: AbortSignal.abort() });
  await assert.rejects(writer.append(PART), { name: 'AbortError' });
  assert.equal(await writer.abort(), 'nothing left');
  assert.deepEqual(fixture.store.requests, []);
  await assertNothingLeft(fixture);
});

test('a completed object leaves no listener on the signal of the run', async () => {
  await using fixture = await openWriterFixture();
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, 'abort').length;
  const writer = fixture.writer('object', { signal });
  const appended = writer.append(PART);
  await arrival(fixture, 'CreateMultipartUpload');
  assert.ok(listeners() > 0, 'control: an object in progress has listeners');
  await appended;
  await writer.complete();
  assert.equal(listeners(), 0);
});

test('abort ends within 3 s if CreateMultipartUpload never returns and the run stops', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? 'hang' : undefined));
  const stop = new AbortController();
  const writer = fixture.writer('object', { signal: stop.signal });
  const creating = assert.rejects(writer.append(PART));
  await arrival(fixture, 'CreateMultipartUpload');
  stop.abort();
  const started = performance.now();
  assert.equal(await writer.abort(), 'nothing left');
  await creating;
  assert.ok(performance.now() - started < 3_000);
  await assertNothingLeft(fixture);
});

test('abort returns "nothing left" for an upload that no longer exists', async () => {
  await using fixture = await openWriterFixture();
  const writer = fixture.writer('object');
  await writer.append(PART);
  fixture.store.inject(({ operation }) =>
    operation === 'AbortMultipartUpload' ? s3Error('NoSuchUpload', 404) : undefined,
  );
  assert.equal(await writer.abort(), 'nothing left');
});

test('abort returns "upload left open" if S3 denies AbortMultipartUpload', async () => {
  await using fixture = await openWriterFixture();
  const writer = fixture.writer('object');
  await writer.append(PART);
  fixture.store.inject(({ operation }) =>
    operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
  );
  assert.equal(await writer.abort(), 'upload left open');
  assert.equal((await fixture.store.openUploads(fixture.bucket)).length, 1);
  assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
});

test('abort does not search for an upload that S3 rejected with HTTP 400', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) =>
    operation === 'CreateMultipartUpload' ? s3Error('InvalidRequest', 400) : undefined,
  );
  const writer = fixture.writer('object');
  await assert.rejects(writer.append(PART), { name: 'InvalidRequest' });
  assert.equal(await writer.abort(), 'nothing left');
  assert.deepEqual(
    fixture.store.requests.map(({ operation }) => operation),
    ['CreateMultipartUpload'],
  );
});

test('an abort is retried after throttling', async () => {
  await using fixture = await openWriterFixture();
  const writer = fixture.writer('object');
  await writer.append(PART);
  fixture.store.inject(({ operation }, nth) =>
    operation === 'AbortMultipartUpload' && nth < 3 ? s3Error('SlowDown', 503) : undefined,
  );
  assert.equal(await writer.abort(), 'nothing left');
  await assertNothingLeft(fixture);
});

test('an abort without a response ends within 3 s instead of ten minutes', async () => {
  await using fixture = await openWriterFixture();
  const writer = fixture.writer('object');
  await writer.append(PART);
  fixture.store.inject(({ operation }) => (operation === 'AbortMultipartUpload' ? 'drop' : undefined));
  const started = performance.now();
  assert.equal(await writer.abort(), 'upload left open');
  assert.ok(performance.now() - started < 3_000);
});

test('an append rejects with the error of an earlier part', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) => (operation === 'UploadPart' ? s3Error('AccessDenied', 403) : undefined));
  const writer = fixture.writer('object');
  await assert.rejects(
    async () => {
      for (let i = 0; i < 100; i += 1) await writer.append(Buffer.alloc(PART_BYTES));
    },
    { name: 'AccessDenied' },
  );
  assert.equal(await writer.abort(), 'nothing left');
  assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
});

for (const { operation, size } of [
  { operation: 'PutObject', size: 10 },
  { operation: 'CreateMultipartUpload', size: PART_BYTES + 1 },
  { operation: 'UploadPart', size: PART_BYTES + 1 },
  { operation: 'CompleteMultipartUpload', size: PART_BYTES + 1 },
]) {
  // An unhandled rejection of a part fails the test as well.
  test(`append or complete rejects if S3 denies ${operation}, and nothing of the object is left`, async () => {
    await using fixture = await openWriterFixture();
    fixture.store.inject((request) => (request.operation === operation ? s3Error('AccessDenied', 403) : undefined));
    const writer = fixture.writer('object');
    await assert.rejects(
      async () => {
        await writer.append(randomBytes(size));
        await writer.complete();
      },
      { name: 'AccessDenied' },
    );
    await writer.abort();
    await assertNothingLeft(fixture);
  });
}
