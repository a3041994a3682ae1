import type { AttemptPermit } from '../../pacing/budget.ts';
import { isPartitionThrottle } from '../../pacing/partition-throttle.ts';
import type { SegmentPace } from './pacing.ts';

/**
 * Maximum charge for an attempt that returned no page, in seconds of the rate. With a low limit, the cost of a whole
 * page would delay the next attempt by minutes.
 */
const MAX_HOLD_S = 1;

/** Request for one page: its limit, its charge and how the charge is settled. */
export class ReadPermit implements AttemptPermit {
  /** Limit of the Scan request; undefined for the maximum page size of DynamoDB. */
  limit: number | undefined;
  private readonly pace: SegmentPace;
  private readonly maxItems: number | undefined;
  private cost = 0;
  private charged = 0;
  /** Units of the read budget that the attempt in progress can consume. */
  private reserved = 0;

  constructor(pace: SegmentPace, maxItems: number | undefined) {
    this.pace = pace;
    this.maxItems = maxItems;
  }

  /**
   * Waits until the balances of the segment and of the table are not negative, then charges both.
   *
   * @param again true for a retry of the same request: its limit is fixed, and it is served before first attempts
   * @returns milliseconds waited
   */
  async charge(signal: AbortSignal, again: boolean): Promise<number> {
    const { clock, waits } = this.pace.pacing;
    const before = clock.now();
    await waits.duringOwnTimeouts(this.take(signal, again));
    return clock.now() - before;
  }

  /**
   * Reserves the units of the read budget before it waits for the read limit: the request is then sent as soon as the
   * read limit allows it. Until its limit is known, the reservation is that of the largest page.
   *
   * @throws {CopyError} READ_BUDGET_EXHAUSTED
   */
  private async take(signal: AbortSignal, again: boolean): Promise<void> {
    const { readBudget, sizes } = this.pace.pacing;
    const units = sizes.maxCost(again ? this.limit : this.maxItems);
    await readBudget.reserve(units, signal);
    this.reserved = units;
    try {
      await this.takeFromRate(signal, again);
    } catch (error) {
      this.settleReserved(0);
      throw error;
    }
    this.reserved = sizes.maxCost(this.limit);
    readBudget.settle(units - this.reserved, 0);
  }

  /** @param consumed units that the attempt has consumed at most */
  private settleReserved(consumed: number): void {
    this.pace.pacing.readBudget.settle(this.reserved, consumed);
    this.reserved = 0;
  }

  private async takeFromRate(signal: AbortSignal, again: boolean): Promise<void> {
    const { pacing, segmentBudget } = this.pace;
    await segmentBudget.take(() => 0, signal);
    const cost = () => {
      if (!again)
        this.limit = lesser(this.maxItems, pacing.sizes.limitFor(pacing.pageUnits(segmentBudget.perSecond())));
      this.cost = pacing.sizes.cost(this.limit);
      return this.cost;
    };
    this.charged = await pacing.tableBudget.take(cost, signal, again);
    segmentBudget.charge(this.charged);
  }

  /**
   * Settles the charge with the consumed capacity that DynamoDB reports for the page.
   *
   * @param units consumed RCU; undefined if the server does not report them. All that was reserved in the read budget
   *   then counts as consumed.
   * @param scannedCount number of items read before the filter is applied
   */
  consumed(units: number | undefined, scannedCount: number): void {
    const { pacing, segmentBudget } = this.pace;
    this.settleReserved(units ?? this.reserved);
    const actual = units ?? this.cost;
    if (units !== undefined) pacing.sizes.learn(units, scannedCount);
    for (const budget of [pacing.tableBudget, segmentBudget]) budget.settle(this.charged, actual);
  }

  /**
   * Settles an attempt that returned no page because of a network error, an error response or a corrupted page.
   * DynamoDB may have read the page, so the cost of such a page stays charged. Before the first page, that cost is
   * unknown: the charge is the maximum cost of a page. It is then reduced to the cost of a small page or to one second
   * of the rate, whichever is higher. In the read budget, all that was reserved counts as consumed.
   */
  failedWithoutResult(): void {
    this.settleReserved(this.reserved);
    const { pacing, segmentBudget } = this.pace;
    const { tableBudget, sizes } = pacing;
    const unknownCost = Math.max(sizes.smallest, tableBudget.perSecond() * MAX_HOLD_S);
    const kept = Math.min(this.charged, sizes.isLearned ? sizes.cost(this.limit) : unknownCost);
    for (const budget of [tableBudget, segmentBudget]) budget.refund(this.charged - kept);
  }

  /**
   * Reduces the rate of the throttled budget. If only one partition is throttled, that is the budget of the segment;
   * otherwise it is the budget of the table. The attempt consumed nothing and is refunded, except for up to one second
   * of the reduced rate in the throttled budget: throttling should lead to fewer requests.
   */
  throttled(error: unknown): void {
    this.settleReserved(0);
    const { pacing, segmentBudget } = this.pace;
    const [busy, other] = isPartitionThrottle(error)
      ? [segmentBudget, pacing.tableBudget]
      : [pacing.tableBudget, segmentBudget];
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
