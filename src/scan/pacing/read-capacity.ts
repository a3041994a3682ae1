import type { TableDescription } from '@aws-sdk/client-dynamodb';

/**
 * Bytes that one read capacity unit (RCU) reads with strong consistency. Eventually consistent reads read twice as much.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export const RCU_BYTES = 4096;

/**
 * Read capacity units per second of a table or index, as reported by DynamoDB. An undefined value means that there is
 * no limit or no value, not 0.
 */
export interface ReadCapacity {
  readonly mode: 'provisioned' | 'on demand';
  /**
   * Provisioned mode: the provisioned throughput. On-demand mode: MaxReadRequestUnits, the maximum set for the table.
   */
  readonly limit: number | undefined;
  /** On-demand mode: the warm throughput, which the table can support immediately. It grows with usage. */
  readonly warm: number | undefined;
}

/**
 * Returns the read capacity for a Scan. A global secondary index has its own; a local secondary index uses that of its
 * table.
 *
 * BillingModeSummary is missing for tables that were never in on-demand mode. The values -1 and 0 mean no limit, as
 * does a missing value.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
 */
export function readCapacityOf(table: TableDescription, indexName?: string): ReadCapacity {
  const index = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === indexName);
  const { ProvisionedThroughput, OnDemandThroughput, WarmThroughput } = index ?? table;
  if (table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST') {
    return {
      mode: 'on demand',
      limit: positive(OnDemandThroughput?.MaxReadRequestUnits),
      warm: positive(WarmThroughput?.ReadUnitsPerSecond),
    };
  }
  return { mode: 'provisioned', limit: positive(ProvisionedThroughput?.ReadCapacityUnits), warm: undefined };
}

function positive(figure: number | undefined): number | undefined {
  return figure !== undefined && figure > 0 ? figure : undefined;
}
