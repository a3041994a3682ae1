import { formatCountOf } from '../message-text.ts';
import { COMPRESSION_TYPES } from './compression-types.ts';
import { checkEqualKeys } from './count-items.ts';
import { nameOf } from './create-table.ts';
import { checkLoadedCount, finishRestore, partialTable } from './finish-restore.ts';
import { loadTable, type OnTableCreated, type Running } from './load-table.ts';
import type { RestorePlan } from './plan-restore.ts';
import type { RestoreContext } from './restore-context.ts';
import { RestoreProgress } from './restore-progress.ts';
import type { RestoreRequest } from './restore-request.ts';
import { startImport, waitForImport } from './table-import.ts';
import { forImportTable, type TableDefinition } from './table-parameters.ts';

/** A restore that is running. */
export interface RestoreRun {
  readonly progress: RestoreProgress;
  readonly result: Promise<void>;
}

/**
 * Creates the table if it does not exist, loads the items, counts them, and applies the settings.
 *
 * @param onCreated is not called for a table that existed before
 */
export function runRestore(
  context: RestoreContext,
  request: RestoreRequest,
  plan: RestorePlan,
  onCreated: OnTableCreated,
): RestoreRun {
  const progress = new RestoreProgress({
    stage: 'not started',
    method: plan.method,
    methodReason: plan.why,
    isNewTable: plan.target !== 'existing table' || plan.isOwn,
  });
  return { progress, result: restore(context, request, plan, { progress, onCreated }) };
}

async function restore(
  context: RestoreContext,
  request: RestoreRequest,
  plan: RestorePlan,
  running: Running,
): Promise<void> {
  const { progress } = running;
  if (plan.method === 'import') {
    if (plan.target === 'existing table') throw new Error('an import cannot load an existing table');
    await importCopy(context, request, plan, running);
  } else {
    if (plan.target === 'started import') throw new Error('a started import has the method import');
    await loadTable(context, request, plan, running);
  }
  progress.update({ stage: 'complete' });
}

async function importCopy(
  context: RestoreContext,
  request: RestoreRequest,
  plan: RestorePlan & { readonly target: 'new table' | 'started import'; readonly parameters: TableDefinition },
  { progress, onCreated }: Running,
): Promise<void> {
  const { copy, step, bucketOwner } = request;
  const name = nameOf(context.tableName);
  const { creation, afterLoad } = forImportTable(plan.parameters);
  progress.update({ stage: 'creating' });
  const started =
    plan.target === 'started import'
      ? plan.started
      : await startImport(
          context,
          {
            S3BucketSource: {
              S3Bucket: context.bucket.name,
              S3KeyPrefix: copy.dataPrefix,
              ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
            },
            InputFormat: copy.format,
            InputCompressionType: COMPRESSION_TYPES[copy.compression],
            TableCreationParameters: { ...creation, TableName: name },
          },
          step,
        );
  onCreated({ tableId: started.TableId, createdAt: undefined });
  progress.update({
    stage: 'loading',
    importArn: started.ImportArn,
    ...(started.TableArn !== undefined && { tableArn: started.TableArn }),
  });
  const { ImportedItemCount, ErrorCount = 0 } = await waitForImport(context, started, request.waiting, name);
  const target = { name, isNew: true };
  if (ErrorCount > 0) throw partialTable(target, `DynamoDB reports ${formatCountOf(ErrorCount, 'error')}`);
  checkLoadedCount(target, ImportedItemCount, copy.itemCount);
  await checkEqualKeys(context, request);
  progress.update({ itemCount: copy.itemCount });
  await finishRestore(context, request, afterLoad, { progress, areTagsSet: false });
}
