/** Request rate limit of one operation. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Returns a function that reports whether a request is within the rate limit. Uses real time, not the emulated clock.
 */
export function createRateLimits(rates: Readonly<Record<string, Rate>>): (operation: string) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (operation) => {
    const rate = rates[operation];
    if (rate === undefined) {
      return true;
    }
    const now = performance.now();
    const bucket = buckets.get(operation) ?? { tokens: rate.burst, at: now };
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) / 1_000) * rate.perSecond);
    bucket.at = now;
    buckets.set(operation, bucket);
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    return true;
  };
}
