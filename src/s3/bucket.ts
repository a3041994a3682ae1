import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type RequestPayer,
  type S3Client,
} from '@aws-sdk/client-s3';
import { PER_ATTEMPT, requireResult, runBeforeEachAttempt } from './attempt-middleware.ts';
import { fingerprintOfBody, integrityHeaders, verifyStored, wantsChecksums } from './checksums.ts';
import { attemptsOf, isPreconditionFailed, statusOf } from './error-status.ts';
import { findObject } from './find-object.ts';
import { listPages } from './list-pages.ts';
import type { ObjectParameters } from './object-options.ts';
import { bodyDigester, bodyReader } from './read-body.ts';
import {
  type Acknowledgement,
  acknowledgement,
  type ListedObject,
  type ObjectDigest,
  type ObjectHead,
  type OpenUpload,
  type ReadObject,
  unquoteEtag,
} from './s3-objects.ts';
import type { UploadJournal } from './upload-journal.ts';

export interface BucketOptions {
  readonly client: S3Client;
  readonly name: string;
  /** Account ID of the bucket owner. S3 rejects every request if the bucket belongs to another account. */
  readonly owner?: string | undefined;
  readonly payer?: RequestPayer | undefined;
  /** Records the open multipart uploads for the cleanup after a killed process. */
  readonly journal?: UploadJournal | undefined;
  /**
   * Runs immediately before each attempt of a request that writes an object or a part. If it throws, the attempt is not
   * sent. It does not run before reads, deletions and aborts.
   */
  readonly beforeWrite?: (() => void) | undefined;
}

/** Object that a conditional write must replace: none, or the one with this ETag (without quotes). */
export type WriteCondition = 'none' | { readonly etag: string };

export interface PutOptions {
  /** CRC-32 of the body, if the caller has already computed it. */
  readonly crc?: number;
  /** Makes the write conditional. `isConditionUnmet` recognizes the error for an unmet condition. */
  readonly replaces?: WriteCondition | undefined;
  /**
   * Runs after each attempt is signed and before it is sent, including retries. If it throws, the attempt is not sent.
   * S3 rejects a request that arrives more than 15 minutes after it was signed.
   */
  readonly beforeEachAttempt?: (() => Promise<void>) | undefined;
}

/** Maximum number of keys in one DeleteObjects request. */
const MAX_KEYS_PER_DELETE = 1000;

/** Maximum size in bytes of an object that is read into memory. A manifest of about a million data objects fits. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/**
 * Sends all S3 requests to one bucket, except those of MultipartUpload. The requests contain the expected bucket owner
 * and the payer. All methods throw the error of the SDK after the retries have failed.
 */
export class Bucket {
  readonly name: string;
  readonly client: S3Client;
  readonly journal: UploadJournal | undefined;
  readonly beforeWrite: () => void;
  /** Parameters that all requests have in common. */
  readonly address: {
    readonly Bucket: string;
    readonly ExpectedBucketOwner?: string;
    readonly RequestPayer?: RequestPayer;
  };

  constructor({ client, name, owner, payer, journal, beforeWrite = () => {} }: BucketOptions) {
    this.client = client;
    this.name = name;
    this.journal = journal;
    this.beforeWrite = beforeWrite;
    this.address = {
      Bucket: name,
      ...(owner && { ExpectedBucketOwner: owner }),
      ...(payer && { RequestPayer: payer }),
    };
  }

  /** Returns the Region that requests are sent to. */
  region(): Promise<string> {
    return this.client.config.region();
  }

  close(): void {
    this.client.destroy();
  }

  /**
   * Writes an object from memory. S3 verifies its CRC-32. If the response is lost, the SDK sends the same bytes again.
   * A conditional write can then fail because its first attempt succeeded. In this case, the method succeeds if the
   * stored object has these bytes.
   *
   * @throws {CopyError} OBJECT_CORRUPT if S3 reports that it stored different bytes
   */
  async put(
    key: string,
    body: Buffer,
    parameters: ObjectParameters,
    signal: AbortSignal,
    { crc = crc32(body), replaces, beforeEachAttempt }: PutOptions = {},
  ): Promise<Acknowledgement> {
    const command = new PutObjectCommand({
      ...parameters,
      ...(await integrityHeaders(this.client, body, crc)),
      // With Object Lock, S3 requires the header that this parameter adds. The checksum alone is not enough.
      ...((await wantsChecksums(this.client)) && { ChecksumAlgorithm: 'CRC32' as const }),
      ...(replaces && conditionOf(replaces)),
      ...this.address,
      Key: key,
      Body: body,
    });
    runBeforeEachAttempt(command, async () => {
      await beforeEachAttempt?.();
      this.beforeWrite();
    });
    try {
      const output = await this.client.send(command, { abortSignal: signal });
      verifyStored({ key, body, crc }, output);
      return acknowledgement(output);
    } catch (error) {
      if (statusOf(error) !== 412 || attemptsOf(error) === 1) throw error;
      const found = await findObject(this, { key, size: body.length, ...fingerprintOfBody(body, crc) }, signal);
      if (typeof found === 'string') throw error;
      return found;
    }
  }

