import { type AwsError, errorName } from './aws-error.ts';

/**
 * Names of errors for a request that exceeds a limit of the service, such as the read capacity of a table or the
 * request rate of an account. Such a request consumes nothing.
 */
const THROTTLES =
  /^(ProvisionedThroughputExceededException|RequestLimitExceeded|RequestThrottled\w*|Throttl\w+|TooManyRequests\w*|SlowDown)$/;

/** Returns true if AWS throttled the request. */
export function isThrottle(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as AwsError;
  return THROTTLES.test(errorName(error)) || $metadata?.httpStatusCode === 429;
}
