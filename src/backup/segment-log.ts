/** What one segment came to. */
export interface SegmentCounts {
  readonly index: number;
  /** Read, before any filter. */
  itemCount: number;
  /** Read units. */
  readUnits: number;
  /** From its first request to its end, by performance.now(). */
  readonly startedAt: number;
  /** Undefined while it is read. */
  endedAt?: number;
}

/** A table in a million segments need not be told segment by segment. */
const MOST_SEGMENTS_KEPT = 2_000;

/** Keeps what each segment took, for whoever wants to know which are large or slow. */
export class SegmentLog {
  private readonly segments = new Map<number, SegmentCounts>();

  get all(): readonly Readonly<SegmentCounts>[] {
    return [...this.segments.values()];
  }

  /** Notes a page that was read. */
  page(index: number, itemCount: number, readUnits: number, startedAt: number): void {
    let counts = this.segments.get(index);
    if (!counts) {
      if (this.segments.size >= MOST_SEGMENTS_KEPT) return;
      counts = { index, itemCount: 0, readUnits: 0, startedAt };
      this.segments.set(index, counts);
    }
    counts.itemCount += itemCount;
    counts.readUnits += readUnits;
  }

  ended(index: number, endedAt = performance.now()): void {
    const counts = this.segments.get(index);
    if (counts) counts.endedAt = endedAt;
  }
}