  /**
   * Reads a small object completely. If the body is truncated or corrupted, the object is requested again.
   *
   * @param maxBytes maximum size. A larger object is not read, and the content is empty: anyone with write access to
   *   the bucket can choose the size, and memory is limited.
   * @returns undefined if the object does not exist
   */
  async get(key: string, signal: AbortSignal, maxBytes = MAX_READ_BYTES): Promise<ReadObject | undefined> {
    const command = new GetObjectCommand({ ...this.address, Key: key, ChecksumMode: 'ENABLED' });
    const { middleware, received } = bodyReader(maxBytes);
    command.middlewareStack.add(middleware, { name: 'takeInBody', ...PER_ATTEMPT });
    try {
      const { ETag = '', LastModified } = await this.client.send(command, { abortSignal: signal });
      return { ...received(), etag: unquoteEtag(ETag), lastModified: LastModified };
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
  }

  /**
   * Reads an object without keeping its content, and computes the MD5. If the body is truncated or corrupted, the
   * object is requested again.
   *
   * @returns undefined if the object does not exist
   */
  async digest(key: string, signal: AbortSignal): Promise<ObjectDigest | undefined> {
    const command = new GetObjectCommand({ ...this.address, Key: key, ChecksumMode: 'ENABLED' });
    const { middleware, md5 } = bodyDigester();
    command.middlewareStack.add(middleware, { name: 'digestBody', ...PER_ATTEMPT });
    try {
      const { ETag = '' } = await this.client.send(command, { abortSignal: signal });
      return { md5: md5(), etag: unquoteEtag(ETag) };
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
  }

  /**
   * Returns the metadata of an object without reading it. Requires s3:GetObject. Without s3:ListBucket, S3 returns 403
   * for an object that does not exist.
   *
   * @returns undefined if the object does not exist
   */
  async head(key: string, signal: AbortSignal): Promise<ObjectHead | undefined> {
    try {
      const output = await this.client.send(
        new HeadObjectCommand({ ...this.address, Key: key, ChecksumMode: 'ENABLED' }),
        { abortSignal: signal },
      );
      const { ContentLength: size, ChecksumCRC32, LastModified: lastModified } = output;
      if (size === undefined) throw new Error('S3 reported an object without its size');
      return { ...acknowledgement(output), size, crc32: ChecksumCRC32, lastModified };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Lists all objects with keys that start with `prefix`. */
  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject, void, void> {
    const request = (ContinuationToken?: string) => {
      const command = new ListObjectsV2Command({ ...this.address, Prefix: prefix, ContinuationToken });
      requireResult(command, ({ IsTruncated, KeyCount, Name }) => (IsTruncated ?? KeyCount ?? Name) !== undefined);
      return this.client.send(command, { abortSignal: signal });
    };
    for await (const { Contents = [] } of listPages(request, (page) => page.NextContinuationToken || undefined)) {
      for (const { Key = '', Size, ETag, LastModified } of Contents) {
        if (!Key.startsWith(prefix)) continue;
        if (Size === undefined) throw new Error('S3 listed an object without its size');
        yield { key: Key, size: Size, etag: ETag && unquoteEtag(ETag), lastModified: LastModified };
      }
    }
  }

  /**
   * Deletes objects, whether or not they exist.
   *
   * @param onResponse called after each request, which deletes at most 1,000 objects
   * @returns the keys that S3 did not delete
   */
  async delete(keys: readonly string[], signal: AbortSignal, onResponse = () => {}): Promise<string[]> {
    const refused: string[] = [];
    for (let at = 0; at < keys.length; at += MAX_KEYS_PER_DELETE) {
      const Objects = keys.slice(at, at + MAX_KEYS_PER_DELETE).map((Key) => ({ Key }));
      const { Errors = [] } = await this.client.send(
        new DeleteObjectsCommand({ ...this.address, Delete: { Objects, Quiet: true } }),
        { abortSignal: signal },
      );
      for (const { Key = '' } of Errors) refused.push(Key);
      onResponse();
    }
    return refused;
  }

  /**
   * Deletes an object if it still has this ETag (without quotes). If the response is lost, the retry may not find the
   * object any more. The method then returns 'changed'.
   */
  async deleteUnchanged(key: string, etag: string, signal: AbortSignal): Promise<'deleted' | 'changed'> {
    try {
      await this.client.send(new DeleteObjectCommand({ ...this.address, Key: key, IfMatch: `"${etag}"` }), {
        abortSignal: signal,
      });
      return 'deleted';
    } catch (error) {
      if (isPreconditionFailed(error)) return 'changed';
      throw error;
    }
  }

  /** Lists all open multipart uploads with keys that start with `prefix`. */
  async *listUploads(prefix: string, signal: AbortSignal): AsyncGenerator<OpenUpload, void, void> {
    const request = (next: object = {}) => {
      const command = new ListMultipartUploadsCommand({ ...this.address, Prefix: prefix, ...next });
      requireResult(command, ({ IsTruncated, Bucket: name }) => (IsTruncated ?? name) !== undefined);
      return this.client.send(command, { abortSignal: signal });
    };
    const nextOf = ({ IsTruncated, NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput) =>
      IsTruncated && NextKeyMarker ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
    for await (const { Uploads = [] } of listPages(request, nextOf)) {
      for (const { Key = '', UploadId } of Uploads) {
        if (Key.startsWith(prefix) && UploadId !== undefined) yield { key: Key, uploadId: UploadId };
      }
    }
  }

  /** Aborts an upload, whether or not it is still open. */
  async abortUpload(key: string, uploadId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.client.send(new AbortMultipartUploadCommand({ ...this.address, Key: key, UploadId: uploadId }), {
        abortSignal: signal,
      });
    } catch (error) {
      if ((error as Error).name !== 'NoSuchUpload') throw error;
    }
  }

  /**
   * Aborts every upload of this key. The keys of data objects are unique, so all of these uploads belong to one run.
   *
   * @throws the error of the SDK, such as AccessDenied if the role lacks s3:ListBucketMultipartUploads
   */
  async abortUploadsOf(key: string, signal: AbortSignal): Promise<void> {
    for await (const upload of this.listUploads(key, signal)) {
      if (upload.key === key) await this.abortUpload(key, upload.uploadId, signal);
    }
  }

  /**
   * Returns true if S3 accepts HeadBucket for a bucket of this owner. S3 returns 403 both for a missing permission and
   * for a different owner.
   *
   * @param owner account ID; undefined to accept any owner
   */
  async canAccess(owner: string | undefined, signal: AbortSignal): Promise<boolean> {
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: this.name, ExpectedBucketOwner: owner }), {
        abortSignal: signal,
      });
      return true;
    } catch (error) {
      if (statusOf(error) === 403) return false;
      throw error;
    }
  }
}

function conditionOf(replaces: WriteCondition) {
  // IfNoneMatch is unset explicitly, since the object parameters may contain it.
  return replaces === 'none' ? { IfNoneMatch: '*' } : { IfNoneMatch: undefined, IfMatch: `"${replaces.etag}"` };
}

function isNoObject(error: unknown): boolean {
  return statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket';
}

/**
 * Returns the Region of a bucket.
 *
 * S3 sends `x-amz-bucket-region` to any caller, including in error responses. A 403 (the minimal permissions do not
 * include s3:ListBucket) and a 301 (the request was sent to the wrong Region) are therefore as useful as a 200.
 *
 * @returns undefined for stores that do not report the Region
 * @throws the error of the SDK if the bucket does not exist or no response arrives
 */
export async function bucketRegion(client: S3Client, bucket: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    // ExpectedBucketOwner is not sent: a 403 for the wrong owner would prove nothing.
    const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
    return BucketRegion;
  } catch (error) {
    const { headers } = (error as { $response?: { headers?: Record<string, string> } }).$response ?? {};
    if ([301, 400, 403].includes(statusOf(error))) return headers?.['x-amz-bucket-region'];
    throw error;
  }
}
