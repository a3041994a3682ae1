import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';
import { FIRST_PAUSE, GIVE_UP, GIVE_UP_AT_FIRST, LONGEST_PAUSE } from './timeouts.ts';

/** How often bytes that arrived damaged are asked for again: damage that stays is not the network's. */
const DAMAGED_ATTEMPTS = 5;

/** An error a middleware throws for a response that arrived damaged: worth another attempt, but not ten minutes of them. */
export class DamagedResponse extends Error {
  override readonly name = 'DamagedResponse';
  /** Read by the SDK: an error with this trait is sent to the retry strategy as a transient one. */
  readonly $retryable = { throttling: false };
}

interface Attempt extends RetryToken {
  readonly startedAt: number;
  /** Damaged responses so far. */
  readonly damaged: number;
  /** True once a refusal was asked about again with the server's clock. */
  readonly corrected: boolean;
}

/**
 * Goes on by time instead of by count: a request fails only after `GIVE_UP` without one success.
 *
 * The SDK's own strategies share a budget of 500 tokens between all calls of a client, which a few dozen parallel
 * throttles empty, and its adaptive mode holds all segments back for one; both end a long parallel scan that only had
 * to wait. Errors that waiting cannot cure (a denial, a bad expression) fail at once, as with the SDK's strategies.
 */
export class PatientRetryStrategy implements RetryStrategyV2 {
  private succeeded = false;
  private readonly random: () => number;
  private readonly now: () => number;

  constructor(random: () => number = Math.random, now: () => number = Date.now) {
    this.random = random;
    this.now = now;
  }

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return attempt(0, 0, { startedAt: this.now(), damaged: 0, corrected: false });
  }

  async refreshRetryTokenForRetry(token: RetryToken, failure: RetryErrorInfo): Promise<RetryToken> {
    const { startedAt, damaged, corrected } = token as Attempt;
    const { errorType, error } = failure;
    const throttled = errorType === 'THROTTLING';
    if (!throttled && errorType !== 'TRANSIENT') throw new Error('waiting does not cure this');

    const isRefusal = isRefusalOfOldClock(failure);
    if (isRefusal && corrected) throw new Error('the clock was not the cause, and waiting does not cure this');
    const damages = error instanceof DamagedResponse ? damaged + 1 : damaged;
    if (damages >= DAMAGED_ATTEMPTS) throw new Error('damaged every time');

    const count = token.getRetryCount() + 1;
    const first = throttled ? FIRST_PAUSE.throttled : FIRST_PAUSE.transient;
    const ceiling = Math.min(LONGEST_PAUSE, first * 2 ** Math.min(count, 16));
    // At least a tenth of it: full jitter may draw several pauses near zero in a row.
    const pause = ceiling * (0.1 + 0.9 * this.random());
    const hint = (failure.retryAfterHint?.getTime() ?? 0) - this.now();
    // A header that is no time makes a Date that is none, and a limit that NaN never reaches.
    const delay = hint > pause ? Math.min(hint, LONGEST_PAUSE) : pause;

    const limit = this.succeeded || throttled ? GIVE_UP : GIVE_UP_AT_FIRST;
    if (this.now() + delay - startedAt > limit) throw new Error('out of time');
    return attempt(count, delay, { startedAt, damaged: damages, corrected: corrected || isRefusal });
  }

  recordSuccess(): void {
    this.succeeded = true;
  }
}

/**
 * While the runner's clock is minutes off, the SDK corrects it by the Date of each answer, marks every error for it, and
 * so takes plain refusals for faults that pass. Only the first may have been for the clock.
 */
function isRefusalOfOldClock({ error, errorType }: RetryErrorInfo): boolean {
  const { clockSkewCorrected, httpStatusCode = 0 } = error?.$metadata ?? {};
  // S3 says with a 400 that it waited too long for a body.
  if (errorType !== 'TRANSIENT' || error?.name.startsWith('RequestTimeout')) return false;
  return clockSkewCorrected === true && httpStatusCode >= 400 && httpStatusCode < 500;
}

function attempt(count: number, delay: number, so: Pick<Attempt, 'startedAt' | 'damaged' | 'corrected'>): Attempt {
  return { getRetryCount: () => count, getRetryDelay: () => delay, ...so };
}
