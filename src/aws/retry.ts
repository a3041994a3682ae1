import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';
import { FIRST_RETRY_PAUSE, MAX_RETRY_PAUSE, MAX_RETRY_TIME, MAX_RETRY_TIME_BEFORE_SUCCESS } from '../timeouts.ts';

/** Milliseconds for which this process delayed a failed attempt. The key is the error of the attempt. */
const waits = new WeakMap<object, number>();

/** Records how long this process delayed an attempt that then failed. The service did not cause this wait. */
export function recordOwnWait(error: unknown, milliseconds: number): void {
  if (typeof error === 'object' && error !== null) waits.set(error, milliseconds);
}

/** Returns the recorded milliseconds; 0 for an attempt that was not delayed. */
export function ownWaitBefore(error: unknown): number {
  return (typeof error === 'object' && error !== null && waits.get(error)) || 0;
}

/**
 * Maximum number of attempts with corrupted data, sent or received. Corruption that persists does not come from the
 * network.
 */
const MAX_CORRUPTED_ATTEMPTS = 5;

/**
 * Errors that only mean that bytes were lost or changed in transit, although the SDK does not retry them: S3 rejects a
 * body that does not match its checksum, or Node cannot parse a response.
 */
const CORRUPTIONS = /^(BadDigest|XAmzContent\w*Mismatch|IncompleteBody|HPE_\w+|ERR_SSL_\w+|EPROTO)$/;

/** Thrown by a middleware for a corrupted response. It is retried a few times, but not for ten minutes. */
export class CorruptedResponse extends Error {
  override readonly name = 'CorruptedResponse';
  /** The SDK passes an error with this trait to the retry strategy as a transient error. */
  readonly $retryable = { throttling: false };
}

interface Attempt extends RetryToken {
  /** Start of the first attempt plus the time for which this process delayed attempts. */
  readonly startedAt: number;
  /** Number of attempts with corrupted data so far. */
  readonly corrupted: number;
  /** True after a rejected request was retried with the server's clock. */
  readonly corrected: boolean;
}

/**
 * Retries by time instead of by count: a request fails only after `MAX_RETRY_TIME` without one success. Time for which
 * this process delayed an attempt, to stay below a limit on read capacity, does not count.
 *
 * The SDK's strategies share a budget of 500 tokens among all calls of a client. A few dozen parallel throttles use it
 * up. The adaptive mode slows down all segments because of one. Both would end a long parallel scan that only had to
 * wait. Errors that a retry cannot fix (a denial, an invalid expression) fail at once, as with the SDK's strategies.
 */
export class TimedRetryStrategy implements RetryStrategyV2 {
  private succeeded = false;
  private readonly random: () => number;
  private readonly now: () => number;

  /** @param now milliseconds on a monotonic clock: a correction of the runner's clock must not end the retries */
  constructor(random: () => number = Math.random, now: () => number = () => performance.now()) {
    this.random = random;
    this.now = now;
  }

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return attempt(0, 0, { startedAt: this.now(), corrupted: 0, corrected: false });
  }

  async refreshRetryTokenForRetry(token: RetryToken, failure: RetryErrorInfo): Promise<RetryToken> {
    const { corrupted, corrected } = token as Attempt;
    const { errorType, error } = failure;
    const startedAt = (token as Attempt).startedAt + ownWaitBefore(error);
    const throttled = errorType === 'THROTTLING';
    const isCorruption = isCorrupted(error);
    const isTransient = errorType === 'TRANSIENT' || isProxyError(failure) || isConflict(failure);
    if (!throttled && !isCorruption && !isTransient) throw new Error('not retryable');

    const isRejection = isClockRejection(failure);
    if (isRejection && corrected) throw new Error('not retryable: also rejected with the corrected clock');
    const corruptions = isCorruption ? corrupted + 1 : corrupted;
    if (corruptions >= MAX_CORRUPTED_ATTEMPTS) throw new Error('corrupted in every attempt');

    const count = token.getRetryCount() + 1;
    const first = throttled ? FIRST_RETRY_PAUSE.throttled : FIRST_RETRY_PAUSE.transient;
    const ceiling = Math.min(MAX_RETRY_PAUSE, first * 2 ** Math.min(count, 16));
    // At least a tenth of the ceiling: full jitter can return several pauses near zero in a row.
    const pause = ceiling * (0.1 + 0.9 * this.random());
    // A date by the server's clock, compared with the runner's clock.
    const hint = (failure.retryAfterHint?.getTime() ?? 0) - Date.now();
    // An invalid header gives an invalid Date, whose time is NaN. This comparison then ignores it. With a delay of NaN,
    // the limit below would never be reached.
    const delay = hint > pause ? Math.min(hint, MAX_RETRY_PAUSE) : pause;

    const limit = this.succeeded || throttled ? MAX_RETRY_TIME : MAX_RETRY_TIME_BEFORE_SUCCESS;
    if (this.now() + delay - startedAt > limit) throw new Error('the time for retries has elapsed');
    return attempt(count, delay, { startedAt, corrupted: corruptions, corrected: corrected || isRejection });
  }

  recordSuccess(): void {
    this.succeeded = true;
  }
}

/**
 * Returns true if the runner's clock may have caused the rejection. If that clock is off by minutes, the SDK corrects
 * it by the Date header of each response and marks every error as corrected. It then treats ordinary rejections as
 * transient. Only the first one can be caused by the clock.
 */
function isClockRejection({ error, errorType }: RetryErrorInfo): boolean {
  const { clockSkewCorrected, httpStatusCode = 0 } = error?.$metadata ?? {};
  // S3 returns status 400 if it waited too long for a body.
  if (errorType !== 'TRANSIENT' || error?.name.startsWith('RequestTimeout')) return false;
  return clockSkewCorrected === true && httpStatusCode >= 400 && httpStatusCode < 500;
}

/**
 * Returns true for transient errors of a proxy. Proxies in front of a store (Cloudflare R2 and others) return 520 and
 * higher if they cannot reach the store or receive an invalid response. The SDK retries only 500, 502, 503 and 504.
 * Other statuses below 520, such as 501, are final.
 *
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
function isProxyError({ error, errorType }: RetryErrorInfo): boolean {
  return errorType === 'SERVER_ERROR' && (error?.$metadata?.httpStatusCode ?? 0) >= 520;
}

/**
 * Returns true if S3 rejected a conditional write with 409 because another write of the same key is in progress. S3 did
 * not check the condition. The retry does.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
function isConflict({ error }: RetryErrorInfo): boolean {
  return /^(ConditionalRequestConflict|OperationAborted)$/.test(error?.name ?? '');
}

function isCorrupted(error: RetryErrorInfo['error']): boolean {
  if (error === undefined) return false;
  const { name, code, $metadata } = error as { name: string; code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (name === 'CorruptedResponse' || CORRUPTIONS.test(typeof code === 'string' ? code : name)) return true;
  // The SDK's parsers throw these errors for a body that is cut off or is not JSON or XML. Service errors have other
  // names.
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 200 && status < 300 && /^(SyntaxError|Error)$/.test(name);
}

function attempt(count: number, delay: number, state: Pick<Attempt, 'startedAt' | 'corrupted' | 'corrected'>): Attempt {
  return { getRetryCount: () => count, getRetryDelay: () => delay, ...state };
}
