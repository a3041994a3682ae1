import assert from 'node:assert/strict';
import test from 'node:test';
import { PART_BYTES, PartBuffers } from '../../src/s3/part-buffers.ts';
import { buffersMissing } from './pool.ts';

test('a buffer is a part of the size that S3 asks for at the least', async () => {
  assert.equal(PART_BYTES, 5 * 1024 * 1024);
  assert.equal((await new PartBuffers(1).take()).length, PART_BYTES);
});

test('no more buffers are made than were allowed, and none is handed out twice', async () => {
  const buffers = new PartBuffers(3);
  const taken = await Promise.all([buffers.take(), buffers.take(), buffers.take()]);
  assert.equal(new Set(taken).size, 3);
  assert.equal(await buffersMissing(buffers, 1), 1, 'a fourth is not to be had');
});

test('memory is only taken when it is asked for', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const buffers = new PartBuffers(1_000_000);
  await buffers.take();
  assert.ok(process.memoryUsage().arrayBuffers - before <= 2 * PART_BYTES);
});

test('who waits is served in the order of asking, with the buffers that come back', async () => {
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

test('a buffer given back is used again before a new one is made', async () => {
  const buffers = new PartBuffers(2);
  const a = await buffers.take();
  buffers.release(a);
  assert.equal(await buffers.take(), a);
});

test('control: a buffer that is kept is missed', async () => {
  const buffers = new PartBuffers(3);
  const kept = await buffers.take();
  assert.equal(await buffersMissing(buffers, 3), 1);
  buffers.release(kept);
  assert.equal(await buffersMissing(buffers, 3), 0);
});
