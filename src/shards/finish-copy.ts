import { CopyError } from '../errors.ts';
import { describeTableManifest } from '../manifest/describe-table-manifest.ts';
import { startTimeOf } from '../manifest/export-id.ts';
import { scanManifests, totalSize } from '../manifest/scan-manifests.ts';
import { writeManifests } from '../manifest/write-manifests.ts';
import { remedies } from '../remedies.ts';
import { describeTable, isUnchangedTable } from '../scan/table.ts';
import { type FinishContext, type FinishRequest, shardsFolder } from './finish-request.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { settleDataObjects } from './late-objects.ts';
import type { MergedShards } from './merge-shards.ts';
import { requireNoActiveJob } from './shard-jobs.ts';

/** All shards of a copy, or the copy itself if its manifests are written already. */
export type FoundShards =
  | { readonly kind: 'complete shards'; readonly shards: MergedShards }
  | { readonly kind: 'finished copy'; readonly finished: FinishedCopy };

/**
 * Finishes the copy, unless it is complete already.
 *
 * @throws {CopyError} EMPTY_COPY, SHARD_IN_USE, COPY_INCOMPLETE or TABLE_RECREATED, before any manifest is written
 */
export async function completeCopy(context: FinishContext, found: FoundShards): Promise<FinishedCopy> {
  if (found.kind === 'complete shards') return finishCopy(context, found.shards);
  const { finished } = found;
  rejectEmpty(finished.counts.itemCount, context.request);
  context.logger.info('The copy was complete already. No object was written.');
  // The step that completed it may have been killed before it deleted them.
  await removeCheckpoints(context);
  return finished;
}

/**
 * Checks that `data/` contains exactly the objects of the shards, then writes the manifests of the copy and deletes the
 * checkpoints of the shards.
 *
 * Several processes may finish the same copy at the same time or one after the other, and each may end at any point.
 * They write the same manifests: all content comes from the manifests of the shards, except for manifest-table.json and
 * the URL of the workflow run, for which the first one to write counts.
 */
async function finishCopy(context: FinishContext, shards: MergedShards): Promise<FinishedCopy> {
  const { request, waits, logger, signal } = context;
  const { client, tableName, tableArn, table, bucket, plan, copy, parameters, runUrl } = request;
  const { exportId, layout } = copy;
  rejectEmpty(shards.counts.itemCount, request);
  await requireNoActiveJob(context);
  await settleDataObjects(context, shards);
  await waits.during('DynamoDB to describe the table', requireUnchangedTable(request, signal));
  const definition = await waits.during(
    'DynamoDB to describe the settings of the table',
    describeTableManifest({ client, tableName, tableArn, table }, shards.scope, logger, signal),
  );
  const snapshotTime = new Date(startTimeOf(exportId));
  const manifests = scanManifests({
    ...shards,
    ...copy,
    bucket: bucket.name,
    prefix: plan.prefix,
    tableArn,
    startTime: snapshotTime,
    runUrl: runUrl ?? null,
    totalSegments: plan.segments,
    listing: 'verified',
    table: definition,
  });
  const writing = writeManifests({ bucket, layout, parameters, confirm: undefined, isShared: true, signal }, manifests);
  const { checksums } = await waits.during('S3 to store the manifests', writing);
  await waits.during('S3 to delete checkpoints', removeCheckpoints(context));
  return {
    exportId,
    layout,
    snapshotTime,
    scope: shards.scope,
    narrowedBy: shards.narrowedBy,
    outputFormat: shards.outputFormat,
    compression: shards.compression,
    counts: shards.counts,
    files: manifests.files,
    sizeBytes: totalSize(manifests.files),
    totalSegments: plan.segments,
    shards: shards.shards,
    checksums,
  };
}

/** @throws {CopyError} EMPTY_COPY */
export function rejectEmpty(itemCount: number, { ifEmpty }: Pick<FinishRequest, 'ifEmpty'>): void {
  if (itemCount > 0 || ifEmpty !== 'error') return;
  throw new CopyError('EMPTY_COPY', 'The copy contains no items.', remedies.allowEmptyCopies);
}

async function requireUnchangedTable({ client, tableName, table }: FinishRequest, signal: AbortSignal): Promise<void> {
  if (isUnchangedTable(await describeTable(client, tableName, signal), table)) return;
  throw new CopyError(
    'TABLE_RECREATED',
    'The table was deleted and re-created while this step was running. The copy is not finished.',
    remedies.copyShardsAgain(false),
  );
}

/** Deletes the checkpoints of all shards. Never throws: the copy is complete without it. */
async function removeCheckpoints({ request, waits, logger, signal }: FinishContext): Promise<void> {
  const { bucket } = request;
  const folder = shardsFolder(request);
  const remove = async () => {
    const keys: string[] = [];
    for await (const { key } of bucket.list(folder, signal)) keys.push(key);
    return bucket.delete(keys, signal, () => waits.noteProgress());
  };
  const notDeleted = await remove().catch(() => undefined);
  if (notDeleted?.length === 0) return;
  logger.notice(
    `The checkpoints of the shards in s3://${bucket.name}/${folder} were not deleted (s3:DeleteObject). They do not affect the copy, but they can contain key values. Grant s3:DeleteObject to the role, or add a lifecycle rule that expires them.`,
  );
}
