import { CopyError } from '../../errors.ts';
import { type AwsError, nameOf } from '../aws-error.ts';
import { IdTokenError } from './id-token.ts';

/** Of InvalidIdentityToken, what no other token will change; the rest is STS not reaching the issuer's keys. */
export const AUDIENCE_REFUSED = /incorrect token audience/i;
export const PROVIDER_MISSING = /no openidconnect provider/i;

/**
 * Whether the same request may go through in a moment, and how soon.
 *
 * A denial does not pass: twelve silent attempts at a trust policy that does not match are what people complain of.
 */
export function passes(error: unknown): 'soon' | 'later' | false {
  // A parent's, which has been patient itself.
  if (error instanceof CopyError || !(error instanceof Error)) return false;
  if (error instanceof IdTokenError) return isOwnFault(error.status) ? false : 'soon';
  const name = nameOf(error as AwsError);
  const { httpStatusCode: status = 0, clockSkewCorrected } = (error as AwsError).$metadata ?? {};
  if (THROTTLES.test(name) || status === 429) return 'later';
  if (name.startsWith('InvalidIdentityToken')) {
    return AUDIENCE_REFUSED.test(error.message) || PROVIDER_MISSING.test(error.message) ? false : 'soon';
  }
  // An ID token that was too old when it arrived; the next is new.
  if (name.startsWith('ExpiredToken')) return /web ?identity|token expired/i.test(error.message) ? 'soon' : false;
  // The client goes by AWS's clock from now on.
  if (clockSkewCorrected && CLOCK.test(name)) return 'soon';
  return name.startsWith('IDPCommunicationError') || status >= 500 || status === 0 ? 'soon' : false;
}

const THROTTLES = /^(Throttling\w*|Throttled\w*|RequestLimitExceeded|RequestThrottled\w*|TooManyRequests\w*|SlowDown)$/;

/** What STS calls a signature that is minutes off; it may also be what it says. */
const CLOCK = /^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture|SignatureDoesNotMatch|InvalidSignature\w*)$/;

/** What GitHub refuses it will refuse again, but for a request that it had no time for. */
function isOwnFault(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
