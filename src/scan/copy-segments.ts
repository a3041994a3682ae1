import { PartBuffers } from '../s3/part-buffers.ts';
import { ByteThread } from './byte-thread.ts';
import { followCapacity } from './follow-capacity.ts';
import { newPacing } from './new-pacing.ts';
import { lineFormat, newSegmentWorker } from './new-segment-worker.ts';
import type { Pacing } from './pacing/pacing.ts';
import { isReadBudgetExhausted } from './pacing/read-budget.ts';
import { PageBuffers } from './page-reader.ts';
import type { ResumableCopy } from './resume/find-resumable-copy.ts';
import { storedFiles } from './resume/read-segments.ts';
import type { ScanProgress } from './scan-progress.ts';
import type { ScanContext } from './scan-request.ts';
import type { SegmentWorker } from './segment-worker.ts';
import {
  effectiveFileSize,
  maxWorkers,
  needsProbe,
  planSegments,
  type Segment,
  type SegmentPlan,
  type SegmentSizing,
  scatterSegments,
  segmentRange,
} from './segments.ts';
import { sizeMayBeStale } from './table.ts';

/** Scan request without Segment and TotalSegments. */
const WHOLE_TABLE: Segment = { index: 0, total: undefined };

/** Maximum number of parts being uploaded at the same time, in addition to the part that each worker is filling. */
export const PARTS_IN_FLIGHT = 6;

/**
 * Reads every segment and writes its data objects. If the run resumes an earlier attempt, reads only the remaining
 * segments.
 *
 * Memory, in addition to Node, the SDK and the byte thread: workers * (a 5 MiB part + about 1 MiB for a page or its lines,
 * twice while it is converted + the compressor's state) + 6 * 5 MiB for parts being uploaded. Memory does not depend on
 * the size of the table.
 *
 * @throws the first error, after the other workers have stopped and every open multipart upload was aborted
 */
export async function copySegments(copy: ScanContext): Promise<void> {
  const { request, identity, progress, resumption, onReading, waits, logger } = copy;
  const { target, table, scan, totalSegments } = request;
  const { resumable } = resumption;
  const stop = new AbortController();
  const stoppable = { ...copy, signal: AbortSignal.any([copy.signal, stop.signal]) };
  const pacing = newPacing(request, resumption.earlierReadCapacity, progress, waits, logger);
  const pages = new PageBuffers();
  await using thread = new ByteThread(lineFormat(request));
  const sizing = {
    requested: totalSegments,
    shard: scan.shard,
    hasStartKey: scan.startKey !== undefined,
    sizeBytes: target.sizeBytes,
    fileSize: request.fileSize,
    cores: request.cores,
  };

  if (!resumable && needsProbe(sizing)) {
    const worker = newSegmentWorker(stoppable, pacing, { pages, thread, parts: new PartBuffers(1) }, request.fileSize);
    if (await copyOnePage(worker, pacing, copy)) return;
  }

  const plan = resumable
    ? remainingSegments(resumable, progress, request.cores)
    : planAll({ ...sizing, sizeMayBeStale: sizeMayBeStale(target, table, progress.figures.scannedCount) }, progress);
  const fileSize =
    resumable?.run.fileSize ??
    // The plan of a shard has a size that allows for the objects of all shards.
    (request.shard ? request.fileSize : effectiveFileSize(request.fileSize, target.sizeBytes, plan.segments.length));
  if (fileSize > request.fileSize) {
    logger.notice(
      `The maximum size of data objects is increased to ${fileSize} bytes. With smaller objects, the copy would have more objects than DynamoDB can import.`,
    );
  }
  const workerCount = pacing.workers(plan.workers);
  progress.limitWorkers(workerCount);
  logger.info(
    plan.segments.length === 1
      ? 'Reading 1 segment.'
      : `Reading ${plan.segments.length} segments, ${workerCount} at a time.`,
  );
  resumption.noteReadCapacity(pacing.readBudget.atMost);
  const beginning = resumption.begin({
    exportId: identity.exportId,
    prefix: request.prefix,
    startTime: request.shard ? Date.now() : identity.snapshotTime.getTime(),
    fileSize,
    segments: segmentRange(plan.segments),
  });
  await waits.during('S3 to store a checkpoint', beginning);
  if (resumption.keepsCheckpoints) pacing.readBudget.recordWith((units) => resumption.recordReadCapacity(units));
  progress.setResumable(resumption.keepsCheckpoints);

  // One stream of pages needs less than one core.
  if (workerCount > 1 && request.cores > 1) thread.start(pages.pageMemory, stoppable.signal);
  const shared = { pages, thread, parts: new PartBuffers(workerCount + PARTS_IN_FLIGHT) };
  const queue = scatterSegments(plan.segments).values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (worker: SegmentWorker) => {
    try {
      for (const segment of queue) await worker.copySegment(segment);
    } catch (error) {
      // The other workers find the read budget exhausted too, and first store what they have read.
      const isExhausted = isReadBudgetExhausted(error);
      if (!failure || (!isExhausted && isReadBudgetExhausted(failure.error))) failure = { error };
      if (!isExhausted) stop.abort();
    } finally {
      await worker.abort();
    }
  };
  // Create all workers before starting any: if memory is insufficient, the run fails before the first upload begins.
  const workers = Array.from({ length: workerCount }, () => newSegmentWorker(stoppable, pacing, shared, fileSize));
  const stopFollowing = followCapacity(request, pacing, progress, logger);
  const working = workers.map(work);
  onReading();
  await Promise.all(working);
  stopFollowing();
  // Written with the end of the attempt. Less than was recorded ahead.
  resumption.noteReadCapacity(pacing.readBudget.atMost);
  if (failure) throw failure.error;
}

