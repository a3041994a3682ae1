import { CopyError } from '../../errors.ts';
import { type AwsError, errorName } from '../aws-error.ts';
import { isThrottle } from '../throttle.ts';
import { IdTokenError } from './id-token-claims.ts';

/** InvalidIdentityToken errors that a new token cannot fix. All others mean that STS cannot reach the issuer's keys. */
export const AUDIENCE_REJECTED = /incorrect token audience/i;
export const PROVIDER_MISSING = /no openidconnect provider/i;

/**
 * Returns true if a retry of the request can succeed.
 *
 * A denial is not retried: users of other actions complain about twelve silent attempts if a trust policy does not
 * match.
 */
export function isRetryable(error: unknown): boolean {
  // Comes from a parent, which has already retried.
  if (error instanceof CopyError || !(error instanceof Error)) return false;
  if (error instanceof IdTokenError) return !isRejection(error.status);
  if (isThrottle(error)) return true;
  const name = errorName(error);
  const { httpStatusCode: status = 0, clockSkewCorrected } = (error as AwsError).$metadata ?? {};
  if (name.startsWith('InvalidIdentityToken')) {
    return !AUDIENCE_REJECTED.test(error.message) && !PROVIDER_MISSING.test(error.message);
  }
  // The ID token had expired when it arrived. The next attempt uses a new one.
  if (name.startsWith('ExpiredToken')) return /web ?identity|token expired/i.test(error.message);
  // The client now uses AWS's clock.
  if (clockSkewCorrected && CLOCK.test(name)) return true;
  return name.startsWith('IDPCommunicationError') || status >= 500 || status === 0;
}

/** Errors that STS returns if the time of a signature is off by minutes. They can also have other causes. */
const CLOCK = /^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture|SignatureDoesNotMatch|InvalidSignature\w*)$/;

/** Returns true if GitHub would reject a retry too. That is not so for timeouts (408) and throttles (429). */
function isRejection(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
