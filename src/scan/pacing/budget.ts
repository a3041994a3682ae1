import type { Clock } from './clock.ts';
import { Rate } from './rate.ts';

/** What a timer that came late, or a busy process, may make up for, in seconds of the rate; there are no other bursts. */
const CATCH_UP_S = 0.15;

/** What may be left over with what settlements give back: it was waited for before, but must not become a burst. */
const LEFT_OVER_S = 0.2;

/** Timers are set anew after that long, as the rate may have changed meanwhile. */
const LONGEST_SLEEP_MS = 1_000;

interface Waiting {
  readonly price: () => number;
  readonly grant: (charged: number) => void;
}

/**
 * Gives out read units as they come: whoever wants to send a request takes what it may cost beforehand, and settles the
 * difference once DynamoDB has said what it did cost.
 *
 * A request goes out as soon as nothing is owed, and may then bring a debt that the following ones wait for. So in any
 * stretch of time, no more is spent than its share of the rate, a fifth of a second's, and one request.
 */
export class Budget {
  readonly rate: Rate;
  private readonly clock: Clock;
  private balance = 0;
  private updatedAt: number;
  private readonly waiting: Waiting[] = [];
  private cancelWake: (() => void) | undefined;

  /**
   * @param unitsPerSecond Infinity for no limit
   * @param slowest what throttles may bring that down to
   */
  constructor(unitsPerSecond: number, slowest: number, clock: Clock) {
    this.clock = clock;
    this.updatedAt = clock.now();
    this.rate = new Rate(unitsPerSecond, slowest, this.updatedAt);
  }

  perSecond(): number {
    return this.rate.perSecond(this.clock.now());
  }

  /**
   * Waits for a turn; first come, first served.
   *
   * @param price what the request may cost in read units, asked for at the last moment, when most is known
   * @param urgent true for an attempt that has waited for its turn before
   * @returns what was charged: nothing where there is no limit
   */
  take(price: () => number, signal: AbortSignal, urgent = false): Promise<number> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      const entry: Waiting = {
        price,
        grant: (charged) => {
          signal.removeEventListener('abort', leave);
          resolve(charged);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      if (urgent) this.waiting.unshift(entry);
      else this.waiting.push(entry);
      this.serve();
    });
  }

  /** Charges what was granted elsewhere. */
  charge(units: number): void {
    this.update();
    this.balance -= units;
  }

  /** Makes good the difference between what was charged for a request and what it did cost. */
  settle(charged: number, actual: number): void {
    this.update();
    this.rate.spent(actual, this.updatedAt);
    this.refund(charged - actual);
  }

  /** Returns read units that were charged for an attempt and not spent. */
  refund(units: number): void {
    this.update();
    this.balance = Math.min(this.rate.perSecond(this.updatedAt) * LEFT_OVER_S, this.balance + units);
    this.serve();
  }

  throttled(): void {
    this.update();
    this.rate.throttled(this.updatedAt);
  }

  private serve(): void {
    this.cancelWake?.();
    this.cancelWake = undefined;
    this.update();
    for (let next = this.waiting[0]; next && this.balance > -1e-6; next = this.waiting[0]) {
      this.waiting.shift();
      const price = next.price();
      // Where nothing is charged yet, what is under way when a throttle comes is charged by its settlement.
      const charged = Number.isFinite(this.perSecond()) ? price : 0;
      this.balance -= charged;
      next.grant(charged);
    }
    if (this.waiting.length === 0) return;
    const sleep = (-this.balance / this.perSecond()) * 1000;
    this.cancelWake = this.clock.after(Math.min(LONGEST_SLEEP_MS, Math.ceil(sleep)), () => this.serve());
  }

  private update(): void {
    const now = this.clock.now();
    const perSecond = this.rate.perSecond(now);
    const earned = (perSecond * (now - this.updatedAt)) / 1000;
    const most = Math.max(this.balance, perSecond * CATCH_UP_S);
    this.balance = Number.isFinite(perSecond) ? Math.min(most, this.balance + earned) : 0;
    this.updatedAt = now;
  }
}
