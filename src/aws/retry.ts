import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';
import { ownWaitBefore } from './own-waits.ts';
import { FIRST_PAUSE, GIVE_UP, GIVE_UP_AT_FIRST, LONGEST_PAUSE } from './timeouts.ts';

/** How often bytes that arrived damaged, here or there, are asked for or sent again: damage that stays is not the network's. */
const DAMAGED_ATTEMPTS = 5;

/**
 * Errors that the SDK takes for final, and that say no more than that bytes were lost or changed on the way: S3 refuses
 * a body that is not what its checksum says, or Node cannot make sense of what came in.
 */
const DAMAGES = /^(BadDigest|XAmzContent\w*Mismatch|IncompleteBody|HPE_\w+|ERR_SSL_\w+|EPROTO)$/;

/** An error a middleware throws for a response that arrived damaged: worth another attempt, but not ten minutes of them. */
export class DamagedResponse extends Error {
  override readonly name = 'DamagedResponse';
  /** Read by the SDK: an error with this trait is sent to the retry strategy as a transient one. */
  readonly $retryable = { throttling: false };
}

interface Attempt extends RetryToken {
  /** Later than the first attempt by what this process itself has waited between attempts. */
  readonly startedAt: number;
  /** Damaged responses so far. */
  readonly damaged: number;
  /** True once a refusal was asked about again with the server's clock. */
  readonly corrected: boolean;
}

/**
 * Goes on by time instead of by count: a request fails only after `GIVE_UP` without one success. Time in which an
 * attempt was held back on this side, to stay below a cap on read capacity, does not count.
 *
 * The SDK's own strategies share a budget of 500 tokens between all calls of a client, which a few dozen parallel
 * throttles empty, and its adaptive mode holds all segments back for one; both end a long parallel scan that only had
 * to wait. Errors that waiting cannot cure (a denial, a bad expression) fail at once, as with the SDK's strategies.
 */
export class PatientRetryStrategy implements RetryStrategyV2 {
  private succeeded = false;
  private readonly random: () => number;
  private readonly now: () => number;

  /** @param now milliseconds on a clock that nobody sets: a correction of the runner's must not end the patience */
  constructor(random: () => number = Math.random, now: () => number = () => performance.now()) {
    this.random = random;
    this.now = now;
  }

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return attempt(0, 0, { startedAt: this.now(), damaged: 0, corrected: false });
  }

  async refreshRetryTokenForRetry(token: RetryToken, failure: RetryErrorInfo): Promise<RetryToken> {
    const { damaged, corrected } = token as Attempt;
    const { errorType, error } = failure;
    const startedAt = (token as Attempt).startedAt + ownWaitBefore(error);
    const throttled = errorType === 'THROTTLING';
    const isDamage = isDamaged(error);
    const isTransient = errorType === 'TRANSIENT' || isFaultOfProxy(failure) || isConflict(failure);
    if (!throttled && !isDamage && !isTransient) throw new Error('waiting does not cure this');

    const isRefusal = isRefusalOfOldClock(failure);
    if (isRefusal && corrected) throw new Error('the clock was not the cause, and waiting does not cure this');
    const damages = isDamage ? damaged + 1 : damaged;
    if (damages >= DAMAGED_ATTEMPTS) throw new Error('damaged every time');

    const count = token.getRetryCount() + 1;
    const first = throttled ? FIRST_PAUSE.throttled : FIRST_PAUSE.transient;
    const ceiling = Math.min(LONGEST_PAUSE, first * 2 ** Math.min(count, 16));
    // At least a tenth of it: full jitter may draw several pauses near zero in a row.
    const pause = ceiling * (0.1 + 0.9 * this.random());
    // A date by the server's clock, and so to be held against the runner's.
    const hint = (failure.retryAfterHint?.getTime() ?? 0) - Date.now();
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

/**
 * What stands before a store (Cloudflare's R2, and other proxies) says with 520 and up that it was not reached or gave no
 * sense, which passes. The SDK knows 500, 502, 503 and 504 alone; what else there is below, such as 501, is final.
 *
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
function isFaultOfProxy({ error, errorType }: RetryErrorInfo): boolean {
  return errorType === 'SERVER_ERROR' && (error?.$metadata?.httpStatusCode ?? 0) >= 520;
}

/**
 * S3 rejects a conditional write with 409 while another write of the same key is in progress. That says nothing about
 * the condition, which the retry decides.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
function isConflict({ error }: RetryErrorInfo): boolean {
  return /^(ConditionalRequestConflict|OperationAborted)$/.test(error?.name ?? '');
}

function isDamaged(error: RetryErrorInfo['error']): boolean {
  if (error === undefined) return false;
  const { name, code, $metadata } = error as { name: string; code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (name === 'DamagedResponse' || DAMAGES.test(typeof code === 'string' ? code : name)) return true;
  // What the SDK's parsers throw for a body that ends too early, or is no JSON or XML; errors of a service have names.
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 200 && status < 300 && /^(SyntaxError|Error)$/.test(name);
}

function attempt(count: number, delay: number, so: Pick<Attempt, 'startedAt' | 'damaged' | 'corrected'>): Attempt {
  return { getRetryCount: () => count, getRetryDelay: () => delay, ...so };
}
