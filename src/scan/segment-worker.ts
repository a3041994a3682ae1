import { isDeepStrictEqual } from 'node:util';
import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { CopyRecord } from '../backup/copy-record.ts';
import { CopyError } from '../errors.ts';
import type { ProcessedLines } from '../process-func/process-lines.ts';
import type { DataObject } from './data-object.ts';
import type { Pacing, SegmentPace } from './pacing/pacing.ts';
import type { Page, PageReader } from './page-reader.ts';
import type { ScanParameters } from './parameters.ts';
import type { Segment } from './segments.ts';
import type { Waits } from './stall-watchdog.ts';

export interface SegmentWorkerOptions {
  readonly tableName: string;
  readonly scan: ScanParameters;
  /** Bytes of lines after which an object ends. */
  readonly fileSize: number;
  readonly reader: PageReader;
  readonly pacing: Pacing;
  readonly waits: Waits;
  readonly newObject: () => DataObject;
  /** What a process-func makes of lines in DYNAMODB_JSON; undefined where the lines are written as they are. */
  readonly process: ((lines: Buffer, segment: Segment) => Promise<ProcessedLines>) | undefined;
  readonly record: CopyRecord;
  readonly signal: AbortSignal;
}

/** Copies one segment after the other: pages in, data objects out. An object holds pages of one segment only. */
export class SegmentWorker {
  private readonly options: SegmentWorkerOptions;
  private object: DataObject | undefined;

  constructor(options: SegmentWorkerOptions) {
    this.options = options;
  }

  /** Reads a segment page by page until no LastEvaluatedKey is left: an empty page is not the end. */
  async copySegment(segment: Segment): Promise<void> {
    const pace = this.options.pacing.startSegment();
    try {
      let startKey = this.options.scan.startKey;
      do {
        const page = await this.readPage(segment, startKey, pace);
        if (startKey && isDeepStrictEqual(page.lastEvaluatedKey, startKey)) throw standstill(segment);
        await this.writePage(page, segment);
        startKey = page.lastEvaluatedKey;
      } while (startKey);
    } finally {
      pace.end();
    }
    await this.endObject();
    this.options.record.segments.done += 1;
  }

  /** Reads one page and counts what it cost, whether or not it is written. */
  async readPage(segment: Segment, startKey: Page['lastEvaluatedKey'], pace: SegmentPace): Promise<Page> {
    const { tableName, scan, reader, record, waits, signal } = this.options;
    const input: ScanCommandInput = { TableName: tableName, ...scan.request };
    if (segment.total !== undefined) {
      input.Segment = segment.index;
      input.TotalSegments = segment.total;
    }
    if (startKey) input.ExclusiveStartKey = startKey;
    const page = await waits.during('DynamoDB to answer Scan', reader.read(input, pace, signal));
    record.scannedCount += page.scannedCount;
    record.consumedReadCapacity += page.consumedCapacity;
    return page;
  }

  /** Writes a page's lines; ends the object where it has reached its size. */
  async writePage(page: Page, segment: Segment): Promise<void> {
    const { record, fileSize, newObject, process, waits } = this.options;
    const { bytes, itemCount, droppedCount } = process
      ? await waits.duringOwnTimeouts(process(page.lines, segment))
      : { bytes: page.lines, itemCount: page.itemCount, droppedCount: 0 };
    if (itemCount + droppedCount !== page.itemCount) {
      throw new CopyError(
        'COPY_INCOMPLETE',
        `Of a page of ${page.itemCount} items, ${itemCount} were made and ${droppedCount} left out.`,
        'This is a fault of the Action: please report it.',
      );
    }
    record.droppedCount += droppedCount;
    if (itemCount === 0) return;
    this.object ??= newObject();
    const written = await waits.during('S3 to take data', this.object.write(bytes, itemCount));
    record.itemCount += itemCount;
    record.uncompressedBytes += written;
    if (this.object.uncompressedBytes >= fileSize) await this.endObject();
  }

  /** Completes the object being written, if there is one. */
  async endObject(): Promise<void> {
    if (!this.object) return;
    const { record, waits } = this.options;
    const { size, ...file } = await waits.during('S3 to complete an object', this.object.complete());
    this.object = undefined;
    record.files.push(file);
    record.sizeBytes += size;
  }

  /** Ends the object being written without a trace, after a failure. */
  async abort(): Promise<void> {
    const left = await this.object?.abort();
    this.object = undefined;
    if (left === 'upload left open') this.options.record.uploadsLeftOpen += 1;
  }
}

/** No table ends then, and the items of one page would be read for ever. */
function standstill({ index }: Segment): CopyError {
  return new CopyError(
    'PAGE_CORRUPT',
    `DynamoDB answered a Scan of segment ${index} with the very key that it was to go on after.`,
    'Run the step again. If it fails again, check what AWS_ENDPOINT_URL_DYNAMODB points to.',
  );
}
