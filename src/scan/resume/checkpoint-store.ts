import {
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { type Bucket, isDenied, isUnsupported, statusOf } from '../../s3/bucket.ts';
import { type ObjectParameters, putObject } from '../../s3/put-object.ts';
import { type ReadObject, readObject } from '../../s3/read-object.ts';
import type { OpenUpload } from './state.ts';

/** A version of run.json that a write is to replace, or 'none' where none may be there yet. */
export type Replaces = { readonly etag: string } | 'none';

/** DeleteObjects takes this many keys. */
const DELETED_AT_ONCE = 1000;

/**
 * All that resuming asks of S3. Checkpoints lie under `[prefix/]AWSDynamoDB/_resume/<step>/`: `run.json`, and a folder
 * for each attempt with one `segment-<index>.json` for each segment that it has got somewhere with.
 */
export class CheckpointStore {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly signal: AbortSignal;
  private readonly parameters: ObjectParameters;

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
      return await readObject(this.bucket, this.runKey(), this.signal);
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
    const condition = replaces === 'none' ? { IfNoneMatch: '*' } : { IfMatch: `"${replaces.etag}"` };
    try {
      const parameters = { ...this.parameters, ...condition };
      const { etag } = await putObject(this.bucket, this.runKey(), content, parameters, this.signal);
      return { etag };
    } catch (error) {
      if (!isUnmet(error)) throw error;
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
    const parameters = { ...this.parameters, IfMatch: `"${'0'.repeat(32)}"` };
    try {
      await putObject(this.bucket, this.runKey(), content, parameters, this.signal);
      return false;
    } catch (error) {
      if (isUnmet(error)) return true;
      if (isUnsupported(error)) return false;
      throw error;
    }
  }

  async writeSegment(attempt: number, index: number, content: Buffer): Promise<void> {
    await putObject(this.bucket, this.segmentKey(attempt, index), content, this.parameters, this.signal);
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
      const file = await readObject(this.bucket, this.segmentKey(attempt, index), this.signal);
      if (file) contents.set(index, file.content);
    });
    return contents;
  }

  async list(prefix: string): Promise<string[]> {
    const pages = paginateListObjectsV2(
      { client: this.bucket.client },
      { ...this.everywhere(), Prefix: prefix },
      { abortSignal: this.signal },
    );
    const keys: string[] = [];
    for await (const { Contents = [] } of pages) keys.push(...Contents.map(({ Key = '' }) => Key));
    return keys;
  }

  /** The uploads under way below a folder; none where the role or the store does not tell. */
  async listUploads(prefix: string): Promise<OpenUpload[]> {
    const uploads: OpenUpload[] = [];
    let next: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } = {};
    try {
      do {
        const page: ListMultipartUploadsCommandOutput = await this.bucket.client.send(
          new ListMultipartUploadsCommand({ ...this.everywhere(), Prefix: prefix, ...next }),
          { abortSignal: this.signal },
        );
        for (const { Key = '', UploadId = '' } of page.Uploads ?? []) uploads.push({ key: Key, uploadId: UploadId });
        next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : {};
      } while (next.KeyMarker);
      return uploads.filter(({ key }) => key.startsWith(prefix));
    } catch (error) {
      if (isDenied(error) || isUnsupported(error)) return [];
      throw error;
    }
  }

  /** @returns false where the role may not delete some or all of them */
  async delete(keys: readonly string[]): Promise<boolean> {
    let deleted = true;
    for (let at = 0; at < keys.length; at += DELETED_AT_ONCE) {
      const Objects = keys.slice(at, at + DELETED_AT_ONCE).map((Key) => ({ Key }));
      try {
        const { Errors = [] } = await this.bucket.client.send(
          new DeleteObjectsCommand({ ...this.everywhere(), Delete: { Objects, Quiet: true } }),
          { abortSignal: this.signal },
        );
        if (Errors.length > 0) deleted = false;
      } catch (error) {
        if (!isDenied(error) && !isUnsupported(error)) throw error;
        deleted = false;
      }
    }
    return deleted;
  }

  runKey(): string {
    return `${this.folder}run.json`;
  }

  private segmentKey(attempt: number, index: number): string {
    return `${this.folder}${attempt}/segment-${index}.json`;
  }

  private everywhere() {
    return { Bucket: this.bucket.name, ...this.bucket.onEveryCall };
  }
}

/** Requests of one kind under way at once. */
const AT_ONCE = 16;

export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}

/** 412 and, where another write of the same key is under way, 409; 404 where what was to be replaced is gone. */
function isUnmet(error: unknown): boolean {
  return [404, 409, 412].includes(statusOf(error)) && (error as Error).name !== 'NoSuchBucket';
}
