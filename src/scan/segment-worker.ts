import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import type { Counts } from '../manifest/counts.ts';
import { KeyTaken } from '../s3/find-object.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import type { TransformedLines } from '../transform/transform-lines.ts';
import type { DataObject } from './data-object.ts';
import type { ObjectAgeLimit } from './object-age-limit.ts';
import type { Pacing, SegmentPace } from './pacing/pacing.ts';
import { isReadBudgetExhausted } from './pacing/read-budget.ts';
import { type Page, type PageReader, requireAdvance } from './page-reader.ts';
import { SegmentCheckpoint } from './resume/segment-checkpoint.ts';
import type { ScanParameters } from './scan-parameters.ts';
import type { ScanProgress } from './scan-progress.ts';
import { type Segment, segmentParameters } from './segments.ts';

export interface SegmentWorkerOptions {
  readonly tableName: string;
  readonly scan: ScanParameters;
  /** Uncompressed size in bytes at which a data object is completed. */
  readonly fileSize: number;
  readonly reader: PageReader;
  readonly pacing: Pacing;
  readonly waits: PendingWaits;
  /** @param key key of the object; if undefined, a new key is generated */
  readonly newObject: (key?: string) => DataObject;
  /** Applies process-func to lines in DYNAMODB_JSON; undefined if the lines are written unchanged. */
  readonly applyTransform: ((lines: Buffer, segment: Segment) => Promise<TransformedLines>) | undefined;
  readonly progress: ScanProgress;
  readonly checkpointOf: (index: number) => SegmentCheckpoint;
  readonly ageLimit: ObjectAgeLimit;
  readonly signal: AbortSignal;
}

/** Copies segments one at a time: reads pages and writes data objects. An object contains pages of one segment only. */
export class SegmentWorker {
  private readonly options: SegmentWorkerOptions;
  private object: DataObject | undefined;
  private checkpoint = new SegmentCheckpoint(0, undefined);

  constructor(options: SegmentWorkerOptions) {
    this.options = options;
  }

  /**
   * Reads a segment page by page until a page has no LastEvaluatedKey: a page without items is not the end. Resumes at
   * the checkpoint of an earlier attempt.
   */
  async copySegment(segment: Segment): Promise<void> {
    this.checkpoint = this.options.checkpointOf(segment.index);
    const pace = this.options.pacing.startSegment();
    try {
      let startKey: Page['lastEvaluatedKey'] = this.checkpoint.startKey ?? this.options.scan.startKey;
      do {
        const page = await this.readNextPage(segment, startKey, pace);
        requireAdvance(page, startKey, segment.index);
        startKey = await this.writePage(page, segment);
      } while (startKey);
    } finally {
      pace.end();
    }
    this.options.progress.segmentDone(segment.index);
  }

  /** Reads a page. If the read budget does not allow it, first stores what was read: a re-run continues after it. */
  private async readNextPage(segment: Segment, startKey: Page['lastEvaluatedKey'], pace: SegmentPace): Promise<Page> {
    try {
      return await this.readPage(segment, startKey, pace);
    } catch (error) {
      if (!isReadBudgetExhausted(error) || !this.checkpoint.keepsCheckpoints) throw error;
      if (this.object)
        await this.options.waits.during('S3 to complete an object', this.endObject(this.object, startKey));
      await this.options.waits.during('S3 to store a checkpoint', this.checkpoint.flush());
      throw error;
    }
  }

  /** Reads one page and counts its items and its consumed capacity, even if the page is not written later. */
  async readPage(segment: Segment, startKey: Page['lastEvaluatedKey'], pace: SegmentPace): Promise<Page> {
    const { tableName, scan, reader, progress, waits, signal } = this.options;
    const input: ScanCommandInput = { TableName: tableName, ...scan.request, ...segmentParameters(segment) };
    if (startKey) input.ExclusiveStartKey = startKey;
    const requestedAt = performance.now();
    const page = await waits.during('DynamoDB to respond to Scan', reader.read(input, pace, signal));
    if (segment.total !== undefined) {
      progress.pageRead(segment.index, page.scannedCount, page.consumedCapacity, requestedAt);
    }
    this.count({ scannedCount: page.scannedCount, consumedReadCapacity: page.consumedCapacity });
    return page;
  }

