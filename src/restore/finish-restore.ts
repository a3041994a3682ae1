import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { formatCountOf } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { RESTORE_TAG } from './existing-table.ts';
import type { RestoreContext } from './restore-context.ts';
import type { RestoreProgress } from './restore-progress.ts';
import type { RestoreRequest } from './restore-request.ts';
import { applySettings, restoredTags, settingsToApply } from './restore-settings.ts';
import type { TableCreation } from './table-parameters.ts';
import { waitUntilActive } from './wait-until-active.ts';

/**
 * Maximum number of tags of a table. During the restore, one of them is the tag of the step.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
 */
export const MAX_TAGS = 50;

/** The table that items were loaded into. */
export interface LoadedTable {
  readonly name: string;
  /** True if this step or an earlier attempt of it created the table. It contains only items of the copy. */
  readonly isNew: boolean;
}

/**
 * Applies the settings of the copied table to a table that this step created, and removes its tag last.
 *
 * @param areTagsSet true if CreateTable has set the tags
 * @throws errors of the SDK
 */
export async function finishRestore(
  context: RestoreContext,
  { copy, settings, overrides, temporary, step }: RestoreRequest,
  afterLoad: TableCreation['afterLoad'],
  { progress, areTagsSet }: { readonly progress: RestoreProgress; readonly areTagsSet: boolean },
): Promise<void> {
  const { client, tableName, signal } = context;
  const { TableArn: tableArn = '' } = await waitUntilActive(context);
  progress.update({ stage: 'loaded', tableArn });
  const chosen = settingsToApply(settings, overrides, temporary);
  const target = { client, tableName, tableArn, signal };
  const appliedSettings = await applySettings(target, { afterLoad, copied: copy.settings, chosen }, areTagsSet);
  progress.update({ appliedSettings });
  if (!areTagsSet || !step) return;
  await removeTag(context, tableArn);
  const Tags = restoredTags(copy.settings, settings).slice(MAX_TAGS - 1);
  if (Tags.length === 0) return;
  await client.send(new TagResourceCommand({ ResourceArn: tableArn, Tags }), { abortSignal: signal });
}

/**
 * Removes the tag of the step, or at least changes its value: a re-run would otherwise load the complete table again,
 * although it can be in use by then.
 *
 * @throws errors of the SDK if neither is possible
 */
async function removeTag({ client, logger, signal }: RestoreContext, tableArn: string): Promise<void> {
  const command = new UntagResourceCommand({ ResourceArn: tableArn, TagKeys: [RESTORE_TAG] });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    const { name } = error as Error;
    // Servers other than DynamoDB may have no tags.
    if (/^(UnknownOperationException|ValidationException)$/.test(name)) return;
    const Tags = [{ Key: RESTORE_TAG, Value: 'complete' }];
    await client.send(new TagResourceCommand({ ResourceArn: tableArn, Tags }), { abortSignal: signal });
    const why =
      name === 'AccessDeniedException' ? ', because the role is not authorized to perform dynamodb:UntagResource' : '';
    logger.warning(`The tag ${RESTORE_TAG} remains on the table${why}. Its value is complete now.`);
  }
}

/**
 * Checks the number of items that were loaded.
 *
 * @param loaded undefined if DynamoDB reports none
 * @throws {CopyError} RESTORE_FAILED if it is not that of the copy
 */
export function checkLoadedCount(table: LoadedTable, loaded: number | undefined, expected: number): void {
  if (loaded === undefined) throw partialTable(table, 'DynamoDB reports no count of items');
  if (loaded === expected) return;
  throw partialTable(
    table,
    `${formatCountOf(loaded, 'item')} were loaded, but the copy contains ${formatCountOf(expected, 'item')}`,
  );
}

/** Returns the error of a table that does not contain all items of the copy. */
export function partialTable({ name, isNew }: LoadedTable, what: string): CopyError {
  return new CopyError(
    'RESTORE_FAILED',
    `${what}. ${isNew ? `The table ${name} is partial` : `Items of the copy can be missing in table ${name}`}.`,
    isNew ? remedies.deletePartialTable(name, undefined) : remedies.overwriteTable,
  );
}
