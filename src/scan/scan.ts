import type { Logger } from '../logger.ts';
import { describeTableManifest } from '../manifest/describe-table-manifest.ts';
import { newExportId } from '../manifest/export-id.ts';
import { copyLayout } from '../manifest/layout.ts';
import type { TableManifest } from '../manifest/table-manifest.ts';
import type { Bucket } from '../s3/bucket.ts';
import { statusOf } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import { PendingWaits, watchForStall } from '../stall-watchdog.ts';
import { copyAllItems } from './copy-all-items.ts';
import { copyShard } from './copy-shard.ts';
import { finishScan } from './finish-scan.ts';
import { checkpointOwner, Resumption } from './resume/resumption.ts';
import { ScanProgress } from './scan-progress.ts';
import type { ScanContext, ScanRequest, StartedContext, WholeCopyContext } from './scan-request.ts';
import type { CompleteScan, CompleteShard, ScanIdentity, ScanStatus } from './scan-state.ts';

/** A scan that has been started. */
export interface ScanRun {
  readonly progress: ScanStatus;
  /**
   * Rejects with the first error, after every open multipart upload was aborted. The copy then has no
   * manifest-summary.json, and the shard no manifest.
   */
  readonly result: Promise<CompleteScan | CompleteShard>;
}

/**
 * Scans a table and writes the marker, the data objects and the manifests. For a shard, writes its data objects and the
 * manifest of the shard. Resumes the copy or shard of an earlier attempt if there is one.
 */
export function runScan(request: ScanRequest, logger: Logger, signal: AbortSignal): ScanRun {
  const waits = new PendingWaits();
  const progress = new ScanProgress();
  const { shard } = request;
  const result = watchForStall<CompleteScan | CompleteShard>(waits, signal, (stoppable) => {
    const started = { progress, waits, logger, signal: stoppable };
    return shard ? copyShard(request, shard, started) : copyTable(request, started);
  });
  return { progress, result };
}

async function copyTable(request: ScanRequest, started: StartedContext): Promise<CompleteScan> {
  const { waits, logger, signal } = started;
  const { bucket, table } = request;
  const parameters = request.parametersOf('checkpoint');
  const context = { bucket, table, parameters, waits, logger, signal };
  const resumption = new Resumption(request.resume && checkpointOwner(request.resume, context), context);
  try {
    const stoppable = AbortSignal.any([signal, resumption.lost]);
    return await copyOrResume(request, { ...started, resumption, signal: stoppable });
  } catch (error) {
    throw await resumption.fail(error);
  }
}

async function copyOrResume(
  initialRequest: ScanRequest,
  started: StartedContext & Pick<ScanContext, 'resumption'>,
): Promise<CompleteScan> {
  const { progress, resumption, waits, signal } = started;
  const { bucket } = initialRequest;
  await waits.during('S3 to return checkpoints', resumption.find());

  const { run } = resumption.resumable ?? {};
  // The first attempt of the copy resolved the placeholders of the prefix.
  const request = run ? { ...initialRequest, prefix: run.prefix } : initialRequest;
  const snapshotTime = run ? new Date(run.startTime) : new Date();
  const exportId = run?.exportId ?? newExportId(snapshotTime, initialRequest.resume);
  const keys = copyLayout(request.prefix, exportId);
  const identity: ScanIdentity = { exportId, layout: keys, snapshotTime };
  progress.start(identity);

  const putting = putMarker(bucket, keys.started, request.parametersOf('marker'), signal);
  const marker = await waits.during('S3 to store the marker', putting);

  const { tableManifest, stop } = tableManifestOf(request, started);
  const onReading = () => void tableManifest();
  const copy: WholeCopyContext = { ...started, request, identity, tableManifest, onReading };
  try {
    await copyAllItems(copy);
    const result = await waits.during('S3 to list the data objects and store the manifests', finishScan(copy, marker));
    await waits.during('S3 to delete checkpoints', resumption.end());
    return result;
  } finally {
    stop();
  }
}

/** @returns a function to stop the requests, which a failed copy does not need */
function tableManifestOf(
  request: ScanRequest,
  { logger, signal }: StartedContext,
): Pick<WholeCopyContext, 'tableManifest'> & { readonly stop: () => void } {
  const stopped = new AbortController();
  let described: Promise<TableManifest> | undefined;
  const describe = () =>
    describeTableManifest(request, request.scope, logger, AbortSignal.any([signal, stopped.signal]));
  return {
    tableManifest() {
      described ??= describe();
      // The copy may fail before it uses the result.
      described.catch(() => {});
      return described;
    },
    stop: () => stopped.abort(),
  };
}

/**
 * Writes the marker. This is the only real test of write access: permissions on the bucket itself prove nothing for the
 * keys under a prefix. With IfNoneMatch, an attempt that resumes a copy finds the marker of the first attempt and
 * returns that.
 */
export async function putMarker(
  bucket: Bucket,
  key: string,
  parameters: ObjectParameters,
  signal: AbortSignal,
): Promise<StoredObject> {
  try {
    return await bucket.put({ key, body: Buffer.alloc(0), parameters }, signal);
  } catch (error) {
    const found = statusOf(error) === 412 ? await bucket.head(key, signal) : undefined;
    if (found?.size !== 0) throw error;
    return found;
  }
}
