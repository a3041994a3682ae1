import { type AttemptPermit, Budget, type Clock, MACHINE_CLOCK } from '../../pacing/budget.ts';
import { isPartitionThrottle } from '../../pacing/partition-throttle.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';

/**
 * Bytes that one write capacity unit (WCU) writes. The size of each item is rounded up.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export const WCU_BYTES = 1024;

/** Minimum rate after throttling, as a fraction of the limit. */
const MIN_RATE_FRACTION = 0.05;

/**
 * Minimum rate after throttling without a limit, in WCU per second: ten batches of small items. A throttle can arrive
 * before the first response, when the consumed capacity is still unknown. The retries of the SDK slow down further.
 */
const MIN_RATE = 250;

/** Maximum cost of a batch of several items, in seconds of the rate. */
const MAX_BATCH_S = 0.25;

/** Maximum charge for a throttled attempt, in seconds of the rate. */
const MAX_HOLD_S = 1;

/** Factor by which the weight of earlier batches decreases with each new batch. */
const DECAY = 0.9;

export interface WritePacingOptions {
  /** Maximum WCU per second on the table; undefined for no limit. */
  readonly unitsPerSecond: number | undefined;
  /** Called for every request that DynamoDB throttles. */
  readonly onThrottle: () => void;
  readonly waits: Pick<PendingWaits, 'duringOwnTimeouts'>;
  readonly clock?: Clock | undefined;
}

/**
 * Controls the consumption of write capacity. All data objects share one budget. Each has another one of its own, which
 * has no limit until DynamoDB throttles: the items of an object that a scan wrote can be in one partition.
 */
export class WritePacing {
  readonly tableBudget: Budget;
  readonly onThrottle: () => void;
  readonly waits: Pick<PendingWaits, 'duringOwnTimeouts'>;
  private readonly clock: Clock;
  /** Consumed and estimated WCU of recent batches. */
  private units = 0;
  private estimated = 0;

  constructor({ unitsPerSecond, onThrottle, waits, clock = MACHINE_CLOCK }: WritePacingOptions) {
    this.clock = clock;
    this.onThrottle = onThrottle;
    this.waits = waits;
    this.tableBudget = this.budget(unitsPerSecond ?? Number.POSITIVE_INFINITY);
  }

  startObject(): ObjectPace {
    return new ObjectPace(this, this.budget(Number.POSITIVE_INFINITY));
  }

  now(): number {
    return this.clock.now();
  }

  /**
   * Returns the expected cost of items in WCU. JSON is larger than the item in DynamoDB, so the cost is lower than
   * estimated. With local secondary indexes, or if larger items are replaced, it is higher. Both are learned.
   */
  expected(estimate: number): number {
    return this.estimated > 0 ? (estimate * this.units) / this.estimated : estimate;
  }

  learn(units: number, estimate: number): void {
    if (estimate === 0) return;
    this.units = this.units * DECAY + units;
    this.estimated = this.estimated * DECAY + estimate;
  }

  /** Returns the maximum cost in WCU of a batch of several items: at a low limit, a full batch would be a burst. */
  maxBatchUnits(): number {
    return this.tableBudget.perSecond() * MAX_BATCH_S;
  }

  private budget(unitsPerSecond: number): Budget {
    const slowest = Number.isFinite(unitsPerSecond) ? MIN_RATE_FRACTION * unitsPerSecond : MIN_RATE;
    return new Budget(unitsPerSecond, slowest, this.clock);
  }
}

/** Returns the estimated cost in WCU of an item of `bytes` bytes of JSON. */
export function estimatedUnits(bytes: number): number {
  return Math.ceil(bytes / WCU_BYTES);
}

/** Pacing of the items of one data object. */
export class ObjectPace {
  readonly pacing: WritePacing;
  readonly objectBudget: Budget;

  constructor(pacing: WritePacing, objectBudget: Budget) {
    this.pacing = pacing;
    this.objectBudget = objectBudget;
  }

  /**
   * Waits until a batch can be sent.
   *
   * @param estimate sum of `estimatedUnits` of its items
   */
  async permit(estimate: number, signal: AbortSignal): Promise<WritePermit> {
    const permit = new WritePermit(this, estimate);
    await permit.charge(signal, false);
    return permit;
  }

  /**
   * Reduces the rate of the object after a response with unprocessed items. It does not contain the reason. If the table
   * is throttled, the other objects receive such responses too.
   */
  throttledItems(): void {
    this.objectBudget.throttled();
    this.pacing.onThrottle();
  }
}

/** Charge of one batch. */
export class WritePermit implements AttemptPermit {
  private readonly pace: ObjectPace;
  private readonly estimate: number;
  private charged = 0;

  constructor(pace: ObjectPace, estimate: number) {
    this.pace = pace;
    this.estimate = estimate;
  }

  async charge(signal: AbortSignal, again: boolean): Promise<number> {
    const { pacing } = this.pace;
    const before = pacing.now();
    await pacing.waits.duringOwnTimeouts(this.take(signal, again));
    return pacing.now() - before;
  }

  private async take(signal: AbortSignal, again: boolean): Promise<void> {
    const { pacing, objectBudget } = this.pace;
    await objectBudget.take(() => 0, signal, again);
    this.charged = await pacing.tableBudget.take(() => pacing.expected(this.estimate), signal, again);
    objectBudget.charge(this.charged);
  }

  /**
   * Settles the charge with the consumed capacity that DynamoDB reports.
   *
   * @param units consumed WCU; undefined if the server does not report them
   * @param estimate sum of `estimatedUnits` of the items that were written
   */
  consumed(units: number | undefined, estimate: number): void {
    const { pacing, objectBudget } = this.pace;
    const actual = units ?? pacing.expected(estimate);
    if (units !== undefined) pacing.learn(units, estimate);
    for (const budget of [pacing.tableBudget, objectBudget]) budget.settle(this.charged, actual);
  }

  /** An attempt without a response stays charged, because DynamoDB may have written the items. */
  failedWithoutResult(): void {}

  /** Refunds a batch that DynamoDB rejected as invalid. */
  rejected(): void {
    for (const budget of [this.pace.pacing.tableBudget, this.pace.objectBudget]) budget.refund(this.charged);
  }

  /**
   * Reduces the rate of the throttled budget: that of the object if only one partition is throttled, otherwise that of
   * the table. The attempt consumed nothing and is refunded, except for up to one second of the reduced rate in the
   * throttled budget.
   */
  throttled(error: unknown): void {
    const { pacing, objectBudget } = this.pace;
    const [busy, other] = isPartitionThrottle(error)
      ? [objectBudget, pacing.tableBudget]
      : [pacing.tableBudget, objectBudget];
    busy.throttled();
    busy.refund(this.charged - Math.min(this.charged, busy.perSecond() * MAX_HOLD_S));
    other.refund(this.charged);
    pacing.onThrottle();
  }
}
