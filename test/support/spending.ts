/** Read units that a server gave out, and when. */
export interface Spent {
  /** Milliseconds since any start. */
  readonly at: number;
  readonly units: number;
}

/**
 * The most and the least that was spent in any stretch of `seconds` between the first and the last request, as units a
 * second. Stretches that would reach past the end do not count: there is no work any more.
 */
export function extremes(spent: readonly Spent[], seconds: number): { readonly most: number; readonly least: number } {
  const events = spent.toSorted((a, b) => a.at - b.at);
  const start = events[0]?.at ?? 0;
  const end = events.at(-1)?.at ?? 0;
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let first = 0, after = 0, units = 0; first < events.length; first += 1) {
    const { at, units: own } = events[first] as Spent;
    // The fullest stretches begin at a request, the emptiest just after one.
    for (; after < events.length && (events[after] as Spent).at < at + 1000 * seconds; after += 1) {
      units += (events[after] as Spent).units;
    }
    most = Math.max(most, units / seconds);
    units -= own;
    if (at + 1000 * seconds <= end) least = Math.min(least, units / seconds);
  }
  if (end - start < 1000 * seconds) throw new Error(`less than ${seconds} s of requests`);
  return { most, least };
}
