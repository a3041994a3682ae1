import type { Narrator } from '../logger.ts';
import { newExportId } from '../manifest/export-id.ts';
import { layout } from '../manifest/layout.ts';
import type { Bucket } from '../s3/bucket.ts';
import { statusOf } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { Acknowledgement } from '../s3/s3-objects.ts';
import { Waits, watchForStall } from '../stall-watchdog.ts';
import { copyItems } from './copy-segments.ts';
import { finish } from './finish-scan.ts';
import { Resumption } from './resume/resumption.ts';
import { type CompleteScan, type ScanIdentity, ScanProgress, type ScanView } from './scan-progress.ts';
import type { Copy, ScanRequest } from './scan-request.ts';

/** A scan that has been started. */
export interface ScanRun {
  readonly progress: ScanView;
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
export function runScan(wanted: ScanRequest, narrator: Narrator, signal: AbortSignal): ScanRun {
  const waits = new Waits();
  const progress = new ScanProgress();
  const result = watchForStall(waits, signal, (stoppable) => copyTable(wanted, progress, waits, narrator, stoppable));
  return { progress, result };
}

async function copyTable(
  wanted: ScanRequest,
  progress: ScanProgress,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<CompleteScan> {
  const { bucket, table } = wanted;
  const parameters = wanted.parametersOf('checkpoint');
  const resumption = new Resumption(wanted.resume, { bucket, table, parameters, waits, narrator, signal });
  try {
    const stoppable = AbortSignal.any([signal, resumption.lost]);
    return await copyOrResume(wanted, progress, resumption, waits, narrator, stoppable);
  } catch (error) {
    throw await resumption.fail(error);
  }
}

async function copyOrResume(
  wanted: ScanRequest,
  progress: ScanProgress,
  resumption: Resumption,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<CompleteScan> {
  const { bucket } = wanted;
  await waits.during('S3 to return checkpoints', resumption.find());

  const { run } = resumption.earlier ?? {};
  // The first attempt of the copy resolved the placeholders of the prefix.
  const request = run ? { ...wanted, prefix: run.prefix } : wanted;
  const snapshotTime = run ? new Date(run.startTime) : new Date();
  const exportId = run?.exportId ?? newExportId(snapshotTime, wanted.resume);
  const keys = layout(request.prefix, exportId);
  const identity: ScanIdentity = { exportId, layout: keys, snapshotTime };
  progress.start(identity);

  const putting = putMarker(bucket, keys.started, request.parametersOf('marker'), signal);
  const marker = await waits.during('S3 to store the marker', putting);

  const copy: Copy = { request, identity, progress, resumption, waits, narrator, signal };
  await copyUnlessStrayError(copy);
  const result = await waits.during('S3 to list the data objects and store the manifests', finish(copy, marker));
  await waits.during('S3 to delete checkpoints', resumption.end());
  return result;
}

/**
 * Copies the items. Fails if the process-func module causes an unhandled error, because an item may be missing as a
 * result. After all items are stored, such an error cannot affect the copy, so it is only a warning.
 */
async function copyUnlessStrayError(copy: Copy): Promise<void> {
  const stray = copy.request.processModule?.strayErrors;
  if (!stray) return copyItems(copy);
  try {
    await copyItems({ ...copy, signal: AbortSignal.any([copy.signal, stray]) });
  } catch (error) {
    throw stray.aborted && (error as Error).name === 'AbortError' ? stray.reason : error;
  }
  stray.throwIfAborted();
  stray.addEventListener('abort', () => {
    copy.narrator.warning(`${(stray.reason as Error).message} All items had already been stored.`);
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
): Promise<Acknowledgement> {
  try {
    return await bucket.put(key, Buffer.alloc(0), parameters, signal);
  } catch (error) {
    const found = statusOf(error) === 412 ? await bucket.head(key, signal) : undefined;
    if (found?.size !== 0) throw error;
    return found;
  }
}
