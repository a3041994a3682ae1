import { inParallel } from '../../in-parallel.ts';
import { checkpointFolder } from '../../manifest/layout.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { isDenied, isPreconditionFailed, isUnsupported } from '../../s3/error-status.ts';
import { getIfListed } from '../../s3/find-listed.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import { listUploads, type OpenUpload } from '../../s3/open-uploads.ts';
import type { PutRequest, WriteCondition } from '../../s3/put-request.ts';
import type { ObjectContent, StoredObject } from '../../s3/s3-objects.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';

/**
 * Maximum size in bytes of a checkpoint file. The Action writes far smaller files. A larger file counts as unreadable.
 */
const MAX_CHECKPOINT_BYTES = 4 * 1024 * 1024;

export interface CheckpointStoreOptions {
  readonly bucket: Bucket;
  /** Without a trailing slash; '' for none. */
  readonly prefix: string;
  readonly step: string;
  /** Parameters of the objects that are written. */
  readonly parameters: ObjectParameters;
  /** Receives the progress of the requests, for the stall watchdog. */
  readonly waits: PendingWaits;
  readonly signal: AbortSignal;
}

/**
 * Reads and writes the checkpoints of a step in S3. They are stored under `[prefix/]AWSDynamoDB/_resume/<step>/`:
 * `run.json`, and one folder per attempt. The folder of an attempt contains one `segment-<index>.json` for each segment
 * in which the attempt has made progress, and `segment-<index>-files-<n>.json` for the entries of the older objects of
 * the segment.
 */
export class CheckpointStore {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly signal: AbortSignal;
  private readonly parameters: ObjectParameters;
  /** ETags of the segment checkpoints, by segment index. */
  private readonly etags = new Map<number, string>();
  private readonly waits: PendingWaits;

  constructor({ bucket, prefix, step, parameters, waits, signal }: CheckpointStoreOptions) {
    this.bucket = bucket;
    this.folder = checkpointFolder(prefix, step);
    this.parameters = parameters;
    this.waits = waits;
    this.signal = signal;
  }

  /** @returns undefined if run.json does not exist */
  async readRun(signal = this.signal): Promise<ObjectContent | undefined> {
    try {
      return await this.bucket.get(this.runKey(), signal, MAX_CHECKPOINT_BYTES);
    } catch (error) {
      if (isDenied(error) && (await this.isAbsent(this.runKey()))) return undefined;
      throw error;
    }
  }

  /**
   * Returns true if the list of objects does not contain a key. The status of a GET is not enough: for an object that
   * does not exist, S3 returns 403 unless the role is allowed to list the whole bucket. A good policy allows only a
   * part of it.
   */
  async isAbsent(key: string): Promise<boolean> {
    return !(await this.list(key)).includes(key);
  }

  /**
   * Writes run.json if the object that it replaces is unchanged.
   *
   * @returns 'precondition failed' if it has changed
   */
  async writeRun(
    content: Buffer,
    replaces: WriteCondition,
    signal = this.signal,
  ): Promise<Pick<StoredObject, 'etag'> | 'precondition failed'> {
    try {
      return await this.put({ key: this.runKey(), body: content, replaces }, signal);
    } catch (error) {
      if (!isPreconditionFailed(error)) throw error;
      // After a lost response, the retry finds the content that its first attempt wrote.
      const now = await this.readRun(signal);
      return now?.content.equals(content) ? now : 'precondition failed';
    }
  }

  /** Deletes run.json if it still has this ETag. */
  async deleteRun(etag: string): Promise<'deleted' | 'changed'> {
    try {
      return await this.bucket.deleteUnchanged(this.runKey(), etag, this.signal);
    } catch (error) {
      // Some S3-compatible stores support conditional writes but not conditional deletions.
      if (!isUnsupported(error)) throw error;
      await this.delete([this.runKey()]);
      return 'deleted';
    }
  }

