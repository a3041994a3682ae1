import type { AttributeValue, ScanCommandInput } from "@aws-sdk/client-dynamodb";

/** What `dynamodb-scan-kwargs` asks for, checked. */
export interface ScanParameters {
  /** Sent with every Scan as it is. */
  readonly request: Pick<
    ScanCommandInput,
    | "FilterExpression"
    | "ProjectionExpression"
    | "ExpressionAttributeNames"
    | "ExpressionAttributeValues"
    | "IndexName"
    | "ConsistentRead"
    | "Limit"
    | "Select"
  >;
  /** Where to start; reads one segment only. */
  readonly startKey?: Record<string, AttributeValue>;
  /** One share of a job matrix (`Segment` with `TotalSegments`). */
  readonly share?: { readonly segment: number; readonly totalSegments: number };
}
