import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import { BETWEEN_TABLE_CHECKS } from '../timeouts.ts';

interface WaitContext {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly signal: AbortSignal;
}

/** A table with another status does not become ACTIVE by itself. */
const TRANSIENT: readonly (string | undefined)[] = ['CREATING', 'UPDATING', 'ACTIVE'];

/**
 * Waits until a table and its indexes are ACTIVE. Creating an index of a large table takes hours, so there is no time
 * limit other than that of the job.
 *
 * @param existsFrom time of `performance.now()` from which DescribeTable knows the table. Default: it knows it now.
 * @throws {CopyError} TABLE_NOT_READY if the table cannot become ACTIVE
 * @throws errors of the SDK; ResourceNotFoundException if the table does not exist
 */
export async function waitUntilActive(
  { client, tableName, signal }: WaitContext,
  existsFrom = 0,
): Promise<TableDescription> {
  for (;;) {
    const command = new DescribeTableCommand({ TableName: tableName });
    const response = await client.send(command, { abortSignal: signal }).catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException' || performance.now() >= existsFrom) throw error;
      return undefined;
    });
    if (response) {
      const table = requiredMember('DescribeTable', response, 'Table');
      const { TableStatus = 'ACTIVE' } = table;
      if (!TRANSIENT.includes(TableStatus)) throw neverActive(TableStatus);
      if (TableStatus === 'ACTIVE' && areIndexesActive(table)) return table;
    }
    await pause(BETWEEN_TABLE_CHECKS, undefined, { signal });
  }
}

function areIndexesActive({ GlobalSecondaryIndexes = [], VectorIndexes = [] }: TableDescription): boolean {
  const indexes: readonly { readonly IndexStatus?: string | undefined }[] = [
    ...GlobalSecondaryIndexes,
    ...VectorIndexes,
  ];
  return indexes.every(({ IndexStatus = 'ACTIVE' }) => IndexStatus === 'ACTIVE');
}

function neverActive(status: string): CopyError {
  return new CopyError(
    'TABLE_NOT_READY',
    `The restore stopped because the new table has the status ${status}.`,
    remedies.waitForTable,
  );
}
