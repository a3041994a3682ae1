import type { ThrottlingReason } from '@aws-sdk/client-dynamodb';

/**
 * What DynamoDB answers with where there is no capacity for a request: the table's, the account's, or that of its
 * control plane. Such a request has cost nothing.
 */
const THROTTLES = /^(ProvisionedThroughputExceededException|RequestLimitExceeded|Throttling\w*|SlowDown)$/;

export function isThrottle(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { readonly httpStatusCode?: number } };
  return THROTTLES.test(error.name) || $metadata?.httpStatusCode === 429;
}

/**
 * True where one partition alone is too busy (3,000 read units a second are the most it gives) and not the table:
 * requests for other parts of the key space need not wait for it.
 *
 * Reasons look like `TableReadKeyRangeThroughputExceeded`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html
 */
export function isOfOnePartition(error: unknown): boolean {
  const { ThrottlingReasons = [] } = error as { ThrottlingReasons?: readonly ThrottlingReason[] };
  return ThrottlingReasons.length > 0 && ThrottlingReasons.every(({ reason }) => reason?.includes('KeyRange') === true);
}
