/** Throttles within this time are one event: those of all requests that were under way together. */
const ONE_EVENT_MS = 1_000;

/** What is left of the rate after a throttle. */
const KEPT = 0.7;

/** What of the full rate comes back each second without a throttle: all of it within 50 seconds. */
const RECOVERED_A_SECOND = 0.02;

/** After that long without a throttle there is no reason left to hold back, where no ceiling says when to stop. */
const FORGOTTEN_AFTER_S = 120;

/** How far back a measured rate looks, in seconds. */
const MEMORY_S = 2;

/**
 * How many read units a second may be spent: a ceiling, less while DynamoDB throttles, and slowly back up to it.
 *
 * A ceiling of Infinity is no ceiling; throttles bring the rate down from what was really spent then.
 */
export class Rate {
  private ceiling: number;
  private readonly slowest: number;
  private readonly meter: Meter;
  private cut: { readonly at: number; readonly to: number; readonly gainASecond: number } | undefined;

  /**
   * @param slowest what throttles may bring it down to: never to a standstill, as only a request can find out that there
   * is capacity again
   */
  constructor(ceiling: number, slowest: number, now: number) {
    this.ceiling = ceiling;
    this.slowest = slowest;
    this.meter = new Meter(now);
  }

  perSecond(now: number): number {
    if (!this.cut) return this.ceiling;
    const seconds = (now - this.cut.at) / 1000;
    const rate = this.cut.to + this.cut.gainASecond * seconds;
    if (rate < this.ceiling && seconds < FORGOTTEN_AFTER_S) return rate;
    this.cut = undefined;
    return this.ceiling;
  }

  /** Tells what was really spent. */
  spent(units: number, now: number): void {
    this.meter.add(units, now);
  }

  /** Holds back after a throttle. */
  throttled(now: number): void {
    if (this.cut && now - this.cut.at < ONE_EVENT_MS) return;
    const before = Math.min(this.perSecond(now), this.meter.perSecond(now));
    const full = Number.isFinite(this.ceiling) ? this.ceiling : Math.max(before, this.slowest);
    const to = Math.min(this.ceiling, Math.max(this.slowest, KEPT * before));
    this.cut = { at: now, to, gainASecond: RECOVERED_A_SECOND * full };
  }

  /** Lowers the ceiling for good; a higher one changes nothing. */
  lower(ceiling: number): boolean {
    if (ceiling >= this.ceiling) return false;
    this.ceiling = ceiling;
    return true;
  }
}

/** Units a second of late: an average in which what is longer ago counts exponentially less. */
class Meter {
  private readonly startedAt: number;
  private at: number;
  private units = 0;

  constructor(now: number) {
    this.startedAt = now;
    this.at = now;
  }

  add(units: number, now: number): void {
    this.units = this.fadedTo(now) + units;
    this.at = now;
  }

  perSecond(now: number): number {
    // At first there is less to look back on; a tenth of a second says nothing yet.
    const seen = 1 - Math.exp(-Math.max(0.1, (now - this.startedAt) / 1000) / MEMORY_S);
    return this.fadedTo(now) / (MEMORY_S * seen);
  }

  private fadedTo(now: number): number {
    return this.units * Math.exp((this.at - now) / 1000 / MEMORY_S);
  }
}
