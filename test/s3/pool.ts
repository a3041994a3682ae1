import { setTimeout as sleep } from 'node:timers/promises';
import type { PartBuffers } from '../../src/s3/part-buffers.ts';

/** How many of a pool's buffers nobody has given back. */
export async function buffersMissing(buffers: PartBuffers, count: number): Promise<number> {
  const taken = new Set<Buffer>();
  for (let i = 0; i < count; i += 1) {
    const asked = buffers.take();
    const buffer = await Promise.race([asked, sleep(20)]);
    if (buffer) taken.add(buffer);
    // Whoever gives one back later gives it to this question, which has no use for it any more.
    else asked.then((late) => buffers.release(late));
  }
  for (const buffer of taken) buffers.release(buffer);
  return count - taken.size;
}
