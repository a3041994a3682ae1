import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Maximum size in bytes of the young generation of a restore: half of what V8 allows by default. */
const MAX_YOUNG_BYTES = 64 * 1024 * 1024;

/**
 * Limits how far the young generation of the V8 heap grows. V8 reads its own limit, `--max-semi-space-size`, only when
 * the process starts, and a step cannot pass options to Node. V8 reads the growth factor before it grows the young
 * generation, so this function sets the factor after each garbage collection: to 2, the default, while there is room, and
 * to 1 otherwise. V8 shrinks the young generation while the program waits, and can then enlarge it again.
 *
 * @param maxBytes maximum size in bytes, which does not affect a young generation that is already larger
 */
export function limitYoungGeneration(maxBytes = MAX_YOUNG_BYTES): void {
  let factor = 0;
  const limit = () => {
    const wanted = 2 * youngBytes() > maxBytes ? 1 : 2;
    if (wanted === factor) return;
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  limit();
  new PerformanceObserver(limit).observe({ entryTypes: ['gc'] });
}

/** Returns the size of the young generation in bytes: of both of its halves. */
export function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
