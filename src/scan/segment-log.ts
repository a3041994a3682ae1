/** Counters of a segment. */
export interface SegmentCounts {
  readonly index: number;
  /** Items read, before any filter. */
  itemCount: number;
  /** Read capacity units (RCU). */
  readUnits: number;
  /** Time of the first request, by performance.now(). */
  readonly startedAt: number;
  /** Time at which the segment ended, by performance.now(); undefined while it is being read. */
  endedAt?: number;
}

/** Maximum number of recorded segments. A table can have a million of them. */
const MAX_RECORDED_SEGMENTS = 2_000;

/** Records the counters of each segment, to show which segments are large or slow. */
export class SegmentLog {
  private readonly segments = new Map<number, SegmentCounts>();

  get all(): readonly Readonly<SegmentCounts>[] {
    return [...this.segments.values()];
  }

  /** Records a page that was read. */
  page(index: number, itemCount: number, readUnits: number, startedAt: number): void {
    let counts = this.segments.get(index);
    if (!counts) {
      if (this.segments.size >= MAX_RECORDED_SEGMENTS) return;
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
