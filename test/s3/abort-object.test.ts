import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { s3Error } from '../emulators/faults.ts';
import { buffersMissing } from './pool.ts';
import { OWNER, openWriterBench, POOL, type WriterBench } from './writer-bench.ts';

const PART = randomBytes(PART_BYTES);

async function assertNothingLeft({ store, bucket, buffers }: WriterBench): Promise<void> {
  assert.deepEqual(await store.openUploads(bucket), []);
  assert.deepEqual(await store.list(bucket), []);
  assert.equal(await buffersMissing(buffers, POOL), 0);
}

/** Resolves as soon as a request of that operation has reached the store. */
async function arrival({ store }: WriterBench, operation: string): Promise<void> {
  while (!store.requests.some((request) => request.operation === operation)) await sleep(1);
}

test('an object of which nothing was sent leaves nothing, and costs no request', async () => {
  await using bench = await openWriterBench();
  const writer = bench.writer('object');
  await writer.append(PART.subarray(1));
  assert.equal(await writer.abort(), 'nothing left');
  assert.deepEqual(bench.store.requests, []);
  await assertNothingLeft(bench);
});

test('parts under way are waited for, as S3 keeps a part that comes after the abort', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }) => (operation === 'UploadPart' ? { delayMs: 150 } : undefined));
  const writer = bench.writer('object');
  for (let i = 0; i < 3; i += 1) await writer.append(PART);
  await arrival(bench, 'UploadPart');
  assert.equal(bench.store.uploads.open().length, 1, 'control: without the abort it stays');
  assert.ok((await buffersMissing(bench.buffers, POOL)) > 0, 'control: parts under way hold their buffers');

  assert.equal(await writer.abort(), 'nothing left');
  const last = bench.store.requests.at(-1);
  assert.equal(last?.operation, 'AbortMultipartUpload');
  assert.equal(last?.headers['x-amz-expected-bucket-owner'], OWNER);
  assert.equal(last?.headers['x-amz-request-payer'], 'requester');
  for (const { operation, status } of bench.store.requests) assert.notEqual(status, undefined, operation);
  await assertNothingLeft(bench);
});

test('the run that stops takes its parts with it', async () => {
  await using bench = await openWriterBench();
  const stop = new AbortController();
  const writer = bench.writer('object', { signal: stop.signal });
  bench.store.inject(({ operation }) => (operation === 'UploadPart' ? 'hang' : undefined));
  for (let i = 0; i < 3; i += 1) await writer.append(PART);
  await arrival(bench, 'UploadPart');
  const started = performance.now();
  stop.abort();
  await assert.rejects(writer.complete(), { name: 'AbortError' });
  assert.equal(await writer.abort(), 'nothing left');
  assert.ok(performance.now() - started < 2_000, 'it does not wait for an answer that never comes');
  await assertNothingLeft(bench);
});

test('an append that waits for a buffer while the object is aborted', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }) => (operation === 'UploadPart' ? { delayMs: 50 } : undefined));
  const writer = bench.writer('object');
  for (let i = 0; i < POOL; i += 1) await writer.append(PART);
  const waiting = assert.rejects(writer.append(PART), /aborted/);
  await arrival(bench, 'UploadPart');
  assert.equal(await writer.abort(), 'nothing left');
  await waiting;
  await assertNothingLeft(bench);
});

test('an append that waits for a buffer of another object while its own is aborted', async () => {
  await using bench = await openWriterBench();
  const others = await Promise.all(Array.from({ length: POOL }, () => bench.buffers.take()));
  const writer = bench.writer('object');
  const waiting = assert.rejects(writer.append(PART), /aborted/);
  const aborted = writer.abort();
  for (const buffer of others) bench.buffers.release(buffer);
  assert.equal(await aborted, 'nothing left');
  await waiting;
  assert.deepEqual(bench.store.requests, [], 'no upload is begun for an object that is given up');
  await assertNothingLeft(bench);
});

test('an upload that is just being created while the object is aborted', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? { delayMs: 50 } : undefined));
  const writer = bench.writer('object');
  const creating = assert.rejects(writer.append(PART), /aborted/);
  await arrival(bench, 'CreateMultipartUpload');
  assert.equal(await writer.abort(), 'nothing left');
  await creating;
  await sleep(80);
  assert.deepEqual(bench.store.uploads.created().length, 1, 'control: S3 did create it');
  await assertNothingLeft(bench);
});

