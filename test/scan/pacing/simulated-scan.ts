import { Pacing, type PacingOptions, type SegmentPace } from '../../../src/scan/pacing/pacing.ts';
import type { ReadBudget } from '../../../src/scan/pacing/read-budget.ts';
import type { ReadPermit } from '../../../src/scan/pacing/read-permit.ts';
import { mulberry32 } from '../../emulators/replay-pages.ts';
import type { Spent } from '../../fixtures/spending.ts';
import { VirtualClock } from '../../pacing/virtual-clock.ts';

export interface SimulationOptions {
  readonly cap: number | undefined;
  readonly readBudget?: ReadBudget;
  readonly consistentRead?: boolean;
  /** Average item size according to DescribeTable. */
  readonly bytesPerItem?: number;
  /** Returns the bytes of the next item. */
  readonly itemBytes: (random: () => number) => number;
  /** Returns the milliseconds from a request to its response. */
  readonly latency?: (random: () => number) => number;
  readonly seed?: number;
}

/** Outcome of a request. An Error is a throttled request. */
export type Outcome = 'served' | 'timed out' | Error;

const NEVER = new AbortController().signal;
const PAGE_BYTES = 1024 * 1024;

/** Simulates segments that are read from an infinite table, on a virtual clock. */
export class SimulatedScan {
  readonly clock = new VirtualClock();
  readonly pacing: Pacing;
  readonly spent: (Spent & { readonly segment: number })[] = [];
  throttles = 0;
  /** Returns the outcome of the next request of a segment; undefined means 'served'. */
  outcome: (segment: number) => Outcome | undefined = () => 'served';
  private readonly options: SimulationOptions;
  private readonly random: () => number;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = mulberry32(options.seed ?? 20_261_123);
    const pacingOptions: PacingOptions = {
      unitsPerSecond: options.cap,
      ...(options.readBudget && { readBudget: options.readBudget }),
      consistentRead: options.consistentRead ?? false,
      bytesPerItem: options.bytesPerItem,
      onThrottle: () => {
        this.throttles += 1;
      },
      clock: this.clock,
    };
    this.pacing = new Pacing(pacingOptions);
  }

  /** Reads `pages` pages of a segment; by default until the clock stops. */
  async read(segment: number, pages = Number.POSITIVE_INFINITY): Promise<void> {
    const pace = this.pacing.startSegment();
    for (let page = 0; page < pages; page += 1) await this.readPage(segment, pace);
    pace.end();
  }

  private async readPage(segment: number, pace: SegmentPace): Promise<void> {
    const permit = await pace.permit(undefined, NEVER);
    while (!(await this.attempt(segment, permit))) await permit.charge(NEVER, true);
  }

  private async attempt(segment: number, permit: ReadPermit): Promise<boolean> {
    const { latency = () => 30, consistentRead = false } = this.options;
    const ms = latency(this.random);
    await this.clock.sleep(ms / 2);
    const outcome = this.outcome(segment) ?? 'served';
    if (outcome instanceof Error) {
      await this.clock.sleep(ms / 2);
      permit.throttled(outcome);
      // The retry strategy waits before the next attempt.
      await this.clock.sleep(200);
      return false;
    }
    const { bytes, items } = this.page(permit.limit ?? Number.POSITIVE_INFINITY);
    const units = Math.ceil(bytes / 4096) * (consistentRead ? 1 : 0.5);
    this.spent.push({ at: this.clock.now(), units, segment });
    await this.clock.sleep(ms / 2);
    if (outcome === 'timed out') {
      permit.failedWithoutResult();
      return false;
    }
    permit.consumed(units, items);
    return true;
  }

  private page(limit: number): { readonly bytes: number; readonly items: number } {
    let bytes = 0;
    let items = 0;
    while (items < limit && bytes < PAGE_BYTES) {
      bytes += this.options.itemBytes(this.random);
      items += 1;
    }
    return { bytes, items };
  }
}

/** Returns the sum of the units that were spent in this interval. */
export function unitsIn(spent: readonly Spent[], fromSeconds: number, toSeconds: number): number {
  return spent
    .filter(({ at }) => at >= 1000 * fromSeconds && at < 1000 * toSeconds)
    .reduce((sum, { units }) => sum + units, 0);
}
