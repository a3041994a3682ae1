import { isDeepStrictEqual } from 'node:util';
import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { OBJECT_AGE } from '../aws/timeouts.ts';
import type { Counts } from '../backup/counts.ts';
import { CopyError } from '../errors.ts';
import type { ProcessedLines } from '../process-func/process-lines.ts';
import { KeyTaken } from '../s3/find-object.ts';
import type { DataObject } from './data-object.ts';
import type { Pacing, SegmentPace } from './pacing/pacing.ts';
import type { Page, PageReader } from './page-reader.ts';
import type { ScanParameters } from './parameters.ts';
import { SegmentCheckpoint } from './resume/segment-checkpoint.ts';
import type { ScanProgress } from './scan-progress.ts';
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
  /** @param key of the object; a new one unless set */
  readonly newObject: (key?: string) => DataObject;
  /** What a process-func makes of lines in DYNAMODB_JSON; undefined where the lines are written as they are. */
  readonly process: ((lines: Buffer, segment: Segment) => Promise<ProcessedLines>) | undefined;
  readonly progress: ScanProgress;
  readonly checkpointOf: (index: number) => SegmentCheckpoint;
  readonly signal: AbortSignal;
}

/** An import reads so many objects only; from here on they end by their size alone. */
const MOST_OBJECTS_BY_AGE = 10_000;

/** Copies one segment after the other: pages in, data objects out. An object holds pages of one segment only. */
export class SegmentWorker {
  private readonly options: SegmentWorkerOptions;
  private object: DataObject | undefined;
  private checkpoint = new SegmentCheckpoint(0, undefined);

  constructor(options: SegmentWorkerOptions) {
    this.options = options;
  }

  /**
   * Reads a segment page by page until no LastEvaluatedKey is left: an empty page is not the end. Goes on where an
   * earlier attempt left off.
   */
  async copySegment(segment: Segment): Promise<void> {
    this.checkpoint = this.options.checkpointOf(segment.index);
    const pace = this.options.pacing.startSegment();
    try {
      let startKey: Page['lastEvaluatedKey'] = this.checkpoint.startKey ?? this.options.scan.startKey;
      do {
        const page = await this.readPage(segment, startKey, pace);
        if (startKey && isDeepStrictEqual(page.lastEvaluatedKey, startKey)) throw standstill(segment);
        startKey = await this.writePage(page, segment);
      } while (startKey);
    } finally {
      pace.end();
    }
    this.options.progress.segmentDone(segment.index);
  }

  /** Reads one page and counts what it cost, whether or not it is written. */
  async readPage(segment: Segment, startKey: Page['lastEvaluatedKey'], pace: SegmentPace): Promise<Page> {
    const { tableName, scan, reader, progress, waits, signal } = this.options;
    const input: ScanCommandInput = { TableName: tableName, ...scan.request };
    if (segment.total !== undefined) {
      input.Segment = segment.index;
      input.TotalSegments = segment.total;
    }
    if (startKey) input.ExclusiveStartKey = startKey;
    const askedAt = performance.now();
    const page = await waits.during('DynamoDB to answer Scan', reader.read(input, pace, signal));
    if (segment.total !== undefined) {
      progress.pageRead(segment.index, page.scannedCount, page.consumedCapacity, askedAt);
    }
    this.count({ scannedCount: page.scannedCount, consumedReadCapacity: page.consumedCapacity });
    return page;
  }

  /**
   * Writes a page's lines; ends the object where it is large or old enough, and at the end of the segment.
   *
   * @returns where the segment goes on
   */
  async writePage(page: Page, segment: Segment): Promise<Page['lastEvaluatedKey']> {
    const { process, waits } = this.options;
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
    this.count({ droppedCount });
    let next = page.lastEvaluatedKey;
    const { nextKey } = this.checkpoint;
    // An object of no items keeps one of an earlier attempt out that may still arrive.
    const isLastChance = next === undefined && !this.object && nextKey !== undefined;
    if (itemCount > 0 || isLastChance) {
      this.object ??= this.options.newObject(nextKey);
      const uncompressedBytes = await waits.during('S3 to take data', this.object.write(bytes, itemCount));
      this.count({ itemCount, uncompressedBytes });
    }
    if (this.object && (next === undefined || this.isDue(this.object))) {
      next = await waits.during('S3 to complete an object', this.endObject(this.object, next));
    }
    await waits.during('S3 to take a checkpoint', this.checkpoint.pageDone(next, this.object));
    return next;
  }

  /** Ends the object being written without a trace, after a failure. */
  async abort(): Promise<void> {
    const left = await this.object?.abort();
    this.object = undefined;
    if (left === 'upload left open') this.options.progress.uploadLeftOpen();
  }

  /**
   * @param next where the segment goes on after it
   * @returns the same, or where it goes on after an object of an earlier attempt that was there first
   */
  private async endObject(object: DataObject, next: Page['lastEvaluatedKey']): Promise<Page['lastEvaluatedKey']> {
    const { isKept } = this.checkpoint;
    if (isKept) await this.checkpoint.objectPending(await object.seal(), object.itemCount, next);
    try {
      const file = await object.complete(isKept);
      this.object = undefined;
      this.checkpoint.objectStored(file, next);
      this.options.progress.fileStored(file);
      return next;
    } catch (error) {
      if (!(error instanceof KeyTaken)) throw error;
      const late = await this.checkpoint.adoptLateObject();
      if (!late) throw foreignObject(error);
      await this.abort();
      this.options.progress.count(late.change);
      this.options.progress.fileStored(late.file);
      return late.next;
    }
  }

  private isDue({ uncompressedBytes, begunAt }: DataObject): boolean {
    const { fileSize, progress } = this.options;
    if (uncompressedBytes >= fileSize) return true;
    const isOld = this.checkpoint.isKept && Date.now() - begunAt >= OBJECT_AGE;
    return isOld && progress.fileCount < MOST_OBJECTS_BY_AGE;
  }

  private count(more: Partial<Readonly<Counts>>): void {
    this.options.progress.count(more);
    this.checkpoint.count(more);
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

function foreignObject(cause: KeyTaken): CopyError {
  return new CopyError(
    'COPY_INCOMPLETE',
    'Another object has the key of a data object that this step was about to store.',
    'Find out who else writes to the folder of this copy, whose name no other copy has. Then re-run the job.',
    { cause },
  );
}
