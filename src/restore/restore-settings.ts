import { setTimeout as pause } from 'node:timers/promises';
import {
  type DynamoDBClient,
  PutResourcePolicyCommand,
  type TableDescription,
  type Tag,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { TableSettings } from '../manifest/table-manifest.ts';
import { BETWEEN_PITR_ATTEMPTS, PITR_READY } from '../timeouts.ts';
import { RESTORE_TAG } from './existing-table.ts';
import type { TableCreation, TableOverrides } from './table-parameters.ts';
import { waitUntilActive } from './wait-until-active.ts';

/** Settings of a table that a restore can apply, in the order in which it applies them. */
export const RESTORE_SETTINGS = ['tags', 'pitr', 'stream', 'deletion-protection', 'resource-policy', 'ttl'] as const;

export type RestoreSetting = (typeof RESTORE_SETTINGS)[number];

export type RestoreSettings = readonly RestoreSetting[];

/** Settings without effect on the items, and on who can access the table. */
export const SAFE_SETTINGS: RestoreSettings = ['tags', 'pitr', 'stream', 'deletion-protection'];

/** Settings of the copied table that CreateTable does not take. Undefined members are unknown. */
export type CopiedSettings = Partial<Omit<TableSettings, 'unknown'>>;

/** Settings to apply to a table whose items are loaded. */
export interface SettingsToApply {
  readonly afterLoad: TableCreation['afterLoad'];
  readonly copied: CopiedSettings;
  readonly chosen: RestoreSettings;
}

interface Target {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly tableArn: string;
  readonly signal: AbortSignal;
}

/**
 * Returns the settings to apply: those that are chosen, and those of the overrides, which the user has requested by name.
 * A table that will be deleted gets no deletion protection.
 */
export function settingsToApply(
  chosen: RestoreSettings,
  { StreamSpecification, DeletionProtectionEnabled }: TableOverrides,
  temporary: boolean,
): RestoreSettings {
  const requested = new Set(chosen);
  if (StreamSpecification) requested.add('stream');
  if (DeletionProtectionEnabled) requested.add('deletion-protection');
  if (temporary) requested.delete('deletion-protection');
  return RESTORE_SETTINGS.filter((setting) => requested.has(setting));
}

/**
 * Returns the tags of the copied table that can be set. AWS reserves the prefix `aws:`. The copied table can have the tag
 * of a restore too: it was not complete, or the role was not authorized to remove the tag.
 */
export function restoredTags({ Tags = [] }: CopiedSettings, chosen: RestoreSettings): Tag[] {
  if (!chosen.includes('tags')) return [];
  return Tags.filter(({ Key }) => !/^aws:/i.test(Key ?? '') && Key !== RESTORE_TAG).map(({ Key, Value }) => ({
    Key,
    Value,
  }));
}

/**
 * Applies settings one after the other. TTL comes last, because DynamoDB then starts to delete expired items.
 *
 * @param areTagsSet true if CreateTable has already set the tags
 * @returns the settings that the table has now
 * @throws errors of the SDK; the settings before the failed one are applied
 */
export async function applySettings(
  target: Target,
  { afterLoad, copied, chosen }: SettingsToApply,
  areTagsSet: boolean,
): Promise<RestoreSetting[]> {
  const { client, tableArn, signal } = target;
  const { TimeToLive, PointInTimeRecovery, ResourcePolicy } = copied;
  const applied: RestoreSetting[] = [];
  const { TableClass } = afterLoad;
  if (TableClass !== undefined) {
    await update(target, { TableClass }, ({ TableClassSummary }) => TableClassSummary?.TableClass === TableClass);
  }
  const tags = restoredTags(copied, chosen);
  if (tags.length > 0) {
    if (!areTagsSet)
      await client.send(new TagResourceCommand({ ResourceArn: tableArn, Tags: tags }), { abortSignal: signal });
    applied.push('tags');
  }
  if (chosen.includes('pitr') && PointInTimeRecovery?.PointInTimeRecoveryEnabled) {
    await enablePitr(target, PointInTimeRecovery.RecoveryPeriodInDays);
    applied.push('pitr');
  }
  if (chosen.includes('stream') && afterLoad.StreamSpecification?.StreamEnabled) {
    const { StreamSpecification } = afterLoad;
    await update(target, { StreamSpecification }, (table) => table.StreamSpecification?.StreamEnabled === true);
    applied.push('stream');
  }
  if (chosen.includes('deletion-protection') && afterLoad.DeletionProtectionEnabled) {
    await update(target, { DeletionProtectionEnabled: true }, (table) => table.DeletionProtectionEnabled === true);
    applied.push('deletion-protection');
  }
  if (chosen.includes('resource-policy') && typeof ResourcePolicy === 'string') {
    await client.send(new PutResourcePolicyCommand({ ResourceArn: tableArn, Policy: ResourcePolicy }), {
      abortSignal: signal,
    });
    applied.push('resource-policy');
  }
  if (chosen.includes('ttl') && TimeToLive?.Enabled && TimeToLive.AttributeName !== undefined) {
    await enableTtl(target, TimeToLive.AttributeName);
    applied.push('ttl');
  }
  return applied;
}

/** Retries while DynamoDB rejects the request because the table was created a moment ago. */
async function enablePitr(
  { client, tableName, signal }: Target,
  RecoveryPeriodInDays: number | undefined,
): Promise<void> {
  const command = new UpdateContinuousBackupsCommand({
    TableName: tableName,
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: true,
      ...(RecoveryPeriodInDays !== undefined && { RecoveryPeriodInDays }),
    },
  });
  const until = performance.now() + PITR_READY;
  for (;;) {
    try {
      await client.send(command, { abortSignal: signal });
      return;
    } catch (error) {
      if ((error as Error).name !== 'ContinuousBackupsUnavailableException' || performance.now() > until) throw error;
    }
    await pause(BETWEEN_PITR_ATTEMPTS, undefined, { signal });
  }
}

async function enableTtl({ client, tableName, signal }: Target, AttributeName: string): Promise<void> {
  const command = new UpdateTimeToLiveCommand({
    TableName: tableName,
    TimeToLiveSpecification: { AttributeName, Enabled: true },
  });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (error) {
    // An earlier attempt enabled it.
    const { name, message } = error as Error;
    if (name !== 'ValidationException' || !/already enabled/i.test(message)) throw error;
  }
}

/**
 * Changes the table, unless an earlier attempt has done it: DynamoDB rejects a change that changes nothing. It accepts
 * one kind of change at a time, and only for an ACTIVE table.
 */
async function update(
  target: Target,
  change: Omit<UpdateTableCommandInput, 'TableName'>,
  isDone: (table: TableDescription) => boolean,
): Promise<void> {
  const { client, tableName, signal } = target;
  if (isDone(await waitUntilActive(target))) return;
  await client.send(new UpdateTableCommand({ TableName: tableName, ...change }), { abortSignal: signal });
  await waitUntilActive(target);
}
