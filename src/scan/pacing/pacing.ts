import { Budget, type Clock, MACHINE_CLOCK } from '../../pacing/budget.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';
import { PageSizes } from './page-sizes.ts';
import { ReadBudget } from './read-budget.ts';
import { ReadPermit } from './read-permit.ts';

/**
 * Maximum read capacity units (RCU) per second for one segment if there is a limit. A partition supports 3,000, and
 * neighbors in the key space can share a partition.
 */
const MAX_UNITS_PER_SEGMENT = 1_500;

/**
 * Minimum rate after throttling, as a fraction of the limit. Without a limit, the minimum is one page of maximum size
 * per second.
 */
const MIN_RATE_FRACTION = 0.05;

/** Interval at which each segment should read a page. Page sizes are chosen accordingly. */
const ROUND_S = 1;

/** Maximum cost of a page, in seconds of the rate, even if only a few segments share the budget. */
const MAX_PAGE_S = 0.25;

type CapacityWaits = Pick<PendingWaits, 'duringOwnTimeouts'>;

export interface PacingOptions {
  /** Read limit for the table or index in RCU per second; undefined for no limit. */
  readonly unitsPerSecond: number | undefined;
  /** Maximum for the whole copy; undefined for none. */
  readonly readBudget?: ReadBudget;
  readonly consistentRead: boolean;
  /** Average item size as reported by DynamoDB; undefined if unknown. */
  readonly bytesPerItem: number | undefined;
  /** Called for every request that DynamoDB throttles. */
  readonly onThrottle: () => void;
  /** Records every wait for read capacity, so that the watchdog can distinguish these waits from hung requests. */
  readonly waits?: CapacityWaits;
  readonly clock?: Clock;
}

/**
 * Controls the consumption of read capacity. All segments share one budget: when a segment ends, the others can use its
 * capacity. Without a limit, requests do not wait and pages have their full size, until DynamoDB throttles.
 */
export class Pacing {
  readonly clock: Clock;
  readonly tableBudget: Budget;
  readonly readBudget: ReadBudget;
  readonly sizes: PageSizes;
  readonly onThrottle: () => void;
  readonly waits: CapacityWaits;
  private readonly hasLimit: boolean;
  private segmentsRead = 0;

  constructor({
    unitsPerSecond,
    readBudget = new ReadBudget(),
    consistentRead,
    bytesPerItem,
    onThrottle,
    waits = { duringOwnTimeouts: (wait) => wait },
    clock = MACHINE_CLOCK,
  }: PacingOptions) {
    this.clock = clock;
    this.hasLimit = unitsPerSecond !== undefined;
    this.sizes = new PageSizes(consistentRead, bytesPerItem);
    this.readBudget = readBudget;
    this.tableBudget = this.budget(unitsPerSecond ?? Number.POSITIVE_INFINITY);
    this.onThrottle = onThrottle;
    this.waits = waits;
  }

  /**
   * Returns the number of segments to read in parallel: each must be able to read a page of minimum size every round.
   */
  workers(maximum: number): number {
    return Math.max(1, Math.min(maximum, Math.floor((this.tableBudget.perSecond() * ROUND_S) / this.sizes.smallest)));
  }

  startSegment(): SegmentPace {
    this.segmentsRead += 1;
    const maximum = this.hasLimit ? MAX_UNITS_PER_SEGMENT : Number.POSITIVE_INFINITY;
    return new SegmentPace(this, this.budget(maximum), () => {
      this.segmentsRead -= 1;
    });
  }

  /**
   * Lowers the limit permanently. Does nothing if the new limit is not lower, or if there was no limit.
   *
   * @returns true if the limit was lowered
   */
  lower(unitsPerSecond: number): boolean {
    return this.hasLimit && this.tableBudget.rate.lower(unitsPerSecond);
  }

  private budget(unitsPerSecond: number): Budget {
    const slowest = Number.isFinite(unitsPerSecond) ? MIN_RATE_FRACTION * unitsPerSecond : this.sizes.largest;
    return new Budget(unitsPerSecond, slowest, this.clock);
  }

  /**
   * Returns the target cost in RCU of the next page of a segment.
   *
   * @param ownPerSecond current rate of the segment, in RCU per second
   */
  pageUnits(ownPerSecond: number): number {
    const share = this.tableBudget.perSecond() * Math.min(MAX_PAGE_S, ROUND_S / this.segmentsRead);
    return Math.max(this.sizes.smallest, Math.min(share, ownPerSecond * ROUND_S));
  }
}

/** Pacing of one segment. A segment has one request in progress at a time. */
export class SegmentPace {
  readonly pacing: Pacing;
  readonly segmentBudget: Budget;
  /** Ends the pacing of the segment. The other segments share its part of the budget. */
  readonly end: () => void;

  constructor(pacing: Pacing, segmentBudget: Budget, end: () => void) {
    this.pacing = pacing;
    this.segmentBudget = segmentBudget;
    this.end = end;
  }

  /** Waits until the next page can be requested. */
  async permit(maxItems: number | undefined, signal: AbortSignal): Promise<ReadPermit> {
    const permit = new ReadPermit(this, maxItems);
    await permit.charge(signal, false);
    return permit;
  }
}
