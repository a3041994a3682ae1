import { setTimeout as sleep } from 'node:timers/promises';
import type { PartBuffers } from '../../src/s3/part-buffers.ts';

/** Returns how many of the pool's `count` buffers were not released. */
export async function buffersMissing(buffers: PartBuffers, count: number): Promise<number> {
  const taken = new Set<Buffer>();
  for (let i = 0; i < count; i += 1) {
    const pending = buffers.take();
    const buffer = await Promise.race([pending, sleep(20)]);
    if (buffer) taken.add(buffer);
    // A buffer that is released later goes to this pending call, which returns it to the pool.
    else pending.then((late) => buffers.release(late));
  }
  for (const buffer of taken) buffers.release(buffer);
  return count - taken.size;
}
