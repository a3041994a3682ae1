import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { ScanParameters } from '../../scan/scan-parameters.ts';
import { PREFLIGHT_CHECK } from '../../timeouts.ts';
import { type Check, notChecked, ok } from './check.ts';

/**
 * Reads one item with the parameters of the copy. Only a request shows whether the role is allowed to read and whether
 * the expressions are valid. DynamoDB validates them before it reads, so the check also works with an empty table.
 *
 * @param tableName name or ARN
 */
export function readAccessCheck(client: DynamoDBClient, tableName: string, scan: ScanParameters): Check {
  const { request, startKey, shard } = scan;
  // Without a start key, the segment does not matter.
  const start = startKey && {
    ExclusiveStartKey: startKey,
    ...(shard && { Segment: shard.segment, TotalSegments: shard.totalSegments }),
  };
  return {
    name: 'Read access',
    async run(signal) {
      const timeout = AbortSignal.timeout(PREFLIGHT_CHECK);
      try {
        await client.send(new ScanCommand({ TableName: tableName, ...request, ...start, Limit: 1 }), {
          abortSignal: AbortSignal.any([signal, timeout]),
        });
      } catch (error) {
        if (!timeout.aborted || (error as Error).name !== 'AbortError') throw error;
        return notChecked('DynamoDB did not respond to a Scan of one item, which can happen if it throttles requests');
      }
      return ok(
        canOnlyScanValidate(scan) ? 'the role can scan it, and dynamodb-scan-kwargs is valid' : 'the role can scan it',
      );
    },
  };
}

/** Returns whether the parameters include any that only a Scan request can validate. */
export function canOnlyScanValidate({ request, startKey }: ScanParameters): boolean {
  const { FilterExpression, ProjectionExpression, Select } = request;
  return [FilterExpression, ProjectionExpression, Select, startKey].some((parameter) => parameter !== undefined);
}
