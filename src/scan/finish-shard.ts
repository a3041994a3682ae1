import { CopyError } from '../errors.ts';
import { pickCounts } from '../manifest/counts.ts';
import { compareDataObjects } from '../manifest/data-objects.ts';
import { putManifest } from '../manifest/put-manifest.ts';
import type { CopyEncryption } from '../manifest/scan-manifests.ts';
import { formatShardManifest, shardDataPrefix, shardManifestKey } from '../manifest/shard-manifest.ts';
import { remedies } from '../remedies.ts';
import { ACTION } from '../version.ts';
import { checkSameTable, confirmCompletion, describeScan } from './finish-scan.ts';
import { tableIdentity } from './resume/find-resumable-copy.ts';
import type { ShardResumption } from './resume/shard-resumption.ts';
import type { ScanContext, ShardRequest } from './scan-request.ts';
import type { CompleteShard } from './scan-state.ts';
import { hashOfSettings } from './share-settings.ts';
import { verifyCounts, verifyNoDifference } from './verify-scan.ts';

/** A shard in progress. */
export interface ShardContext extends ScanContext {
  readonly resumption: ShardResumption;
  readonly shard: ShardRequest;
  readonly encryption: CopyEncryption;
}

/**
 * Verifies that the shard is complete, then writes its manifest.
 *
 * @throws {CopyError} COPY_INCOMPLETE or TABLE_RECREATED before the manifest is written; TAKEN_OVER if a later attempt has
 *   taken over the shard
 */
export async function finishShard(copy: ShardContext): Promise<CompleteShard> {
  const { request, identity, progress, resumption, shard, signal } = copy;
  const { layout } = identity;
  await resumption.confirmOwner();
  try {
    await check(copy);
  } catch (error) {
    // The error would occur again if the next attempt resumed this shard, so it has to start over.
    if (error instanceof CopyError && error.code === 'COPY_INCOMPLETE') {
      progress.setResumable(false);
      await resumption.markBroken();
    }
    throw error;
  }

  const { figures } = progress;
  const { scan, table, bucket } = request;
  const endTime = new Date(await resumption.recordVerifiedCounts(pickCounts(figures)));
  // Sorted by key: the order must not depend on which attempt stored which object.
  const files = figures.files.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const { tableId, tableCreated } = tableIdentity(table);
  const total = figures.segments.total;
  // The user did not narrow the copy to this shard.
  const { shard: _, ...parameters } = scan;
  const content = formatShardManifest({
    exportId: identity.exportId,
    shard: shard.name,
    request: hashOfSettings(shard.settings),
    action: `${ACTION.name}@${ACTION.version}`,
    tableArn: request.tableArn,
    tableId,
    tableCreated,
    ...describeScan({ ...request, scan: parameters }),
    startTime: new Date(resumption.startTime).toISOString(),
    endTime: endTime.toISOString(),
    segments: { first: (shard.index - 1) * total, count: total, total: shard.count * total },
    encryption: copy.encryption,
    counts: figures,
    files,
    ...resumption.late,
  });
  const key = shardManifestKey(layout, shard);
  const target = { bucket, parameters: request.parametersOf('manifest', identity.snapshotTime), isShared: false };
  signal.throwIfAborted();
  // This write is not aborted: otherwise the step could report an incomplete shard although the write succeeds.
  const { signal: last } = new AbortController();
  const confirm = () => resumption.confirmLock(true);
  const { etag } = await putManifest({ ...target, signal: last, confirm }, key, content);
  await confirmCompletion(copy, { key, etag, dataPrefix: shardDataPrefix(layout, shard) });
  return progress.completeShard(identity, files);
}

async function check({ request, identity, progress, resumption, shard, signal }: ShardContext): Promise<void> {
  const { bucket } = request;
  const { figures } = progress;
  verifyCounts(figures);
  // Lists the names of this shard only. The whole folder is listed when all shards are complete.
  const folder = shardDataPrefix(identity.layout, shard);
  const listed = await compareDataObjects(bucket, { files: figures.files, folder }, signal);
  const late = listed.unexpected.filter((key) => resumption.late.givenUp.includes(key));
  // Those that arrive later are deleted when all shards are complete.
  await bucket.delete(late, signal);
  const unexpected = listed.unexpected.filter((key) => !late.includes(key));
  verifyNoDifference({ ...listed, unexpected }, figures.files.length);
  await checkSameTable(request, remedies.newCopyOfTable, signal);
}
