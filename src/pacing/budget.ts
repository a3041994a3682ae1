import type { FinalizeRequestMiddleware, MiddlewareStack } from '@smithy/types';
import { recordOwnWait } from '../aws/retry.ts';
import { isThrottle } from '../aws/throttle.ts';
import { Rate } from './rate.ts';

/** Clock and timers for pacing. Tests use a virtual clock, on which an hour passes immediately. */
export interface Clock {
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** Calls `wake` once after `ms` milliseconds. Returns a function that cancels the timer. */
  readonly after: (ms: number, wake: () => void) => () => void;
}

export const MACHINE_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Maximum positive balance earned over time, in seconds of the rate. It compensates for a late timer or a busy process.
 * No other bursts are allowed.
 */
const MAX_EARNED_S = 0.15;

/** Maximum positive balance after a refund, in seconds of the rate: the units must not become a burst. */
const MAX_REFUNDED_S = 0.2;

/** Maximum time of a timer. After that, the timer is set again because the rate may have changed. */
const MAX_SLEEP_MS = 1_000;

/** Tolerance of the balance for rounding errors. */
const ROUNDING = 1e-6;

interface Waiting {
  readonly cost: () => number;
  readonly grant: (charged: number) => void;
}

/**
 * Budget of capacity units. A request takes its maximum cost before it is sent, and settles the difference
 * when DynamoDB reports the consumed capacity.
 *
 * A request is sent as soon as the balance is not negative. Its cost can make the balance negative; the next requests
 * then wait. Within any period of t seconds, the consumption is therefore at most (t + 0.2) seconds of the rate, plus
 * the cost of one request.
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
   * @param slowest minimum rate after throttling, in units per second
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
   * Waits until the request can be sent. Requests are served in order.
   *
   * @param cost returns the maximum cost of the request in units; called as late as possible, when the estimate is best
   * @param urgent true for a retry, which is served before requests that wait for their first attempt
   * @returns charged units; 0 if there is no limit
   */
  take(cost: () => number, signal: AbortSignal, urgent = false): Promise<number> {
    if (signal.aborted) return Promise.reject(signal.reason);
    this.update();
    if (this.waiting.length === 0 && this.balance > -ROUNDING) return Promise.resolve(this.grant(cost));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      const entry: Waiting = {
        cost,
        grant: (charged) => {
          signal.removeEventListener('abort', leave);
          resolve(charged);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.splice(urgent ? 0 : this.waiting.length, 0, entry);
      this.serve();
    });
  }

  /** Charges units that were granted by another budget. */
  charge(units: number): void {
    this.update();
    this.balance -= units;
  }

  /** Corrects the balance by the difference between the charged and the actual cost of a request. */
  settle(charged: number, actual: number): void {
    this.update();
    this.rate.consumed(actual, this.updatedAt);
    this.refund(charged - actual);
  }

  /** Refunds units that were charged for an attempt but not consumed. */
  refund(units: number): void {
    this.update();
    this.balance = Math.min(this.rate.perSecond(this.updatedAt) * MAX_REFUNDED_S, this.balance + units);
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
    for (let next = this.waiting[0]; next && this.balance > -ROUNDING; next = this.waiting[0]) {
      this.waiting.shift();
      next.grant(this.grant(next.cost));
    }
    if (this.waiting.length === 0) return;
    const sleep = (-this.balance / this.perSecond()) * 1000;
    this.cancelWake = this.clock.after(Math.min(MAX_SLEEP_MS, Math.ceil(sleep)), () => this.serve());
  }

  /** Charges a request. Without a rate, nothing is charged: if a throttle sets one meanwhile, `settle` charges it. */
  private grant(cost: () => number): number {
    const units = cost();
    const charged = Number.isFinite(this.perSecond()) ? units : 0;
    this.balance -= charged;
    return charged;
  }

  private update(): void {
    const now = this.clock.now();
    const perSecond = this.rate.perSecond(now);
    const earned = (perSecond * (now - this.updatedAt)) / 1000;
    const maximum = Math.max(this.balance, perSecond * MAX_EARNED_S);
    this.balance = Number.isFinite(perSecond) ? Math.min(maximum, this.balance + earned) : 0;
    this.updatedAt = now;
  }
}

/** Charge of a request. The first attempt is charged before the request is passed to the SDK. */
export interface AttemptPermit {
  /**
   * Waits until the request can be sent, then charges its cost.
   *
   * @param again true for a retry of the same request
   * @returns milliseconds waited
   */
  charge(signal: AbortSignal, again: boolean): Promise<number>;
  /** Settles an attempt that DynamoDB throttled. */
  throttled(error: unknown): void;
  /** Settles an attempt without a result because of a network error, an error response or a corrupted response. */
  failedWithoutResult(): void;
}

/**
 * Charges every attempt of a request to the budget, including the retries of the SDK, and reports throttled attempts,
 * which are not visible outside of the retry loop. The middleware runs before the request is signed: otherwise the
 * signature could expire while the attempt waits.
 */
export function chargeAttempts<Input extends object, Output extends object>(
  { middlewareStack }: { readonly middlewareStack: MiddlewareStack<Input, Output> },
  permit: AttemptPermit,
  signal: AbortSignal,
): void {
  const started = new WeakSet<Input>();
  const middleware: FinalizeRequestMiddleware<Input, Output> = (next) => async (args) => {
    const waited = started.has(args.input) ? await permit.charge(signal, true) : 0;
    started.add(args.input);
    try {
      return await next(args);
    } catch (error) {
      if (isThrottle(error)) permit.throttled(error);
      else permit.failedWithoutResult();
      recordOwnWait(error, waited);
      throw error;
    }
  };
  middlewareStack.addRelativeTo(middleware, {
    name: 'chargeAttempts',
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
  });
}