function planAll(sizing: SegmentSizing, progress: ScanProgress): SegmentPlan {
  const plan = planSegments(sizing);
  progress.planSegments(plan.segments.length, plan.workers);
  return plan;
}

/**
 * Reads the first page without segments and writes it if it is the whole table: a small table needs only one request
 * and one object. The page of a larger table is discarded because the segments read its items again.
 *
 * @returns true if the page was the whole table
 */
async function copyOnePage(
  worker: SegmentWorker,
  pacing: Pacing,
  { progress, onReading }: ScanContext,
): Promise<boolean> {
  const pace = pacing.startSegment();
  const page = await worker.readPage(WHOLE_TABLE, undefined, pace).finally(pace.end);
  if (page.lastEvaluatedKey) return false;
  progress.planSegments(1, 1);
  try {
    const writing = worker.writePage(page, WHOLE_TABLE);
    onReading();
    await writing;
  } finally {
    await worker.abort();
  }
  progress.segmentDone(WHOLE_TABLE.index);
  return true;
}

/**
 * Returns the segments that an earlier attempt has not completed, and counts in `progress` what that attempt has
 * stored. TotalSegments stays the same: an ExclusiveStartKey is valid only for the same Segment and TotalSegments.
 */
export function remainingSegments(
  { run, segments }: ResumableCopy,
  progress: ScanProgress,
  cores: number,
): SegmentPlan {
  const { first, count, total } = run.segments;
  let storedItems = 0;
  for (const segment of segments.values()) {
    for (const file of storedFiles(segment)) {
      progress.fileStored(file);
      storedItems += file.itemCount;
    }
  }
  const { proved } = run;
  if (proved?.counts.itemCount === storedItems) {
    progress.count(proved.counts);
    progress.planSegments(count, 0, count);
    return { segments: [], workers: 0 };
  }
  for (const { position } of segments.values()) progress.count(position.counts);
  const remaining = Array.from({ length: count }, (_, i) => ({ index: first + i, total: total ?? undefined })).filter(
    ({ index }) => segments.get(index)?.position.ended !== true,
  );
  const workers = Math.min(remaining.length, maxWorkers(cores));
  progress.planSegments(count, workers, count - remaining.length);
  return { segments: remaining, workers };
}
