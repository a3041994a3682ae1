import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';

/** What is read: the table itself, or one of its indexes. */
export interface ScanTarget {
  readonly kind: 'table' | 'local index' | 'global index';
  /** As of DynamoDB's last count, which lags by about six hours; undefined where it has none. */
  readonly sizeBytes: number | undefined;
  readonly itemCount: number | undefined;
}

/**
 * Describes a table that can be read.
 *
 * @param nameOrArn an ARN reaches a table of another account that shares it by a resource policy
 * @throws {CopyError} TABLE_NOT_READY while the table is being made or deleted, or is archived; errors of the SDK as they are
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
      `The table's status is ${status}: it cannot be read.`,
      'Wait until the table is ACTIVE, then run the step again.',
    );
  }
  return Table;
}

/**
 * What a Scan with these parameters reads.
 *
 * @throws {CopyError} INDEX_NOT_FOUND, with the names there are; INVALID_INPUT for a consistent read of a global index
 */
export function scanTarget(table: TableDescription, indexName?: string, consistentRead?: boolean): ScanTarget {
  if (indexName === undefined) {
    return { kind: 'table', sizeBytes: table.TableSizeBytes, itemCount: table.ItemCount };
  }
  const local = table.LocalSecondaryIndexes?.find((index) => index.IndexName === indexName);
  if (local) return { kind: 'local index', sizeBytes: local.IndexSizeBytes, itemCount: local.ItemCount };

  const global = table.GlobalSecondaryIndexes?.find((index) => index.IndexName === indexName);
  if (!global) {
    const names = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
    throw new CopyError(
      'INDEX_NOT_FOUND',
      'The table has no index with the name that IndexName gives.',
      names.length > 0
        ? `Set IndexName in dynamodb-scan-kwargs to one of: ${names.map((index) => index.IndexName).join(', ')}.`
        : 'The table has no index at all: leave IndexName out of dynamodb-scan-kwargs.',
    );
  }
  if (consistentRead) {
    throw new CopyError(
      'INVALID_INPUT',
      'dynamodb-scan-kwargs: ConsistentRead is true, but IndexName is a global secondary index, which has no consistent reads.',
      'Leave ConsistentRead out, or scan the table itself or a local secondary index.',
    );
  }
  return { kind: 'global index', sizeBytes: global.IndexSizeBytes, itemCount: global.ItemCount };
}

/** Read units a second that a table or index has, as far as DynamoDB tells; undefined is no limit, not one of nothing. */
export interface ReadCapacity {
  readonly mode: 'provisioned' | 'on demand';
  /** Of a table on demand: its owner's own limit (MaxReadRequestUnits), or of one in provisioned mode what is paid for. */
  readonly limit: number | undefined;
  /** Of a table on demand: what it can take at once. It grows with use. */
  readonly warm: number | undefined;
}

/**
 * What capacity there is for a Scan: a global index has its own, a local one its table's.
 *
 * BillingModeSummary is absent from tables that have never been on demand; -1, 0 and an absent figure mean no limit.
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

/** DynamoDB counts a table's bytes every six hours or so; this leaves room for a count that is late. */
const COUNTED_WITHIN_MS = 24 * 3600 * 1000;

/**
 * True where the target may be much larger than DynamoDB says: never counted, made within the last day, or seen to hold
 * more than it should.
 *
 * @param seenItems items that one page was seen to hold although it was not the last
 */
export function sizeMayBeStale(target: ScanTarget, table: TableDescription, seenItems: number): boolean {
  const age = Date.now() - (table.CreationDateTime?.getTime() ?? Date.now());
  return !target.sizeBytes || age < COUNTED_WITHIN_MS || seenItems >= (target.itemCount ?? 0);
}
