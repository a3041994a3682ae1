import { inParallel } from '../../in-parallel.ts';
import type { Bucket, Replaces } from '../../s3/bucket.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import type { OpenUpload, ReadObject } from '../../s3/objects.ts';
import { isConditionUnmet, isDenied, isUnsupported } from '../../s3/refusals.ts';

/**
 * All that resuming asks of S3. Checkpoints lie under `[prefix/]AWSDynamoDB/_resume/<step>/`: `run.json`, and a folder
 * for each attempt with one `segment-<index>.json` for each segment that it has got somewhere with.
 */
export class CheckpointStore {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly signal: AbortSignal;
  private readonly parameters: ObjectParameters;
  /** ETags of the segments' checkpoints, by the segments' indexes. */
  private readonly etags = new Map<number, string>();

  /** @param prefix without a slash at its end; '' for none */
  constructor(bucket: Bucket, prefix: string, step: string, parameters: ObjectParameters, signal: AbortSignal) {
    this.bucket = bucket;
    this.folder = `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/_resume/${step}/`;
    this.parameters = parameters;
    this.signal = signal;
  }

  /** @returns undefined where there is no run.json */
  async readRun(): Promise<ReadObject | undefined> {
    try {
      return await this.bucket.get(this.runKey(), this.signal);
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
  async writeRun(content: Buffer, replaces: Replaces): Promise<{ readonly etag: string } | 'refused'> {
    try {
      return await this.bucket.put(this.runKey(), content, this.parameters, this.signal, { replaces });
    } catch (error) {
      if (!isConditionUnmet(error)) throw error;
      // A write whose answer was lost is sent again, and meets itself.
      const now = await this.readRun();
      return now?.content.equals(content) ? now : 'refused';
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

  /** The newest checkpoint of each segment that has one, by the segments' indexes. */
  async readSegments(attempts: readonly number[]): Promise<Map<number, Buffer>> {
    const newest = new Map<number, number>();
    for (const key of await this.list(this.folder)) {
      const [, attempt, index] = /\/(\d+)\/segment-(\d+)\.json$/.exec(key)?.map(Number) ?? [];
      if (attempt === undefined || index === undefined || !attempts.includes(attempt)) continue;
      newest.set(index, Math.max(attempt, newest.get(index) ?? 0));
    }
    const contents = new Map<number, Buffer>();
    await inParallel([...newest], async ([index, attempt]) => {
      const file = await this.bucket.get(this.segmentKey(attempt, index), this.signal);
      if (file) contents.set(index, file.content);
    });
    return contents;
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(prefix, this.signal)) keys.push(key);
    return keys;
  }

  /** The uploads under way below a folder; none where the role or the store does not tell. */
  async listUploads(prefix: string): Promise<OpenUpload[]> {
    const uploads: OpenUpload[] = [];
    try {
      for await (const upload of this.bucket.listUploads(prefix, this.signal)) uploads.push(upload);
      return uploads;
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return [];
      throw error;
    }
  }

  /** @returns false where the role may not delete some or all of them */
  async delete(keys: readonly string[]): Promise<boolean> {
    try {
      return (await this.bucket.delete(keys, this.signal)).length === 0;
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return false;
      throw error;
    }
  }

  runKey(): string {
    return `${this.folder}run.json`;
  }

  private segmentKey(attempt: number, index: number): string {
    return `${this.folder}${attempt}/segment-${index}.json`;
  }
}
