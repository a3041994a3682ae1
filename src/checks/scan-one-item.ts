import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ONE_CHECK } from '../aws/timeouts.ts';
import type { ScanParameters } from '../scan/parameters.ts';
import { type Check, notChecked, ok } from './check.ts';

/**
 * Reads one item with the parameters of the copy: only DynamoDB itself can tell whether the role may read, and whether
 * it understands the expressions. It looks at these before it reads, so an empty table is as good as any.
 *
 * @param tableName name or ARN
 */
export function scanOneItem(client: DynamoDBClient, tableName: string, scan: ScanParameters): Check {
  const { request, startKey, share } = scan;
  // Without a start key all segments are alike.
  const start = startKey && {
    ExclusiveStartKey: startKey,
    ...(share && { Segment: share.segment, TotalSegments: share.totalSegments }),
  };
  return {
    name: 'Read access',
    async run(signal) {
      const timeout = AbortSignal.timeout(ONE_CHECK);
      try {
        await client.send(new ScanCommand({ TableName: tableName, ...request, ...start, Limit: 1 }), {
          abortSignal: AbortSignal.any([signal, timeout]),
        });
      } catch (error) {
        if (!timeout.aborted || (error as Error).name !== 'AbortError') throw error;
        return notChecked('DynamoDB did not answer a Scan of one item, as it does when it throttles');
      }
      return ok(
        needsScan(scan) ? 'DynamoDB takes dynamodb-scan-kwargs, and lets the role scan' : 'the role may scan it',
      );
    },
  };
}

/** Whether there is anything in the parameters that only a Scan can judge. */
export function needsScan({ request, startKey }: ScanParameters): boolean {
  const { FilterExpression, ProjectionExpression, Select } = request;
  return [FilterExpression, ProjectionExpression, Select, startKey].some((parameter) => parameter !== undefined);
}
