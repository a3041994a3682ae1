import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
  ListTagsOfResourceCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { describeKeyManager } from '../aws/describe-key.ts';
import { requiredMember } from '../aws/required-member.ts';
import type { Logger } from '../logger.ts';
import { TABLE_SETTINGS, TABLE_SETTINGS_IN_TURN } from '../timeouts.ts';
import type { Scope } from './layout.ts';
import { reasonUnknown } from './reason-unknown.ts';
import { createTableInput, notIncludedSettings, type TableKeyOwner, tableKmsKey } from './table-definition.ts';
import type { TableManifest, TableSettings } from './table-manifest.ts';

/** The table whose settings are read. */
export interface DescribedTable {
  readonly client: DynamoDBClient;
  /** Name, or the ARN of a table in another account. */
  readonly tableName: string;
  readonly tableArn: string;
  readonly table: TableDescription;
}

/**
 * Returns the contents of manifest-table.json. Logs which settings could not be read, in one line.
 *
 * @throws only if `signal` is aborted
 */
export async function describeTableManifest(
  described: DescribedTable,
  scope: Scope,
  logger: Logger,
  signal: AbortSignal,
): Promise<TableManifest> {
  const { table, tableArn } = described;
  const describedAt = new Date().toISOString();
  const { settings, keyOwner } = await describeSettings(described, signal);
  if (settings.unknown.length > 0) {
    logger.info(`manifest-table.json has no value for some settings of the table. ${settings.unknown.join('; ')}.`);
  }
  return {
    describedAt,
    tableArn,
    tableId: table.TableId ?? null,
    scope,
    CreateTable: createTableInput(table, keyOwner),
    ...settings,
    notIncluded: notIncludedSettings(table),
  };
}

/**
 * Reads the settings that DescribeTable does not report. Each needs one permission, and all of them are optional: what
 * cannot be read within `TABLE_SETTINGS` is listed in `unknown`.
 *
 * The requests are sent one after the other, over the connection that the scan has left: in a copy of a second, four
 * new connections would delay the others. If a response is late, the remaining requests no longer wait for it.
 */
async function describeSettings(
  { client, tableName, tableArn, table }: DescribedTable,
  signal: AbortSignal,
): Promise<{ readonly settings: TableSettings; readonly keyOwner: TableKeyOwner }> {
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(TABLE_SETTINGS)]);
  const options = { abortSignal };
  const unknown: string[] = [];
  const keyArn = tableKmsKey(table.SSEDescription);
  const patience = pause(TABLE_SETTINGS_IN_TURN, undefined, { signal: abortSignal, ref: false }).catch(() => {});
  const after = async <T>(previous: Promise<unknown> | undefined, read: () => Promise<T>): Promise<Outcome<T>> => {
    await Promise.race([previous, patience]);
    return outcomeBefore(abortSignal, read());
  };
  const first = after(undefined, () => readTimeToLive(client, tableName, options));
  const second = after(first, () => readRecovery(client, tableName, options));
  const third = after(second, () => readTags(client, tableArn, options));
  const fourth = after(third, () => readPolicy(client, tableArn, options));
  const last = after(fourth, async () =>
    keyArn === undefined ? 'unknown' : describeKeyManager(client, keyArn, options),
  );
  const [timeToLive, recovery, tags, policy, keyOwner] = await Promise.all([first, second, third, fourth, last]);
  signal.throwIfAborted();
  /** Returns the members; none if they could not be read, and records why. */
  const known = <T, Members>(name: string, operation: string, outcome: Outcome<T>, members: (value: T) => Members) => {
    if ('value' in outcome) return members(outcome.value);
    unknown.push(`${name}: ${reasonUnknown(operation, outcome.error)}`);
    return {};
  };
  const settings = {
    ...known('TimeToLive', 'dynamodb:DescribeTimeToLive', timeToLive, (TimeToLive) => ({ TimeToLive })),
    ...known('PointInTimeRecovery', 'dynamodb:DescribeContinuousBackups', recovery, (PointInTimeRecovery) => ({
      PointInTimeRecovery,
    })),
    ...known('Tags', 'dynamodb:ListTagsOfResource', tags, (Tags) => ({ Tags })),
    ...known('ResourcePolicy', 'dynamodb:GetResourcePolicy', policy, (ResourcePolicy) => ({ ResourcePolicy })),
    unknown,
  };
  known(
    'CreateTable.SSESpecification.KMSMasterKeyId may be the AWS managed key',
    'kms:DescribeKey',
    keyOwner,
    () => ({}),
  );
  return { settings, keyOwner: 'value' in keyOwner ? keyOwner.value : 'unknown' };
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** Does not wait for a pause before a retry, which the SDK does not end when the signal is aborted. */
async function outcomeBefore<T>(signal: AbortSignal, reading: Promise<T>): Promise<Outcome<T>> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return { value: await Promise.race([reading, aborted.promise]) };
  } catch (error) {
    return { error };
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface RequestOptions {
  readonly abortSignal: AbortSignal;
}

async function readTimeToLive(
  client: DynamoDBClient,
  TableName: string,
  options: RequestOptions,
): Promise<NonNullable<TableSettings['TimeToLive']>> {
  const response = await client.send(new DescribeTimeToLiveCommand({ TableName }), options);
  const description = requiredMember('DescribeTimeToLive', response, 'TimeToLiveDescription');
  const { TimeToLiveStatus } = description;
  if (TimeToLiveStatus !== 'ENABLED' && TimeToLiveStatus !== 'ENABLING') return { Enabled: false };
  return { AttributeName: requiredMember('DescribeTimeToLive', description, 'AttributeName'), Enabled: true };
}

async function readRecovery(
  client: DynamoDBClient,
  TableName: string,
  options: RequestOptions,
): Promise<NonNullable<TableSettings['PointInTimeRecovery']>> {
  const response = await client.send(new DescribeContinuousBackupsCommand({ TableName }), options);
  const backups = requiredMember('DescribeContinuousBackups', response, 'ContinuousBackupsDescription');
  const { PointInTimeRecoveryStatus, RecoveryPeriodInDays } = backups.PointInTimeRecoveryDescription ?? {};
  if (PointInTimeRecoveryStatus !== 'ENABLED') return { PointInTimeRecoveryEnabled: false };
  return {
    PointInTimeRecoveryEnabled: true,
    ...(RecoveryPeriodInDays !== undefined && { RecoveryPeriodInDays }),
  };
}

async function readTags(
  client: DynamoDBClient,
  ResourceArn: string,
  options: RequestOptions,
): Promise<NonNullable<TableSettings['Tags']>> {
  const tags: { Key: string; Value: string }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken }), options);
    for (const { Key = '', Value = '' } of page.Tags ?? []) tags.push({ Key, Value });
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return tags;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html */
async function readPolicy(
  client: DynamoDBClient,
  ResourceArn: string,
  options: RequestOptions,
): Promise<string | null> {
  try {
    const response = await client.send(new GetResourcePolicyCommand({ ResourceArn }), options);
    return requiredMember('GetResourcePolicy', response, 'Policy');
  } catch (error) {
    if ((error as Error).name === 'PolicyNotFoundException') return null;
    throw error;
  }
}
