import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';

/** The table or index that is scanned. */
export interface ScanTarget {
  readonly kind: 'table' | 'local index' | 'global index';
  /** Size in bytes, which DynamoDB updates about every 6 hours; undefined if DynamoDB reports none. */
  readonly sizeBytes: number | undefined;
  readonly itemCount: number | undefined;
}

/**
 * Returns the description of a table that can be read.
 *
 * @param nameOrArn ARN if the table is in another account, which must grant access with a resource-based policy
 * @throws {CopyError} TABLE_NOT_READY if the table is being created or deleted, or is archived; errors of the SDK are
 *   rethrown unchanged
 */
export async function describeTable(
  client: DynamoDBClient,
  nameOrArn: string,
  signal: AbortSignal,
): Promise<TableDescription> {
  const response = await client.send(new DescribeTableCommand({ TableName: nameOrArn }), { abortSignal: signal });
  const Table = requiredMember('DescribeTable', response, 'Table');
  const status = Table.TableStatus ?? 'ACTIVE';
  if (status === 'CREATING' || status === 'DELETING' || status.startsWith('ARCHIV')) {
    throw new CopyError(
      'TABLE_NOT_READY',
      `The table has the status ${status} and cannot be read.`,
      'Wait until the table is ACTIVE, then re-run the job.',
    );
  }
  return Table;
}

/** Returns true if both describe the same table, and not one that was created again with the same name. */
export function isUnchangedTable(a: TableDescription, b: TableDescription): boolean {
  return a.TableId === b.TableId && a.CreationDateTime?.getTime() === b.CreationDateTime?.getTime();
}

/**
 * Returns the table or index that a Scan with these parameters reads.
 *
 * @throws {CopyError} INDEX_NOT_FOUND, with the names of the existing indexes; INVALID_INPUT if ConsistentRead is true
 *   for a global secondary index
 */
export function scanTarget(table: TableDescription, indexName?: string, consistentRead?: boolean): ScanTarget {
  if (indexName === undefined) {
    return { kind: 'table', sizeBytes: table.TableSizeBytes, itemCount: table.ItemCount };
  }
  const local = table.LocalSecondaryIndexes?.find((index) => index.IndexName === indexName);
  if (local) return { kind: 'local index', sizeBytes: local.IndexSizeBytes, itemCount: local.ItemCount };

  const global = table.GlobalSecondaryIndexes?.find((index) => index.IndexName === indexName);
  if (!global) {
    const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
    const names = indexes.flatMap(({ IndexName }) => IndexName ?? []);
    throw new CopyError(
      'INDEX_NOT_FOUND',
      'The table has no index with the name specified in IndexName.',
      remedies.changeIndex(names),
    );
  }
  if (consistentRead) {
    throw new CopyError(
      'INVALID_INPUT',
      'ConsistentRead is true, but IndexName is a global secondary index, which does not support consistent reads.',
      'Leave ConsistentRead out, or scan the table or a local secondary index.',
    );
  }
  return { kind: 'global index', sizeBytes: global.IndexSizeBytes, itemCount: global.ItemCount };
}

/**
 * Age below which the reported size of a table is not trusted. DynamoDB updates it about every 6 hours, sometimes
 * later.
 */
const MIN_AGE_FOR_SIZE_MS = 24 * 3600 * 1000;

/**
 * Returns true if the target may be much larger than DynamoDB reports: it has no reported size, was created less than a
 * day ago, or has more items than reported.
 *
 * @param seenItems number of items in the first page, which was not the last page
 */
export function sizeMayBeStale(target: ScanTarget, table: TableDescription, seenItems: number): boolean {
  const age = Date.now() - (table.CreationDateTime?.getTime() ?? Date.now());
  return !target.sizeBytes || age < MIN_AGE_FOR_SIZE_MS || seenItems >= (target.itemCount ?? 0);
}
