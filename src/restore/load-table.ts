import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { formatCountOf } from '../message-text.ts';
import { PendingWaits, watchForStall } from '../stall-watchdog.ts';
import { MIN_BULK_WRITE_UNITS, startBulkPut, waitForBulkPut } from './bulk-put.ts';
import { COMPRESSION_TYPES } from './compression-types.ts';
import { checkEqualKeys } from './count-items.ts';
import { type CreatedTable, createTable, nameOf } from './create-table.ts';
import { restoreTag } from './existing-table.ts';
import { checkLoadedCount, finishRestore, MAX_TAGS, partialTable } from './finish-restore.ts';
import type { RestorePlan } from './plan-restore.ts';
import type { RestoreContext } from './restore-context.ts';
import type { RestoreProgress } from './restore-progress.ts';
import type { RestoreRequest } from './restore-request.ts';
import { restoredTags } from './restore-settings.ts';
import { forCreateTable, type TableCreation, type TableDefinition } from './table-parameters.ts';
import { writeItems } from './write/write-items.ts';
import { describeWriteLimit, writeLimitFor } from './write-limit.ts';

/** Called with what identifies the table as soon as this step has created it. */
export type OnTableCreated = (created: CreatedTable) => void;

/** Progress of the restore, and the function that receives the identity of the new table. */
export interface Running {
  readonly progress: RestoreProgress;
  readonly onCreated: OnTableCreated;
}

interface Target {
  readonly table: TableDescription;
  readonly isNew: boolean;
}

/**
 * Creates the table if it does not exist, loads the items with BatchWriteItem or a bulk operation, and applies the
 * settings to a table that this step created.
 *
 * @throws {CopyError} RESTORE_FAILED if items are missing; the errors of `writeItems` and `waitForBulkPut`
 * @throws errors of the SDK
 */
export async function loadTable(
  context: RestoreContext,
  request: RestoreRequest,
  plan: RestorePlan & { readonly target: 'new table' | 'existing table' },
  running: Running,
): Promise<void> {
  const { progress } = running;
  const { table, afterLoad } =
    plan.target === 'new table'
      ? await createNewTable(context, request, plan.parameters, running)
      : { table: plan.table, afterLoad: plan.isOwn ? ownAfterLoad(request) : undefined };
  progress.update({ stage: 'loading', ...(table.TableArn !== undefined && { tableArn: table.TableArn }) });
  const isNew = afterLoad !== undefined;
  if (plan.method === 'bulk-put') await bulkPut(context, request, { table, isNew }, progress);
  else await write(context, request, { table, isNew }, progress);
  await checkEqualKeys(context, request);
  if (afterLoad === undefined) progress.update({ stage: 'loaded', appliedSettings: [] });
  else await finishRestore(context, request, afterLoad, { progress, areTagsSet: true });
}

async function createNewTable(
  context: RestoreContext,
  { copy, settings, step }: RestoreRequest,
  parameters: TableDefinition,
  { progress, onCreated }: Running,
): Promise<{ readonly table: TableDescription; readonly afterLoad: TableCreation['afterLoad'] }> {
  const { atCreation, afterLoad } = forCreateTable(parameters);
  progress.update({ stage: 'creating' });
  const restored = restoredTags(copy.settings, settings);
  const tags = step ? [...restored.slice(0, MAX_TAGS - 1), restoreTag(step, copy.exportId)] : restored;
  return { table: await createTable(context, atCreation, tags, onCreated), afterLoad };
}

/** The settings of a table that an earlier attempt created are those of the copy. */
function ownAfterLoad({ copy, overrides }: RestoreRequest): TableCreation['afterLoad'] {
  return forCreateTable({ ...copy.definition, ...overrides }).afterLoad;
}

async function write(
  context: RestoreContext,
  { copy, writeCapacity, rejectedKeysFile }: RestoreRequest,
  { table, isNew }: Target,
  progress: RestoreProgress,
): Promise<void> {
  const { client, bucket, tableName, logger, signal } = context;
  const limit = writeLimitFor(writeCapacity, table, isNew);
  logger.info(describeWriteLimit(limit));
  const waits = new PendingWaits();
  const request = {
    ...{ client, tableName, bucket, rejectedKeysFile, writeCapacity: limit.unitsPerSecond },
    keyAttributes: (table.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []),
    files: copy.files,
    format: copy.format,
    compression: copy.compression,
    hasOneMember: copy.hasOneMember,
    checksums: copy.checksums,
  };
  const { itemCount, consumedWriteCapacity } = await watchForStall(waits, signal, (stoppable) =>
    writeItems(request, { progress: progress.write, waits, signal: stoppable }),
  );
  progress.update({ itemCount, consumedWriteCapacity });
  checkLoadedCount({ name: nameOf(tableName), isNew }, itemCount, copy.itemCount);
}

async function bulkPut(
  context: RestoreContext,
  { copy, failedItems, bucketOwner, writeCapacity, waiting, step }: RestoreRequest,
  { table, isNew }: Target,
  progress: RestoreProgress,
): Promise<void> {
  const name = nameOf(context.tableName);
  if (!failedItems) throw new Error('a bulk operation needs a place for the records of failed items');
  const units = writeCapacity.kind === 'none' ? undefined : writeLimitFor(writeCapacity, table, isNew).unitsPerSecond;
  const started = await startBulkPut(
    context,
    {
      TableName: context.tableName,
      InputS3Configuration: {
        S3Bucket: context.bucket.name,
        S3KeyPrefix: copy.dataPrefix,
        InputFormat: copy.format,
        InputCompressionType: COMPRESSION_TYPES[copy.compression],
        ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
      },
      OutputS3Configuration: {
        S3Bucket: failedItems.bucket,
        OutputType: ['ERROR'],
        ...(failedItems.prefix !== '' && { S3KeyPrefix: failedItems.prefix }),
      },
      ...(units !== undefined && { MaxWriteRequestUnits: Math.max(MIN_BULK_WRITE_UNITS, Math.floor(units)) }),
    },
    step,
    table.TableId ?? '',
  );
  progress.update({ bulkOperationArn: started.BulkOperationArn });
  const failedItemsUri = `s3://${failedItems.bucket}/${failedItems.prefix}`;
  const ended = await waitForBulkPut(context, started, waiting, { tableName: name, failedItemsUri });
  const { ProcessedItemCount, FailedItemCount = 0 } = ended;
  const target = { name, isNew };
  if (FailedItemCount > 0) {
    throw partialTable(target, `DynamoDB reports ${formatCountOf(FailedItemCount, 'failed item')}`);
  }
  checkLoadedCount(target, ProcessedItemCount, copy.itemCount);
  progress.update({ itemCount: copy.itemCount });
}
