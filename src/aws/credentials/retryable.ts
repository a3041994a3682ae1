import { CopyError } from '../../errors.ts';
import { type AwsError, errorName } from '../aws-error.ts';
import { IdTokenError } from './id-token-claims.ts';

/** InvalidIdentityToken errors that a new token cannot fix. All others mean that STS cannot reach the issuer's keys. */
export const AUDIENCE_REJECTED = /incorrect token audience/i;
export const PROVIDER_MISSING = /no openidconnect provider/i;

/**
 * Returns whether and how soon a retry of the request can succeed.
 *
 * A denial is not retried: users of other actions complain about twelve silent attempts if a trust policy does not
 * match.
 */
export function passes(error: unknown): 'soon' | 'later' | false {
  // Comes from a parent, which has already retried.
  if (error instanceof CopyError || !(error instanceof Error)) return false;
  if (error instanceof IdTokenError) return isRejection(error.status) ? false : 'soon';
  const name = errorName(error as AwsError);
  const { httpStatusCode: status = 0, clockSkewCorrected } = (error as AwsError).$metadata ?? {};
  if (THROTTLES.test(name) || status === 429) return 'later';
  if (name.startsWith('InvalidIdentityToken')) {
    return AUDIENCE_REJECTED.test(error.message) || PROVIDER_MISSING.test(error.message) ? false : 'soon';
  }
  // The ID token had expired when it arrived. The next attempt uses a new one.
  if (name.startsWith('ExpiredToken')) return /web ?identity|token expired/i.test(error.message) ? 'soon' : false;
  // The client now uses AWS's clock.
  if (clockSkewCorrected && CLOCK.test(name)) return 'soon';
  return name.startsWith('IDPCommunicationError') || status >= 500 || status === 0 ? 'soon' : false;
}

const THROTTLES = /^(Throttling\w*|Throttled\w*|RequestLimitExceeded|RequestThrottled\w*|TooManyRequests\w*|SlowDown)$/;

/** Errors that STS returns if the time of a signature is off by minutes. They can also have other causes. */
const CLOCK = /^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture|SignatureDoesNotMatch|InvalidSignature\w*)$/;

/** Returns true if GitHub would reject a retry too. That is not so for timeouts (408) and throttles (429). */
function isRejection(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