  /**
   * Writes the lines of a page. Completes the object if it is large or old enough, and at the end of the segment.
   *
   * @returns ExclusiveStartKey of the next page; undefined at the end of the segment
   */
  async writePage(page: Page, segment: Segment): Promise<Page['lastEvaluatedKey']> {
    const { applyTransform, waits } = this.options;
    const { bytes, itemCount, droppedCount } = applyTransform
      ? await waits.duringOwnTimeouts(applyTransform(page.lines, segment))
      : { bytes: page.lines, itemCount: page.itemCount, droppedCount: 0 };
    if (itemCount + droppedCount !== page.itemCount) {
      throw new CopyError(
        'COPY_INCOMPLETE',
        `The counts of a page do not match: it contains ${page.itemCount} items, of which ${itemCount} were written and ${droppedCount} dropped.`,
        'This is a bug in the Action. Please report it.',
      );
    }
    this.count({ droppedCount });
    let next = page.lastEvaluatedKey;
    const { nextKey } = this.checkpoint;
    // Write an object without items: its key prevents a late object of an earlier attempt from being stored afterwards.
    const mustTakeKey = next === undefined && !this.object && nextKey !== undefined;
    if (itemCount > 0 || mustTakeKey) {
      this.object ??= this.options.newObject(nextKey);
      const uncompressedBytes = await waits.during('S3 to store data', this.object.write(bytes, itemCount));
      this.count({ itemCount, uncompressedBytes });
    }
    if (this.object && (next === undefined || this.isDue(this.object))) {
      next = await waits.during('S3 to complete an object', this.endObject(this.object, next));
    }
    await waits.during('S3 to store a checkpoint', this.checkpoint.pageDone(next, this.object));
    return next;
  }

  /** Discards the object being written, after an error. Aborts its multipart upload. */
  async abort(): Promise<void> {
    const left = await this.object?.abort();
    this.object = undefined;
    if (left === 'upload left open') this.options.progress.uploadLeftOpen();
  }

  /**
   * Completes the object.
   *
   * @param next ExclusiveStartKey of the page after this object
   * @returns `next`; if an object of an earlier attempt already has the key, the ExclusiveStartKey of the page after
   *   that object
   */
  private async endObject(object: DataObject, next: Page['lastEvaluatedKey']): Promise<Page['lastEvaluatedKey']> {
    const { keepsCheckpoints } = this.checkpoint;
    if (keepsCheckpoints) await this.checkpoint.objectPending(await object.seal(), object.itemCount, next);
    try {
      const file = await object.complete(keepsCheckpoints);
      this.object = undefined;
      this.checkpoint.objectStored(file, next);
      this.options.progress.fileStored(file);
      return next;
    } catch (error) {
      if (!(error instanceof KeyTaken)) throw error;
      const late = await this.checkpoint.adoptLateObject();
      if (!late) throw keyTakenError(error);
      await this.abort();
      this.options.progress.count(late.change);
      this.options.progress.fileStored(late.file);
      return late.next;
    }
  }

  private isDue({ uncompressedBytes, begunAt }: DataObject): boolean {
    const { fileSize, progress, ageLimit } = this.options;
    if (uncompressedBytes >= fileSize) return true;
    const isOld = this.checkpoint.keepsCheckpoints && Date.now() - begunAt >= ageLimit.maxAge;
    return isOld && progress.fileCount < ageLimit.maxObjects;
  }

  private count(more: Partial<Readonly<Counts>>): void {
    this.options.progress.count(more);
    this.checkpoint.count(more);
  }
}

function keyTakenError(cause: KeyTaken): CopyError {
  return new CopyError(
    'COPY_INCOMPLETE',
    'A data object was not stored because another object has the same key.',
    'Find out what else writes to the folder of this copy. Its name is unique to this copy. Then re-run the job.',
    { cause },
  );
}
