import type { ThrottlingReason } from '@aws-sdk/client-dynamodb';

/**
 * Returns true if the request exceeded the maximum throughput of one partition (3,000 read or 1,000 write capacity
 * units per second) and not that of the table. Requests for other partitions do not have to wait.
 *
 * The reason is then, for example, `TableReadKeyRangeThroughputExceeded`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html
 */
export function isPartitionThrottle(error: unknown): boolean {
  const { ThrottlingReasons = [] } = error as { ThrottlingReasons?: readonly ThrottlingReason[] };
  return ThrottlingReasons.length > 0 && ThrottlingReasons.every(({ reason }) => reason?.includes('KeyRange') === true);
}
