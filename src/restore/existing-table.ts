import { isDeepStrictEqual } from 'node:util';
import {
  DescribeKinesisStreamingDestinationCommand,
  ListTagsOfResourceCommand,
  ScanCommand,
  type TableDescription,
  type Tag,
} from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { formatCountOf } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { nameOf } from './create-table.ts';
import type { RestoreContext, RestoreStep } from './restore-context.ts';
import type { TableDefinition } from './table-parameters.ts';

/** Parsed value of the input `if-table-exists`. */
export type IfTableExists = 'error' | 'load-if-empty' | 'overwrite';

/** What the user allows a restore to write into. */
export interface Allowances {
  readonly sourceTable: boolean;
  readonly globalTable: boolean;
  readonly stream: boolean;
}

/** Name of the tag of a table that a restore has created and not finished. */
export const RESTORE_TAG = 'dynamodb-to-s3:restore';

/**
 * Checks that the table itself may receive items: it is not the source of the copy, a global table or a table with a
 * stream, unless the user allows it.
 *
 * @param source ARN of the copied table
 * @throws {CopyError} TABLE_PROTECTED
 */
export async function checkAllowed(
  context: RestoreContext,
  table: TableDescription,
  source: { readonly tableArn: string; readonly tableId: string | undefined },
  allow: Allowances,
): Promise<void> {
  const reject = (what: string, allowance: string) => {
    throw new CopyError(
      'TABLE_PROTECTED',
      `The table ${nameOf(context.tableName)} ${what}. Nothing was written.`,
      remedies.allowTable(allowance),
    );
  };
  if (!allow.sourceTable && isSource(table, source)) {
    reject('is the table that the copy was made of, or a replica of it', 'allow-source-table');
  }
  if (!allow.globalTable && (table.Replicas?.length ?? 0) > 0) {
    reject(
      `has ${formatCountOf(table.Replicas?.length ?? 0, 'replica')}, which receive the items too`,
      'allow-global-table',
    );
  }
  if (allow.stream) return;
  if (table.StreamSpecification?.StreamEnabled) {
    reject('has a stream, whose consumers would process the loaded items', 'allow-stream');
  }
  if (await hasKinesisDestination(context)) {
    reject(
      'sends its changes to a Kinesis data stream, whose consumers would process the loaded items',
      'allow-stream',
    );
  }
}

/** A replica has the name of the table, in the same account and in another Region. */
function isSource(
  { TableArn = '', TableId }: TableDescription,
  source: { readonly tableArn: string; readonly tableId: string | undefined },
): boolean {
  if (TableArn === source.tableArn) return true;
  if (TableId !== undefined && TableId === source.tableId) return true;
  const withoutRegion = (arn: string) => arn.split(':').toSpliced(3, 1).join(':');
  return TableArn !== '' && withoutRegion(TableArn) === withoutRegion(source.tableArn);
}

/** The permission is optional: without it, only streams of DynamoDB are found. */
async function hasKinesisDestination({ client, tableName, logger, signal }: RestoreContext): Promise<boolean> {
  try {
    const response = await client.send(new DescribeKinesisStreamingDestinationCommand({ TableName: tableName }), {
      abortSignal: signal,
    });
    const destinations = response.KinesisDataStreamDestinations ?? [];
    return destinations.some(({ DestinationStatus = '' }) => /^(ACTIVE|ENABLING|UPDATING)$/.test(DestinationStatus));
  } catch (error) {
    const { name } = error as Error;
    if (name === 'AccessDeniedException') {
      logger.warning(
        'The Action could not check whether the table sends its changes to a Kinesis data stream: the role is not authorized to perform dynamodb:DescribeKinesisStreamingDestination.',
      );
      return false;
    }
    if (/^(UnknownOperationException|ValidationException|InternalFailure)$/.test(name)) return false;
    throw error;
  }
}

/**
 * Checks that the items of the copy fit the keys of an existing table.
 *
 * @param expected keys of the copied table; undefined if the copy contains no definition
 * @throws {CopyError} TABLE_EXISTS if the keys differ
 */
export function checkTableKeys(
  { KeySchema = [], AttributeDefinitions = [] }: TableDescription,
  expected: TableDefinition | undefined,
  tableName: string,
): void {
  if (!expected) return;
  const keysOf = (table: Pick<TableDefinition, 'KeySchema' | 'AttributeDefinitions'>) =>
    (table.KeySchema ?? []).map(({ AttributeName, KeyType }) => ({
      AttributeName,
      KeyType,
      type: table.AttributeDefinitions?.find((definition) => definition.AttributeName === AttributeName)?.AttributeType,
    }));
  if (isDeepStrictEqual(keysOf({ KeySchema, AttributeDefinitions }), keysOf(expected))) return;
  throw new CopyError(
    'TABLE_EXISTS',
    `The table ${nameOf(tableName)} exists and has other keys than the copied table.`,
    remedies.chooseAnotherTable,
  );
}

/**
 * Checks that an existing table that this step did not create may be loaded.
 *
 * @throws {CopyError} TABLE_EXISTS if this is not allowed, or if the table must be empty and contains an item
 */
export async function checkMayLoad(context: RestoreContext, ifTableExists: IfTableExists): Promise<void> {
  const { client, tableName, signal } = context;
  const name = nameOf(tableName);
  if (ifTableExists === 'overwrite') return;
  if (ifTableExists === 'error') {
    throw new CopyError('TABLE_EXISTS', `The table ${name} exists. Nothing was written.`, remedies.chooseAnotherTable);
  }
  // ItemCount is hours old. A page can be empty although the table is not, so all pages are read.
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        ConsistentRead: true,
        Limit: 1,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
      { abortSignal: signal },
    );
    if ((page.Items?.length ?? 0) > 0) {
      throw new CopyError(
        'TABLE_EXISTS',
        `The table ${name} is not empty. Nothing was written.`,
        remedies.chooseAnotherTable,
      );
    }
    ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (ExclusiveStartKey);
}

/**
 * Returns the tag of a table that is being restored. It contains the copy too: `latest` can be another copy in a re-run,
 * and the table then contains items of the earlier one.
 */
export function restoreTag({ id }: Pick<RestoreStep, 'id'>, exportId: string): Tag {
  return { Key: RESTORE_TAG, Value: `${id}/${exportId}` };
}

/**
 * Returns the export ID of the copy that an earlier attempt of this step was loading into the table when it ended. Only
 * a table that the step created, and whose restore is not complete, has the tag with it.
 *
 * @returns undefined if the table has no such tag, or if tags cannot be read
 */
export async function copyInOwnTable(
  context: Pick<RestoreContext, 'client' | 'signal'>,
  tableArn: string,
  { id }: Pick<RestoreStep, 'id'>,
): Promise<string | undefined> {
  const { client, signal } = context;
  try {
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new ListTagsOfResourceCommand({ ResourceArn: tableArn, ...(NextToken !== undefined && { NextToken }) }),
        { abortSignal: signal },
      );
      const { Value = '' } = page.Tags?.find(({ Key }) => Key === RESTORE_TAG) ?? {};
      const [, step, exportId] = /^([\da-f]{32})\/(\d{14}-[\da-f]{8})$/.exec(Value) ?? [];
      if (step === id) return exportId;
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    return undefined;
  } catch (error) {
    // Servers other than DynamoDB may have no tags.
    if (/^(AccessDeniedException|UnknownOperationException|ValidationException)$/.test((error as Error).name)) {
      return undefined;
    }
    throw error;
  }
}
