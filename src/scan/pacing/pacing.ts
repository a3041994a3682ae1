import { Budget, type Clock, MACHINE_CLOCK } from './budget.ts';
import { PageSizes } from './page-sizes.ts';
import { isPartitionThrottle } from './partition-throttle.ts';

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

/**
 * Maximum charge for an attempt that returned no page, in seconds of the rate. With a low limit, the price of a whole
 * page would delay the next attempt by minutes.
 */
const MAX_HOLD_S = 1;

export interface PacingOptions {
  /** Read limit for the table or index in RCU per second; undefined for no limit. */
  readonly unitsPerSecond: number | undefined;
  readonly consistentRead: boolean;
  /** Average item size as reported by DynamoDB; undefined if unknown. */
  readonly bytesPerItem: number | undefined;
  /** Called for every request that DynamoDB throttles. */
  readonly onThrottle: () => void;
  /** Wraps every wait for read capacity. A watchdog uses it to distinguish these waits from hung requests. */
  readonly duringWait?: (wait: Promise<void>) => Promise<void>;
  readonly clock?: Clock;
}

/**
 * Controls the consumption of read capacity. All segments share one budget: when a segment ends, the others can use its
 * capacity. Without a limit, requests do not wait and pages have their full size, until DynamoDB throttles.
 */
export class Pacing {
  readonly clock: Clock;
  readonly table: Budget;
  readonly sizes: PageSizes;
  readonly onThrottle: () => void;
  readonly duringWait: (wait: Promise<void>) => Promise<void>;
  private readonly capped: boolean;
  private segmentsRead = 0;

  constructor({
    unitsPerSecond,
    consistentRead,
    bytesPerItem,
    onThrottle,
    duringWait = (wait) => wait,
    clock = MACHINE_CLOCK,
  }: PacingOptions) {
    this.clock = clock;
    this.capped = unitsPerSecond !== undefined;
    this.sizes = new PageSizes(consistentRead, bytesPerItem);
    this.table = this.budget(unitsPerSecond ?? Number.POSITIVE_INFINITY);
    this.onThrottle = onThrottle;
    this.duringWait = duringWait;
  }

  /**
   * Returns the number of segments to read in parallel: each must be able to read a page of minimum size every round.
   */
  workers(maximum: number): number {
    return Math.max(1, Math.min(maximum, Math.floor((this.table.perSecond() * ROUND_S) / this.sizes.smallest)));
  }

  startSegment(): SegmentPace {
    this.segmentsRead += 1;
    const maximum = this.capped ? MAX_UNITS_PER_SEGMENT : Number.POSITIVE_INFINITY;
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
    return this.capped && this.table.rate.lower(unitsPerSecond);
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
    const share = this.table.perSecond() * Math.min(MAX_PAGE_S, ROUND_S / this.segmentsRead);
    return Math.max(this.sizes.smallest, Math.min(share, ownPerSecond * ROUND_S));
  }
}

/** Pacing of one segment. A segment has one request in progress at a time. */
export class SegmentPace {
  readonly pacing: Pacing;
  readonly own: Budget;
  /** Ends the pacing of the segment. The other segments share its part of the budget. */
  readonly end: () => void;

  constructor(pacing: Pacing, own: Budget, end: () => void) {
    this.pacing = pacing;
    this.own = own;
    this.end = end;
  }

  /** Waits until the next page can be requested. */
  async permit(mostItems: number | undefined, signal: AbortSignal): Promise<ReadPermit> {
    const turn = new ReadPermit(this, mostItems);
    await turn.charge(signal, false);
    return turn;
  }
}

/** Request for one page: its limit, its charge and how the charge is settled. */
export class ReadPermit {
  /** Limit of the Scan request; undefined for the maximum page size of DynamoDB. */
  limit: number | undefined;
  private readonly pace: SegmentPace;
  private readonly mostItems: number | undefined;
  private price = 0;
  private charged = 0;

  constructor(pace: SegmentPace, mostItems: number | undefined) {
    this.pace = pace;
    this.mostItems = mostItems;
  }

  /**
   * Waits until the balances of the segment and of the table are not negative, then charges both.
   *
   * @param again true for a retry of the same request: its limit is fixed, and it is served before first attempts
   * @returns milliseconds waited
   */
  async charge(signal: AbortSignal, again: boolean): Promise<number> {
    const { clock, duringWait } = this.pace.pacing;
    const before = clock.now();
    await duringWait(this.take(signal, again));
    return clock.now() - before;
  }

  private async take(signal: AbortSignal, again: boolean): Promise<void> {
    const { pacing, own } = this.pace;
    await own.take(() => 0, signal);
    const price = () => {
      if (!again) this.limit = lesser(this.mostItems, pacing.sizes.limitFor(pacing.pageUnits(own.perSecond())));
      this.price = pacing.sizes.price(this.limit);
      return this.price;
    };
    this.charged = await pacing.table.take(price, signal, again);
    own.charge(this.charged);
  }

  /**
   * Settles the charge with the consumed capacity that DynamoDB reports for the page.
   *
   * @param units consumed RCU; undefined if the server does not report them
   * @param scannedCount number of items read before the filter is applied
   */
  spent(units: number | undefined, scannedCount: number): void {
    const { pacing, own } = this.pace;
    const actual = units ?? this.price;
    if (units !== undefined) pacing.sizes.learn(units, scannedCount);
    for (const budget of [pacing.table, own]) budget.settle(this.charged, actual);
  }

  /**
   * Settles an attempt that returned no page because of a network error, an error response or a corrupted page.
   * DynamoDB may have read the page, so the price of such a page stays charged. Before the first page, that price is
   * unknown: the charge is the maximum cost of a page. It is then reduced to the cost of a small page or to one second
   * of the rate, whichever is higher.
   */
  unanswered(): void {
    const { pacing, own } = this.pace;
    const { table, sizes } = pacing;
    const unknownPrice = Math.max(sizes.smallest, table.perSecond() * MAX_HOLD_S);
    const kept = Math.min(this.charged, sizes.isLearned ? sizes.price(this.limit) : unknownPrice);
    for (const budget of [table, own]) budget.refund(this.charged - kept);
  }

  /**
   * Reduces the rate of the throttled budget. If only one partition is throttled, that is the budget of the segment;
   * otherwise it is the budget of the table. The attempt consumed nothing and is refunded, except for up to one second
   * of the reduced rate in the throttled budget: throttling should lead to fewer requests.
   */
  throttled(error: unknown): void {
    const { pacing, own } = this.pace;
    const [busy, other] = isPartitionThrottle(error) ? [own, pacing.table] : [pacing.table, own];
    busy.throttled();
    busy.refund(this.charged - Math.min(this.charged, busy.perSecond() * MAX_HOLD_S));
    other.refund(this.charged);
    pacing.onThrottle();
  }
}

function lesser(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