  /**
   * Returns true if the store enforces conditions. Some stores accept the header and write anyway.
   *
   * @param content current content of run.json. A store that ignores the condition writes it again, so nothing is lost.
   */
  async enforcesConditions(content: Buffer): Promise<boolean> {
    const replaces = { etag: '0'.repeat(32) };
    try {
      await this.put({ key: this.runKey(), body: content, replaces });
      return false;
    } catch (error) {
      if (isPreconditionFailed(error)) return true;
      if (isUnsupported(error)) return false;
      throw error;
    }
  }

  /** Writes the checkpoint of a segment. No other process writes the checkpoints of this attempt. */
  async writeSegment(attempt: number, index: number, content: Buffer): Promise<void> {
    const etag = this.etags.get(index);
    // If all writes must be conditional, each write names the ETag of the previous one.
    const replaces = this.parameters.IfNoneMatch && etag !== undefined ? { etag } : undefined;
    const written = await this.put({ key: this.segmentKey(attempt, index), body: content, replaces });
    if (this.parameters.IfNoneMatch) this.etags.set(index, written.etag);
  }

  /**
   * Writes a file with entries of older objects of a segment.
   *
   * @param n index of the file within the segment and attempt, from 0
   */
  async writeSealedFiles(attempt: number, index: number, n: number, content: Buffer): Promise<void> {
    await this.put({ key: this.sealedFilesKey(attempt, index, n), body: content });
  }

  /** Returns the attempt with the newest checkpoint of each segment, by segment index. */
  async newestSegments(attempts: readonly number[]): Promise<Map<number, number>> {
    const newest = new Map<number, number>();
    for (const key of await this.list(this.folder)) {
      const [, attempt, index] = /^(\d+)\/segment-(\d+)\.json$/.exec(key.slice(this.folder.length))?.map(Number) ?? [];
      if (attempt === undefined || index === undefined || !attempts.includes(attempt)) continue;
      newest.set(index, Math.max(attempt, newest.get(index) ?? 0));
    }
    return newest;
  }

  /** @returns undefined if the segment has no checkpoint in the folder of the attempt */
  readSegment(attempt: number, index: number): Promise<Buffer | undefined> {
    return this.read(this.segmentKey(attempt, index));
  }

  /** @returns undefined if the file does not exist */
  readSealedFiles(attempt: number, index: number, n: number): Promise<Buffer | undefined> {
    return this.read(this.sealedFilesKey(attempt, index, n));
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(prefix, this.signal)) {
      keys.push(key);
      this.waits.noteProgress();
    }
    return keys;
  }

  /** Lists the open uploads under a prefix. Returns none if S3 denies the request or the store does not support it. */
  async listUploads(prefix: string): Promise<OpenUpload[]> {
    const uploads: OpenUpload[] = [];
    try {
      for await (const upload of listUploads(this.bucket, prefix, this.signal)) {
        uploads.push(upload);
        this.waits.noteProgress();
      }
      return uploads;
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return [];
      throw error;
    }
  }

  /** @returns false if S3 did not delete some or all of the objects, usually because the role is not authorized */
  async delete(keys: readonly string[]): Promise<boolean> {
    try {
      const notDeleted = await this.bucket.delete(keys, this.signal, () => this.waits.noteProgress());
      return notDeleted.length === 0;
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return false;
      throw error;
    }
  }

  runKey(): string {
    return `${this.folder}run.json`;
  }

  /** Does the work for several items at once. Each completed item shows the stall watchdog that the run is not hung. */
  async forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    await inParallel(items, async (item) => {
      await work(item);
      this.waits.noteProgress();
    });
  }

  private put(request: Omit<PutRequest, 'parameters'>, signal = this.signal): Promise<StoredObject> {
    return this.bucket.put({ ...request, parameters: this.parameters }, signal);
  }

  private async read(key: string): Promise<Buffer | undefined> {
    const object = await getIfListed(this.bucket, key, this.signal, MAX_CHECKPOINT_BYTES);
    this.waits.noteProgress();
    return object?.content;
  }

  private segmentKey(attempt: number, index: number): string {
    return `${this.folder}${attempt}/segment-${index}.json`;
  }

  private sealedFilesKey(attempt: number, index: number, n: number): string {
    return `${this.folder}${attempt}/segment-${index}-files-${n}.json`;
  }
}
