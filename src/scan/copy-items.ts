import type { CopyRecord } from '../backup/copy-record.ts';
import { newDataName } from '../backup/export-id.ts';
import type { Layout } from '../backup/layout.ts';
import { FORMATS } from '../format/formats.ts';
import type { Narrator } from '../narrator.ts';
import { processLines } from '../process-func/process-lines.ts';
import { COMPRESSIONS } from '../s3/compression.ts';
import { ObjectWriter } from '../s3/object-writer.ts';
import { PartBuffers } from '../s3/part-buffers.ts';
import { DataObject } from './data-object.ts';
import { followCapacity } from './pacing/follow-capacity.ts';
import { Pacing } from './pacing/pacing.ts';
import { readCap } from './pacing/read-cap.ts';
import { PageReader } from './page-reader.ts';
import type { ScanRequest } from './scan.ts';
import { SegmentWorker } from './segment-worker.ts';
import { effectiveFileSize, planSegments, type Segment, scattered, wantsProbe } from './segments.ts';
import type { Waits } from './stall-watchdog.ts';
import { readCapacityOf, sizeMayBeStale } from './table.ts';

/** A Scan without Segment and TotalSegments. */
const WHOLE_TABLE: Segment = { index: 0, total: undefined };

/** Parts on their way to S3 at once, beside the one that each worker fills. */
export const PARTS_UNDER_WAY = 8;

/**
 * Reads every segment and writes its data objects.
 *
 * Memory: workers * (a 5 MiB part + a page of about 1.3 MB + its lines + the compressor's state) + 8 * 5 MiB of parts on
 * their way, on top of Node and the SDK. The size of the table does not come into it.
 *
 * @throws the first failure, after the other workers have stopped and every open upload was aborted
 */
export async function copyItems(
  request: ScanRequest,
  keys: Layout,
  record: CopyRecord,
  waits: Waits,
  narrator: Narrator,
  outer: AbortSignal,
): Promise<void> {
  const { target, table, scan, totalSegments } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const pacing = newPacing(request, record);
  const newWorker = (buffers: PartBuffers, fileSize: number) =>
    newSegmentWorker(request, keys, record, pacing, waits, buffers, fileSize, signal);
  const sizing = {
    requested: totalSegments,
    share: scan.share,
    hasStartKey: scan.startKey !== undefined,
    sizeBytes: target.sizeBytes,
    fileSize: request.fileSize,
    cores: request.cores,
  };

  if (wantsProbe(sizing)) {
    const worker = newWorker(new PartBuffers(1), request.fileSize);
    if (await copyOnePage(worker, pacing, record)) return;
  }

  const plan = planSegments({ ...sizing, sizeMayBeStale: sizeMayBeStale(target, table, record.scannedCount) });
  const fileSize = effectiveFileSize(request.fileSize, target.sizeBytes, plan.segments.length);
  if (fileSize > request.fileSize) {
    narrator.notice(
      `file-size is raised to ${fileSize} bytes: the copy would otherwise be more objects than an import can read.`,
    );
  }
  const workerCount = pacing.workers(plan.workers);
  record.segments = { total: plan.segments.length, done: 0, workers: workerCount };
  narrator.info(`Reading ${plan.segments.length} segments, ${workerCount} at a time.`);

  const buffers = new PartBuffers(workerCount + PARTS_UNDER_WAY);
  const queue = scattered(plan.segments).values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (worker: SegmentWorker) => {
    try {
      for (const segment of queue) await worker.copySegment(segment);
    } catch (error) {
      failure ??= { error };
      stop.abort();
    } finally {
      await worker.abort();
    }
  };
  // All made before the first one starts: where memory is short, that is told before anything is under way.
  const workers = Array.from({ length: workerCount }, () => newWorker(buffers, fileSize));
  const stopFollowing = followCapacity(request, pacing, record, narrator);
  await Promise.all(workers.map(work));
  stopFollowing();
  if (failure) throw failure.error;
}

/**
 * Reads a first page without segments and, where the table ends with it, writes it: small tables are read once, by one
 * request, into one object. The page of a larger table is dropped, as its segments read those items again.
 *
 * @returns whether that was the whole table
 */
async function copyOnePage(worker: SegmentWorker, pacing: Pacing, record: CopyRecord): Promise<boolean> {
  const pace = pacing.startSegment();
  const page = await worker.readPage(WHOLE_TABLE, undefined, pace).finally(pace.end);
  if (page.lastEvaluatedKey) return false;
  record.segments = { total: 1, done: 0, workers: 1 };
  try {
    await worker.writePage(page, WHOLE_TABLE);
    await worker.endObject();
  } finally {
    await worker.abort();
  }
  record.segments.done = 1;
  return true;
}

/** Notes the cap, and counts throttles, in the record. */
function newPacing({ readCapacity, table, target, scan }: ScanRequest, record: CopyRecord): Pacing {
  const { IndexName, ConsistentRead = false } = scan.request;
  const { unitsPerSecond } = readCap(readCapacity, readCapacityOf(table, IndexName));
  record.readCapacityCap = unitsPerSecond;
  return new Pacing({
    unitsPerSecond,
    consistentRead: ConsistentRead,
    bytesPerItem: target.sizeBytes && target.itemCount ? target.sizeBytes / target.itemCount : undefined,
    onThrottle: () => {
      record.throttledRequests += 1;
    },
  });
}

function newSegmentWorker(
  request: ScanRequest,
  keys: Layout,
  record: CopyRecord,
  pacing: Pacing,
  waits: Waits,
  buffers: PartBuffers,
  fileSize: number,
  signal: AbortSignal,
): SegmentWorker {
  const { compression, bucket, client, tableName, scan, processModule, table, runId } = request;
  const { transcode, extension } = FORMATS[processModule ? 'DYNAMODB_JSON' : request.format];
  const suffix = `.${processModule?.extension ?? extension}${COMPRESSIONS[compression].extension}`;
  const process =
    processModule &&
    ((lines: Buffer, segment: Segment) =>
      processLines(
        lines,
        processModule,
        { table: table.TableName ?? tableName, segment: segment.index, runId },
        signal,
      ));
  const parameters = request.parametersOf('data');
  const newObject = () => {
    const key = `${keys.data}${newDataName()}${suffix}`;
    return new DataObject(
      new ObjectWriter(bucket, key, parameters, buffers, signal),
      compression,
      processModule?.header,
    );
  };
  return new SegmentWorker({
    tableName,
    scan,
    fileSize,
    reader: new PageReader(client, transcode),
    pacing,
    waits,
    newObject,
    process,
    record,
    signal,
  });
}
