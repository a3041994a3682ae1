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
import { copySegments } from './copy-segments.ts';
import { finishScan } from './finish-scan.ts';
import { Resumption } from './resume/resumption.ts';
import { type CompleteScan, type ScanIdentity, ScanProgress, type ScanStatus } from './scan-progress.ts';
import type { ScanContext, ScanRequest } from './scan-request.ts';

/** A scan that has been started. */
export interface ScanRun {
  readonly progress: ScanStatus;
  /**
   * Rejects with the first error, after every open multipart upload was aborted. The copy then has no
   * manifest-summary.json.
   */
  readonly result: Promise<CompleteScan>;
}

/**
 * Scans a table and writes the marker, the data objects and the manifests. Resumes the copy of an earlier attempt if
 * there is one.
 */
export function runScan(request: ScanRequest, logger: Logger, signal: AbortSignal): ScanRun {
  const waits = new PendingWaits();
  const progress = new ScanProgress();
  const result = watchForStall(waits, signal, (stoppable) =>
    copyTable(request, { progress, waits, logger, signal: stoppable }),
  );
  return { progress, result };
}

/** What a scan has before it looks for the copy of an earlier attempt. */
type StartedContext = Pick<ScanContext, 'progress' | 'waits' | 'logger' | 'signal'>;

async function copyTable(request: ScanRequest, started: StartedContext): Promise<CompleteScan> {
  const { waits, logger, signal } = started;
  const { bucket, table } = request;
  const parameters = request.parametersOf('checkpoint');
  const resumption = new Resumption(request.resume, { bucket, table, parameters, waits, logger, signal });
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
  const copy: ScanContext = { ...started, request, identity, tableManifest };
  try {
    await copyUnlessUnhandledError(copy);
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
): Pick<ScanContext, 'tableManifest'> & { readonly stop: () => void } {
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
 * Copies the items. Fails if the process-func module causes an unhandled error, because an item may be missing as a
 * result. After all items are stored, such an error cannot affect the copy, so it is only a warning.
 */
async function copyUnlessUnhandledError(copy: ScanContext): Promise<void> {
  const unhandled = copy.request.transform?.unhandledErrors;
  if (!unhandled) return copySegments(copy);
  try {
    await copySegments({ ...copy, signal: AbortSignal.any([copy.signal, unhandled]) });
  } catch (error) {
    throw unhandled.aborted && (error as Error).name === 'AbortError' ? unhandled.reason : error;
  }
  unhandled.throwIfAborted();
  unhandled.addEventListener('abort', () => {
    copy.logger.warning(`${(unhandled.reason as Error).message} All items had already been stored.`);
  });
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
