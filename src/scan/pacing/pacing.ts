import { Budget } from './budget.ts';
import { type Clock, MACHINE_CLOCK } from './clock.ts';
import { PageSizes } from './page-sizes.ts';
import { isOfOnePartition } from './throttle.ts';

/**
 * Read units a second that one segment takes at the most where there is a cap: a partition gives 3,000, and neighbours
 * in the key space may share one.
 */
const MOST_A_SEGMENT = 1_500;

/** What throttles leave of a cap at the least, and of none: a page of full size a second. */
const SLOWEST_SHARE = 0.05;

/** Pages are as large as a worker's share of so many seconds, so that each of them has a turn about that often. */
const ROUND_S = 1;

/** But no page takes more of the budget at once, however few there are to share it. */
const LARGEST_PAGE_S = 0.25;

/**
 * An attempt that brought no page holds back the next one for no longer than the budget takes to earn so many seconds of
 * its rate. Under a low cap, the price of a whole page would hold it back for minutes.
 */
const LONGEST_HOLD_S = 1;

export interface PacingOptions {
  /** Of the table or index, in read units; undefined for no cap. */
  readonly unitsPerSecond: number | undefined;
  readonly consistentRead: boolean;
  /** By DynamoDB's count; undefined where there is none. */
  readonly bytesPerItem: number | undefined;
  /** Called for every request that DynamoDB has throttled. */
  readonly onThrottle: () => void;
  /** Wraps every wait for read units, so that a watchdog can tell it from a hung request. */
  readonly duringWait?: (wait: Promise<void>) => Promise<void>;
  readonly clock?: Clock;
}

/**
 * Spends read capacity: one budget that all segments share, so that what a finished one no longer takes is there for the
 * others. Without a cap nothing waits and no page is made smaller, until DynamoDB throttles.
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

  /** How many segments to read at once: no more than have a turn each round, with pages that are worth a request. */
  workers(most: number): number {
    return Math.max(1, Math.min(most, Math.floor((this.table.perSecond() * ROUND_S) / this.sizes.smallest)));
  }

  startSegment(): SegmentPace {
    this.segmentsRead += 1;
    const most = this.capped ? MOST_A_SEGMENT : Number.POSITIVE_INFINITY;
    return new SegmentPace(this, this.budget(most), () => {
      this.segmentsRead -= 1;
    });
  }

  /** Lowers the cap for good; a higher one, or one where there was none, changes nothing. */
  lower(unitsPerSecond: number): boolean {
    return this.capped && this.table.rate.lower(unitsPerSecond);
  }

  private budget(most: number): Budget {
    const slowest = Number.isFinite(most) ? SLOWEST_SHARE * most : this.sizes.largest;
    return new Budget(most, slowest, this.clock);
  }

  /** Read units that the next page of a segment should cost, which may itself spend `ownPerSecond`. */
  pageUnits(ownPerSecond: number): number {
    const share = this.table.perSecond() * Math.min(LARGEST_PAGE_S, ROUND_S / this.segmentsRead);
    return Math.max(this.sizes.smallest, Math.min(share, ownPerSecond * ROUND_S));
  }
}

/** The pace of one segment, which has one request under way at a time. */
export class SegmentPace {
  readonly pacing: Pacing;
  readonly own: Budget;
  /** To be called when the segment is read no further; the others share what it had. */
  readonly end: () => void;

  constructor(pacing: Pacing, own: Budget, end: () => void) {
    this.pacing = pacing;
    this.own = own;
    this.end = end;
  }

  /** Waits until the next page may be asked for. */
  async turn(mostItems: number | undefined, signal: AbortSignal): Promise<Turn> {
    const turn = new Turn(this, mostItems);
    await turn.charge(signal, false);
    return turn;
  }
}

/** One page's turn: what was charged for it, and what becomes of that. */
export class Turn {
  /** Items to ask for; undefined for a page as large as DynamoDB makes it. */
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
   * Waits until neither the segment nor the table owes anything, then charges both.
   *
   * @param again true for another attempt at the same request: its size is fixed, and it goes before those that wait for
   * their first
   * @returns milliseconds that it waited
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
   * Settles with what DynamoDB reports of the page.
   *
   * @param units undefined where the server does not tell
   * @param scannedCount items read before any filter
   */
  spent(units: number | undefined, scannedCount: number): void {
    const { pacing, own } = this.pace;
    const actual = units ?? this.price;
    if (units !== undefined) pacing.sizes.learn(units, scannedCount);
    for (const budget of [pacing.table, own]) budget.settle(this.charged, actual);
  }

  /**
   * Settles an attempt that brought no page: the connection broke, or a fault or a damaged page came. DynamoDB may have
   * read the page, so the attempt stays charged with what such a page costs. Before a first page was seen that is not
   * known: what was charged is the most that a page can cost, and is kept up to a small page, or a second of the rate if
   * that is more.
   */
  unanswered(): void {
    const { pacing, own } = this.pace;
    const { table, sizes } = pacing;
    const unknown = Math.max(sizes.smallest, table.perSecond() * LONGEST_HOLD_S);
    const kept = Math.min(this.charged, sizes.isLearned ? sizes.price(this.limit) : unknown);
    for (const budget of [table, own]) budget.refund(this.charged - kept);
  }

  /**
   * Slows down what was throttled. The attempt has cost nothing and is refunded, but for up to a second of the reduced
   * rate: where requests are refused, there should be fewer. For one partition's sake the rest of the table does not wait.
   */
  throttled(error: unknown): void {
    const { pacing, own } = this.pace;
    const [busy, other] = isOfOnePartition(error) ? [own, pacing.table] : [pacing.table, own];
    busy.throttled();
    busy.refund(this.charged - Math.min(this.charged, busy.perSecond() * LONGEST_HOLD_S));
    other.refund(this.charged);
    pacing.onThrottle();
  }
}

function lesser(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
