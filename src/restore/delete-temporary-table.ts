import { setTimeout as pause } from 'node:timers/promises';
import { DeleteTableCommand, DescribeTableCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { BETWEEN_TABLE_CHECKS } from '../timeouts.ts';
import { type CreatedTable, isSameTable, nameOf } from './create-table.ts';
import { copyInOwnTable } from './existing-table.ts';
import type { RestoreContext } from './restore-context.ts';
import { findEarlierImport } from './table-import.ts';

/** Result of deleting a temporary table. */
export type Deletion =
  | 'deleted'
  /** No table has the name, and no import is about to create it. */
  | 'does not exist'
  /** The table is not the one that the step created, or nothing proves that it is. */
  | 'not created by this step'
  /** DynamoDB still loads or changes the table. */
  | 'busy';

/**
 * Deletes a temporary table if the step created it: it has the same ID or creation time, the tag of the step, or comes
 * from an import with a token of the step. While DynamoDB is still busy with the table, tries again until the signal of
 * the context fires.
 *
 * @param created undefined if the step did not learn what identifies the table
 * @param step identity of the step; undefined outside of a workflow run
 * @throws errors of the SDK
 */
export async function deleteTemporaryTable(
  context: Pick<RestoreContext, 'client' | 'tableName' | 'signal'>,
  created: CreatedTable | undefined,
  step: string | undefined,
): Promise<Deletion> {
  const { signal } = context;
  let wasProven = false;
  for (;;) {
    const table = await describe(context);
    const started =
      step === undefined ? undefined : await findEarlierImport(context, { id: step }, nameOf(context.tableName));
    const isLoading = started?.ImportStatus === 'IN_PROGRESS';
    if (!table && !isLoading) return wasProven ? 'deleted' : 'does not exist';
    if (table) {
      // Each time: another table can have the name by now.
      const isProven =
        (created !== undefined && isSameTable(created, table)) ||
        (started?.TableId !== undefined && started.TableId === table.TableId) ||
        (step !== undefined && (await copyInOwnTable(context, table.TableArn ?? '', { id: step })) !== undefined);
      if (!isProven) return 'not created by this step';
      wasProven = true;
      if (table.TableStatus === 'DELETING') return 'deleted';
      if (!isLoading && (await requestDeletion(context)) === 'accepted') return 'deleted';
    }
    try {
      await pause(BETWEEN_TABLE_CHECKS, undefined, { signal });
    } catch {
      return 'busy';
    }
  }
}

async function describe({
  client,
  tableName,
  signal,
}: Pick<RestoreContext, 'client' | 'tableName' | 'signal'>): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }), { abortSignal: signal })).Table;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** DynamoDB rejects the deletion while it creates or changes the table, or sets its tags. */
async function requestDeletion({
  client,
  tableName,
  signal,
}: Pick<RestoreContext, 'client' | 'tableName' | 'signal'>): Promise<'accepted' | 'busy'> {
  try {
    await client.send(new DeleteTableCommand({ TableName: tableName }), { abortSignal: signal });
    return 'accepted';
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ResourceNotFoundException') return 'accepted';
    if (name === 'ResourceInUseException') return 'busy';
    throw error;
  }
}
