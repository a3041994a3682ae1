/** Throttles within this time count as one: they affect requests that were in progress at the same time. */
const ONE_EVENT_MS = 1_000;

/** Factor by which a throttle reduces the rate. */
const THROTTLE_FACTOR = 0.7;

/** Fraction of the full rate that is regained per second without a throttle: all of it within 50 seconds. */
const RECOVERY_PER_SECOND = 0.02;

/** Time without a throttle after which the reduction ends. Required because without a ceiling it would never end. */
const MAX_RECOVERY_S = 120;

/** Time constant of the measured rate, in seconds. */
const AVERAGING_S = 2;

/**
 * Rate in capacity units per second. The rate is at its ceiling, is reduced when DynamoDB throttles, and
 * then increases slowly up to the ceiling.
 *
 * A ceiling of Infinity means no limit. A throttle then reduces the rate relative to the measured consumption.
 */
export class Rate {
  private ceiling: number;
  private readonly slowest: number;
  private readonly meter: Meter;
  private reduction: { readonly at: number; readonly to: number; readonly gainPerSecond: number } | undefined;

  /**
   * @param slowest minimum rate after throttling; never 0, because only a request can detect that capacity is available
   *   again
   */
  constructor(ceiling: number, slowest: number, now: number) {
    this.ceiling = ceiling;
    this.slowest = slowest;
    this.meter = new Meter(now);
  }

  perSecond(now: number): number {
    if (!this.reduction) return this.ceiling;
    const seconds = (now - this.reduction.at) / 1000;
    const rate = this.reduction.to + this.reduction.gainPerSecond * seconds;
    if (rate < this.ceiling && seconds < MAX_RECOVERY_S) return rate;
    this.reduction = undefined;
    return this.ceiling;
  }

  /** Records consumed units. */
  consumed(units: number, now: number): void {
    this.meter.add(units, now);
  }

  /** Reduces the rate after a throttle. */
  throttled(now: number): void {
    if (this.reduction && now - this.reduction.at < ONE_EVENT_MS) return;
    const before = Math.min(this.perSecond(now), this.meter.perSecond(now));
    const full = Number.isFinite(this.ceiling) ? this.ceiling : Math.max(before, this.slowest);
    const to = Math.min(this.ceiling, Math.max(this.slowest, THROTTLE_FACTOR * before));
    this.reduction = { at: now, to, gainPerSecond: RECOVERY_PER_SECOND * full };
  }

  /**
   * Lowers the ceiling permanently. Does nothing if the new ceiling is not lower.
   *
   * @returns true if the ceiling was lowered
   */
  lower(ceiling: number): boolean {
    if (ceiling >= this.ceiling) return false;
    this.ceiling = ceiling;
    return true;
  }
}

/** Measures recent units per second as an exponentially weighted average. */
class Meter {
  private readonly startedAt: number;
  private at: number;
  private units = 0;

  constructor(now: number) {
    this.startedAt = now;
    this.at = now;
  }

  add(units: number, now: number): void {
    this.units = this.decayed(now) + units;
    this.at = now;
  }

  perSecond(now: number): number {
    // Correct for the short history at the start. Assume at least 0.1 seconds: a shorter time gives no meaningful rate.
    const weight = 1 - Math.exp(-Math.max(0.1, (now - this.startedAt) / 1000) / AVERAGING_S);
    return this.decayed(now) / (AVERAGING_S * weight);
  }

  private decayed(now: number): number {
    return this.units * Math.exp((this.at - now) / 1000 / AVERAGING_S);
  }
}