test('an upload that is just being created while the run stops', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? { delayMs: 50 } : undefined));
  const stop = new AbortController();
  const writer = bench.writer('object', { signal: stop.signal });
  const creating = assert.rejects(writer.append(PART));
  await arrival(bench, 'CreateMultipartUpload');
  stop.abort();
  assert.equal(await writer.abort(), 'nothing left');
  await creating;
  await sleep(80);
  assert.deepEqual(bench.store.uploads.created().length, 1, 'control: S3 did create it');
  await assertNothingLeft(bench);
});

test('a run that has stopped begins no upload', async () => {
  await using bench = await openWriterBench();
  const writer = bench.writer('object', { signal: AbortSignal.abort() });
  await assert.rejects(writer.append(PART), { name: 'AbortError' });
  assert.equal(await writer.abort(), 'nothing left');
  assert.deepEqual(bench.store.requests, []);
  await assertNothingLeft(bench);
});

test("an object leaves no listener on the run's signal, which outlives them all", async () => {
  await using bench = await openWriterBench();
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, 'abort').length;
  const writer = bench.writer('object', { signal });
  const appended = writer.append(PART);
  await arrival(bench, 'CreateMultipartUpload');
  assert.ok(listeners() > 0, 'control: while it is written there are some');
  await appended;
  await writer.complete();
  assert.equal(listeners(), 0);
});

test('a run that stops while no upload can be created does not wait for long', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? 'hang' : undefined));
  const stop = new AbortController();
  const writer = bench.writer('object', { signal: stop.signal });
  const creating = assert.rejects(writer.append(PART));
  await arrival(bench, 'CreateMultipartUpload');
  stop.abort();
  const started = performance.now();
  assert.equal(await writer.abort(), 'nothing left');
  await creating;
  assert.ok(performance.now() - started < 3_000);
  await assertNothingLeft(bench);
});

test('an upload that S3 has ended already is nothing left', async () => {
  await using bench = await openWriterBench();
  const writer = bench.writer('object');
  await writer.append(PART);
  bench.store.inject(({ operation }) =>
    operation === 'AbortMultipartUpload' ? s3Error('NoSuchUpload', 404) : undefined,
  );
  assert.equal(await writer.abort(), 'nothing left');
});

test('an upload that could not be aborted is told', async () => {
  await using bench = await openWriterBench();
  const writer = bench.writer('object');
  await writer.append(PART);
  bench.store.inject(({ operation }) =>
    operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
  );
  assert.equal(await writer.abort(), 'upload left open');
  assert.equal((await bench.store.openUploads(bench.bucket)).length, 1);
  assert.equal(await buffersMissing(bench.buffers, POOL), 0);
});

test('an abort is tried again, but not for ten minutes', async (t) => {
  await t.test('again', async () => {
    await using bench = await openWriterBench();
    const writer = bench.writer('object');
    await writer.append(PART);
    bench.store.inject(({ operation }, nth) =>
      operation === 'AbortMultipartUpload' && nth < 3 ? s3Error('SlowDown', 503) : undefined,
    );
    assert.equal(await writer.abort(), 'nothing left');
    await assertNothingLeft(bench);
  });
  await t.test('not for ten minutes', async () => {
    await using bench = await openWriterBench();
    const writer = bench.writer('object');
    await writer.append(PART);
    bench.store.inject(({ operation }) => (operation === 'AbortMultipartUpload' ? 'drop' : undefined));
    const started = performance.now();
    assert.equal(await writer.abort(), 'upload left open');
    assert.ok(performance.now() - started < 3_000);
  });
});

test('a failing part is told by append or by complete, whichever comes first, and never as an unhandled rejection', async (t) => {
  await t.test('append', async () => {
    await using bench = await openWriterBench();
    bench.store.inject(({ operation }) => (operation === 'UploadPart' ? s3Error('AccessDenied', 403) : undefined));
    const writer = bench.writer('object');
    await assert.rejects(
      async () => {
        for (let i = 0; i < 100; i += 1) await writer.append(Buffer.alloc(PART_BYTES));
      },
      { name: 'AccessDenied' },
    );
    assert.equal(await writer.abort(), 'nothing left');
    assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
    assert.equal(await buffersMissing(bench.buffers, POOL), 0);
  });
  for (const operation of ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'PutObject']) {
    await t.test(operation, async () => {
      await using bench = await openWriterBench();
      bench.store.inject((request) => (request.operation === operation ? s3Error('AccessDenied', 403) : undefined));
      const writer = bench.writer('object');
      await assert.rejects(
        async () => {
          await writer.append(randomBytes(operation === 'PutObject' ? 10 : PART_BYTES + 1));
          await writer.complete();
        },
        { name: 'AccessDenied' },
      );
      await writer.abort();
      assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
      assert.deepEqual(await bench.store.list(bench.bucket), []);
      assert.equal(await buffersMissing(bench.buffers, POOL), 0);
    });
  }
});
