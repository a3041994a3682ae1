import type { AttributeValue, ScanCommandInput } from '@aws-sdk/client-dynamodb';

/** Validated parameters from `dynamodb-scan-kwargs`. */
export interface ScanParameters {
  /** Sent unchanged with every Scan request. */
  readonly request: Pick<
    ScanCommandInput,
    | 'FilterExpression'
    | 'ProjectionExpression'
    | 'ExpressionAttributeNames'
    | 'ExpressionAttributeValues'
    | 'IndexName'
    | 'ConsistentRead'
    | 'Limit'
    | 'Select'
  >;
  /** ExclusiveStartKey. If it is set, the scan reads only one segment. */
  readonly startKey?: Record<string, AttributeValue>;
  /** Shard of a job matrix (`Segment` with `TotalSegments`). */
  readonly shard?: { readonly segment: number; readonly totalSegments: number };
}

/** Parameters that can exclude parts of the table from the copy. */
export type NarrowingParameter =
  | 'FilterExpression'
  | 'ProjectionExpression'
  | 'IndexName'
  | 'Segment'
  | 'ExclusiveStartKey';

/**
 * Returns the parameters that narrow the copy. With TotalSegments 1, Segment does not: the only shard is the whole
 * table.
 */
export function narrowingParameters({ request, shard, startKey }: ScanParameters): readonly NarrowingParameter[] {
  const narrowing = {
    FilterExpression: request.FilterExpression !== undefined,
    ProjectionExpression: request.ProjectionExpression !== undefined,
    IndexName: request.IndexName !== undefined,
    Segment: shard !== undefined && shard.totalSegments > 1,
    ExclusiveStartKey: startKey !== undefined,
  } satisfies Record<NarrowingParameter, boolean>;
  return (Object.keys(narrowing) as NarrowingParameter[]).filter((name) => narrowing[name]);
}
