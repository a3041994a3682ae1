import { CopyError } from '../errors.ts';
import { startTimeOf } from '../manifest/export-id.ts';
import { checkpointFolder, copyLayout } from '../manifest/layout.ts';
import { shardDataPrefix } from '../manifest/shard-manifest.ts';
import { copyAllItems } from './copy-all-items.ts';
import { findCompleteShard, isShardComplete, takeManifestKey } from './find-complete-shard.ts';
import { finishShard, type ShardContext } from './finish-shard.ts';
import type { RunState } from './resume/resume-state.ts';
import { type ShardResumeRequest, ShardResumption } from './resume/shard-resumption.ts';
import type { ScanRequest, ShardRequest, StartedContext } from './scan-request.ts';
import type { CompleteShard, ScanIdentity } from './scan-state.ts';
import { hashOfSettings, shareSettings } from './share-settings.ts';

/**
 * Scans one shard of a table and writes its data objects and its manifest. Resumes the shard of an earlier attempt. If an
 * earlier attempt has completed the shard, writes nothing.
 *
 * Many jobs write into the same folder at the same time. Each lists, aborts and deletes only what has a name of its own
 * shard, and only under the run lock of the shard and while the shard has no manifest.
 */
export async function copyShard(
  request: ScanRequest,
  shard: ShardRequest,
  started: StartedContext,
): Promise<CompleteShard> {
  const { progress, waits, logger, signal } = started;
  const { bucket, prefix, table } = request;
  const { exportId, name } = shard;
  const layout = copyLayout(prefix, exportId);
  const identity: ScanIdentity = { exportId, layout, snapshotTime: new Date(startTimeOf(exportId)) };
  const reuse = async () => {
    const finding = findCompleteShard(bucket, identity, shard, signal);
    const found = await waits.during('S3 to return the manifest of the shard', finding);
    if (found) logger.notice(`Shard ${name} was completed by an earlier attempt. Nothing is copied.`);
    return found && progress.reuseShard(identity, found);
  };
  const complete = await reuse();
  if (complete) return complete;

  progress.start(identity);
  logger.info(`Copying shard ${name} to s3://${bucket.name}/${layout.root}`);
  const key = `${checkpointFolder(prefix, exportId)}request.json`;
  const sharing = shareSettings(request, key, shard.settings, signal);
  const encryption = await waits.during('S3 to store the settings of the copy', sharing);

  const parameters = request.parametersOf('checkpoint');
  const resume = shardResumeRequest(request, shard, layout);
  const resumption = new ShardResumption(resume, { bucket, table, parameters, waits, logger, signal });
  try {
    const claiming = resumption.claim({
      isComplete: () => isShardComplete(bucket, identity, shard, signal),
      takeManifestKey: () => takeManifestKey(request, identity, shard, signal),
    });
    const claimed = await waits.during('S3 to return checkpoints', claiming);
    const copy: ShardContext = {
      ...{ request, identity, progress, resumption, shard, encryption, waits, logger },
      // The table is described when all shards are complete.
      onReading: () => {},
      signal: AbortSignal.any([signal, resumption.lost]),
    };
    const result = claimed === 'complete' ? await reuse() : await copyAndFinish(copy);
    if (!result) throw withdrawn(name);
    await waits.during('S3 to delete checkpoints', resumption.end());
    return result;
  } catch (error) {
    throw await resumption.fail(error);
  }
}

/** Returns the error for a manifest that an attempt has deleted because it had lost the run lock. */
function withdrawn(name: string): CopyError {
  return new CopyError(
    'COPY_INCOMPLETE',
    `The manifest of shard ${name} was deleted while this step read it.`,
    'Choose "Re-run failed jobs".',
  );
}

async function copyAndFinish(copy: ShardContext): Promise<CompleteShard> {
  await copyAllItems(copy);
  return copy.waits.during('S3 to list the data objects and store the manifest', finishShard(copy));
}

function shardResumeRequest(
  { prefix, totalSegments }: ScanRequest,
  shard: ShardRequest,
  layout: ScanIdentity['layout'],
): ShardResumeRequest {
  if (totalSegments === 'auto') throw new Error('the number of segments of a shard comes from its plan');
  const { exportId, index, count, name, attempt, settings } = shard;
  const total = count * totalSegments;
  const segments: RunState['segments'] = {
    first: (index - 1) * totalSegments,
    count: totalSegments,
    total: total === 1 ? null : total,
  };
  return {
    step: `${exportId}/${name}`,
    attempt,
    prefix,
    requestHash: hashOfSettings(settings),
    isPrefix: (other) => other === prefix,
    shard: { exportId, dataPrefix: shardDataPrefix(layout, shard), segments },
  };
}
