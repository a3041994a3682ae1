import { CreateTableCommand, type TableDescription, type Tag } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { TABLE_KNOWN } from '../timeouts.ts';
import type { RestoreContext } from './restore-context.ts';
import type { TableDefinition } from './table-parameters.ts';
import { waitUntilActive } from './wait-until-active.ts';

/** Identity of a table: another table that later has the same name differs from it. */
export interface CreatedTable {
  /** Undefined for servers without table IDs. */
  readonly tableId: string | undefined;
  readonly createdAt: Date | undefined;
}

/**
 * Creates the table and waits until it and its indexes are ACTIVE.
 *
 * @param tags tags of the table, among them the one by which a later attempt recognizes it
 * @param onCreated called as soon as DynamoDB has accepted the request
 * @throws errors of the SDK; ResourceInUseException if a table with the name exists
 */
export async function createTable(
  context: RestoreContext,
  parameters: TableDefinition,
  tags: readonly Tag[],
  onCreated: (created: CreatedTable) => void,
): Promise<TableDescription> {
  const { client, tableName, logger, signal } = context;
  const command = new CreateTableCommand({
    ...parameters,
    TableName: nameOf(tableName),
    ...(tags.length > 0 && { Tags: [...tags] }),
  });
  const response = await client.send(command, { abortSignal: signal });
  onCreated(createdTable(requiredMember('CreateTable', response, 'TableDescription')));
  logger.info(`Created table ${nameOf(tableName)}.`);
  return waitUntilActive(context, performance.now() + TABLE_KNOWN);
}

/** Returns what identifies a table. */
export function createdTable({ TableId, CreationDateTime }: TableDescription): CreatedTable {
  return { tableId: TableId, createdAt: CreationDateTime };
}

/** Returns whether a table is the one that was created, and not a later one with the same name. */
export function isSameTable({ tableId, createdAt }: CreatedTable, now: TableDescription): boolean {
  if (tableId !== undefined && now.TableId !== undefined) return tableId === now.TableId;
  return createdAt !== undefined && createdAt.getTime() === now.CreationDateTime?.getTime();
}

/** Returns the name of a table from its name or its ARN. */
export function nameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? (nameOrArn.split('/')[1] ?? nameOrArn) : nameOrArn;
}
