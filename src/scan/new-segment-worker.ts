import { FORMATS, type FormatName } from '../format/formats.ts';
import { newDataObjectName, shardNames } from '../manifest/export-id.ts';
import { keyDefinitions } from '../manifest/key-definitions.ts';
import { COMPRESSIONS } from '../s3/compression.ts';
import { ObjectWriter } from '../s3/object-writer.ts';
import type { PartBuffers } from '../s3/part-buffers.ts';
import { itemResults } from '../transform/item-results.ts';
import { TEXT_RESULTS } from '../transform/result-encoder.ts';
import { transformLines } from '../transform/transform-lines.ts';
import type { ByteThread } from './byte-thread.ts';
import { DataObject } from './data-object.ts';
import { objectAgeLimit } from './object-age-limit.ts';
import type { Pacing } from './pacing/pacing.ts';
import type { PageBuffers } from './page-reader.ts';
import { PageReader } from './page-reader.ts';
import type { ScanContext, ScanRequest } from './scan-request.ts';
import { SegmentWorker } from './segment-worker.ts';
import type { Segment } from './segments.ts';

/** Buffers and the thread that all workers share. The buffers limit the memory of a run. */
export interface SharedByWorkers {
  readonly pages: PageBuffers;
  readonly parts: PartBuffers;
  readonly thread: ByteThread;
}

/**
 * Returns a worker that reads with the client of the copy and writes data objects to the folder of the copy.
 *
 * @param fileSize uncompressed size in bytes at which a data object is completed
 */
export function newSegmentWorker(
  copy: ScanContext,
  pacing: Pacing,
  { pages, parts, thread }: SharedByWorkers,
  fileSize: number,
): SegmentWorker {
  const { request, identity, progress, resumption, waits, signal } = copy;
  const { compression, bucket, client, tableName, scan, transform, table, runId, shard } = request;
  const { transcode, extension } = FORMATS[request.format];
  const suffix = `.${transform?.extension ?? extension}${COMPRESSIONS[compression].extension}`;
  const transforming = transform && {
    module: transform,
    results: transform.output === 'item' ? itemResults(transcode, keyDefinitions(table)) : TEXT_RESULTS,
  };
  const applyTransform =
    transforming &&
    ((lines: Buffer, { index }: Segment) =>
      transformLines(lines, transforming, { table: table.TableName ?? tableName, segment: index, runId }, signal));
  const parameters = request.parametersOf('data', identity.snapshotTime);
  // An attempt that cannot resume a shard deletes its objects. A request of an earlier attempt that creates one of them
  // again must then expire with its signature: it is sent only if the attempt held the run lock after signing it.
  const confirm = shard && (() => resumption.confirmOwner());
  const names = shard ? shardNames(shard.index) : '';
  const newObject = (key = `${identity.layout.data}${newDataObjectName(names)}${suffix}`) => {
    return new DataObject(
      new ObjectWriter({ bucket, key, parameters, buffers: parts, signal, confirm, hash: thread.newHash() }),
      compression,
      transform?.header,
    );
  };
  return new SegmentWorker({
    tableName,
    scan,
    fileSize,
    reader: new PageReader(client, thread.convert, pages),
    pacing,
    waits,
    newObject,
    applyTransform,
    progress,
    checkpointOf: (index) => resumption.checkpointOf(index),
    ageLimit: objectAgeLimit(shard?.count),
    signal,
  });
}

/** Returns the format of the lines of a page: process-func gets lines in DYNAMODB_JSON. */
export function lineFormat({ transform, format }: Pick<ScanRequest, 'transform' | 'format'>): FormatName {
  return transform ? 'DYNAMODB_JSON' : format;
}
