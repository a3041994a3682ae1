import assert from 'node:assert/strict';
import test from 'node:test';
import { PART_BYTES, PartBuffers } from '../../src/s3/part-buffers.ts';
import { buffersMissing } from './pool.ts';

test('a part buffer has the minimum part size of S3', async () => {
  assert.equal(PART_BYTES, 5 * 1024 * 1024);
  assert.equal((await new PartBuffers(1).take()).length, PART_BYTES);
});

test('a pool creates at most its number of buffers and hands out none twice', async () => {
  const buffers = new PartBuffers(3);
  const taken = await Promise.all([buffers.take(), buffers.take(), buffers.take()]);
  assert.equal(new Set(taken).size, 3);
  assert.equal(await buffersMissing(buffers, 1), 1, 'the pool has no fourth buffer');
});

test('a pool allocates memory only when a buffer is taken', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const buffers = new PartBuffers(1_000_000);
  await buffers.take();
  assert.ok(process.memoryUsage().arrayBuffers - before <= 2 * PART_BYTES);
});

test('waiting callers receive released buffers in the order of their calls', async () => {
  const buffers = new PartBuffers(2);
  const [a, b] = [await buffers.take(), await buffers.take()];
  const served: string[] = [];
  const first = buffers.take().then((buffer) => {
    served.push('first');
    return buffer;
  });
  const second = buffers.take().then((buffer) => {
    served.push('second');
    return buffer;
  });
  buffers.release(b);
  buffers.release(a);
  assert.equal(await first, b);
  assert.equal(await second, a);
  assert.deepEqual(served, ['first', 'second']);
});

test('a released buffer is reused before a new one is created', async () => {
  const buffers = new PartBuffers(2);
  const a = await buffers.take();
  buffers.release(a);
  assert.equal(await buffers.take(), a);
});

test('control: buffersMissing counts a buffer that is not released', async () => {
  const buffers = new PartBuffers(3);
  const kept = await buffers.take();
  assert.equal(await buffersMissing(buffers, 3), 1);
  buffers.release(kept);
  assert.equal(await buffersMissing(buffers, 3), 0);
});
