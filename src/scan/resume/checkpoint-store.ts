import { inParallel } from '../../in-parallel.ts';
import type { Bucket, Replaces } from '../../s3/bucket.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import type { OpenUpload, ReadObject } from '../../s3/objects.ts';
import { isConditionUnmet, isDenied, isUnsupported } from '../../s3/refusals.ts';
import type { Waits } from '../stall-watchdog.ts';

/** Maximum number of keys in one DeleteObjects request. */
const MAX_KEYS_PER_DELETE = 1000;

/** Maximum bytes of a checkpoint file. Those that this Action writes stay far below it; a larger one counts as unreadable. */
const MAX_CHECKPOINT_BYTES = 4 * 1024 * 1024;

/**
 * All that resuming asks of S3. Checkpoints lie under `[prefix/]AWSDynamoDB/_resume/<step>/`: `run.json`, and a folder
 * for each attempt with one `segment-<index>.json` for each segment that it has got somewhere with, beside
 * `segment-<index>-files-<n>.json` for the entries of the segment's older objects.
 */
export class CheckpointStore {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly signal: AbortSignal;
  private readonly parameters: ObjectParameters;
  /** ETags of the segments' checkpoints, by the segments' indexes. */
  private readonly etags = new Map<number, string>();
  private readonly waits: Waits;

  /** @param prefix without a slash at its end; '' for none */
  constructor(
    bucket: Bucket,
    prefix: string,
    step: string,
    parameters: ObjectParameters,
    waits: Waits,
    signal: AbortSignal,
  ) {
    this.bucket = bucket;
    this.folder = `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/_resume/${step}/`;
    this.parameters = parameters;
    this.waits = waits;
    this.signal = signal;
  }

  /** @returns undefined where there is no run.json */
  async readRun(signal = this.signal): Promise<ReadObject | undefined> {
    try {
      return await this.bucket.get(this.runKey(), signal, MAX_CHECKPOINT_BYTES);
    } catch (error) {
      if (isDenied(error) && (await this.isAbsent(this.runKey()))) return undefined;
      throw error;
    }
  }

  /**
   * Looks for a key in the list. S3 answers a GET of what is not there with a 403 unless the role may list the whole
   * bucket, and a good policy lets it list a part.
   */
  async isAbsent(key: string): Promise<boolean> {
    return !(await this.list(key)).includes(key);
  }

  /**
   * Writes run.json if what it replaces is still there.
   *
   * @returns 'refused' where it is not
   */
  async writeRun(
    content: Buffer,
    replaces: Replaces,
    signal = this.signal,
  ): Promise<{ readonly etag: string } | 'refused'> {
    try {
      return await this.bucket.put(this.runKey(), content, this.parameters, signal, { replaces });
    } catch (error) {
      if (!isConditionUnmet(error)) throw error;
      // A write whose answer was lost is sent again, and meets itself.
      const now = await this.readRun(signal);
      return now?.content.equals(content) ? now : 'refused';
    }
  }

  /** Deletes run.json if it still has this ETag. */
  async deleteRun(etag: string): Promise<'deleted' | 'changed'> {
    try {
      return await this.bucket.deleteUnchanged(this.runKey(), etag, this.signal);
    } catch (error) {
      // An S3-compatible store can have conditional writes and no conditional deletions.
      if (!isUnsupported(error)) throw error;
      await this.delete([this.runKey()]);
      return 'deleted';
    }
  }

  /**
   * Whether the store looks at conditions at all: some take the header and write all the same.
   *
   * @param content what run.json holds, so that nothing is lost on a store that does not
   */
  async keepsConditions(content: Buffer): Promise<boolean> {
    const replaces = { etag: '0'.repeat(32) };
    try {
      await this.bucket.put(this.runKey(), content, this.parameters, this.signal, { replaces });
      return false;
    } catch (error) {
      if (isConditionUnmet(error)) return true;
      if (isUnsupported(error)) return false;
      throw error;
    }
  }

  /** Writes a segment's checkpoint. No other process writes the checkpoints of this attempt. */
  async writeSegment(attempt: number, index: number, content: Buffer): Promise<void> {
    const etag = this.etags.get(index);
    // Where each write must be conditional, the next one names the one before.
    const replaces = this.parameters.IfNoneMatch && etag !== undefined ? { etag } : undefined;
    const written = await this.bucket.put(this.segmentKey(attempt, index), content, this.parameters, this.signal, {
      replaces,
    });
    if (this.parameters.IfNoneMatch) this.etags.set(index, written.etag);
  }

  /** @param n number of the file among those of the segment and attempt, from 0 */
  async writeSealedFiles(attempt: number, index: number, n: number, content: Buffer): Promise<void> {
    await this.bucket.put(this.sealedFilesKey(attempt, index, n), content, this.parameters, this.signal);
  }

  /** Returns which attempt has the newest checkpoint of each segment, by the segments' indexes. */
  async newestSegments(attempts: readonly number[]): Promise<Map<number, number>> {
    const newest = new Map<number, number>();
    for (const key of await this.list(this.folder)) {
      const [, attempt, index] = /^(\d+)\/segment-(\d+)\.json$/.exec(key.slice(this.folder.length))?.map(Number) ?? [];
      if (attempt === undefined || index === undefined || !attempts.includes(attempt)) continue;
      newest.set(index, Math.max(attempt, newest.get(index) ?? 0));
    }
    return newest;
  }

  /** @returns undefined if there is none */
  readSegment(attempt: number, index: number): Promise<Buffer | undefined> {
    return this.read(this.segmentKey(attempt, index));
  }

  /** @returns undefined if there is none */
  readSealedFiles(attempt: number, index: number, n: number): Promise<Buffer | undefined> {
    return this.read(this.sealedFilesKey(attempt, index, n));
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(prefix, this.signal)) {
      keys.push(key);
      this.waits.moved();
    }
    return keys;
  }

  /** The uploads under way below a folder; none where the role or the store does not tell. */
  async listUploads(prefix: string): Promise<OpenUpload[]> {
    const uploads: OpenUpload[] = [];
    try {
      for await (const upload of this.bucket.listUploads(prefix, this.signal)) {
        uploads.push(upload);
        this.waits.moved();
      }
      return uploads;
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return [];
      throw error;
    }
  }

  /** @returns false where the role may not delete some or all of them */
  async delete(keys: readonly string[]): Promise<boolean> {
    let deleted = true;
    try {
      for (let at = 0; at < keys.length; at += MAX_KEYS_PER_DELETE) {
        const refused = await this.bucket.delete(keys.slice(at, at + MAX_KEYS_PER_DELETE), this.signal);
        if (refused.length > 0) deleted = false;
        this.waits.moved();
      }
      return deleted;
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return false;
      throw error;
    }
  }

  runKey(): string {
    return `${this.folder}run.json`;
  }

  /** Does the work for each item, several at once; each one that is done shows that the run is not hung. */
  async forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    await inParallel(items, async (item) => {
      await work(item);
      this.waits.moved();
    });
  }

  private async read(key: string): Promise<Buffer | undefined> {
    const object = await this.bucket.get(key, this.signal, MAX_CHECKPOINT_BYTES);
    this.waits.moved();
    return object?.content;
  }

  private segmentKey(attempt: number, index: number): string {
    return `${this.folder}${attempt}/segment-${index}.json`;
  }

  private sealedFilesKey(attempt: number, index: number, n: number): string {
    return `${this.folder}${attempt}/segment-${index}-files-${n}.json`;
  }
}
