import { crc32 } from 'node:zlib';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  type RequestPayer,
  type S3Client,
} from '@aws-sdk/client-s3';
import { PER_ATTEMPT, runBeforeEachAttempt } from './attempt-middleware.ts';
import { fingerprintOfBody, integrityHeaders, verifyStored, wantsChecksums } from './checksums.ts';
import { attemptsOf, isPreconditionFailed, statusOf } from './error-status.ts';
import { findObject } from './find-object.ts';
import { listingPages } from './listings.ts';
import { type Confirm, conditionOf, type PutRequest } from './put-request.ts';
import { type BodyMiddleware, bodyDigester, bodyReader } from './read-body.ts';
import { type ObjectContent, type SealedObject, type StoredObject, storedObject, unquoteEtag } from './s3-objects.ts';
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

/** Maximum number of keys in one DeleteObjects request. */
const MAX_KEYS_PER_DELETE = 1000;

/** Maximum size in bytes of an object that is read into memory. A manifest of about a million data objects fits. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/**
 * Reads, writes, lists and deletes the objects of one bucket. MultipartUpload, ObjectDownload, listings.ts,
 * open-uploads.ts and head-bucket.ts send all other S3 requests. The requests contain the expected bucket owner and the
 * payer. All methods throw the error of the SDK after the retries have failed.
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

  /** Throws if an attempt of a request that writes must not be sent. Called after it was signed. */
  async confirmWrite(confirm: Confirm): Promise<void> {
    await confirm?.();
    this.beforeWrite();
  }

  /**
   * Writes an object from memory. S3 verifies its CRC-32. If the response is lost, the SDK sends the same bytes again.
   * A conditional write can then fail because its first attempt succeeded. In this case, the method succeeds if the
   * stored object has these bytes.
   *
   * @throws {CopyError} OBJECT_CORRUPT if S3 reports that it stored different bytes
   */
  async put(request: PutRequest, signal: AbortSignal): Promise<StoredObject> {
    const { key, body, parameters, crc = crc32(body), replaces, beforeEachAttempt } = request;
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
    runBeforeEachAttempt(command, () => this.confirmWrite(beforeEachAttempt));
    try {
      const output = await this.client.send(command, { abortSignal: signal });
      verifyStored({ key, body, crc }, output);
      return storedObject({ key, size: body.length }, output);
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
   * @param maxBytes maximum size. A larger object is not kept in memory, and the content is empty: anyone with write
   *   access to the bucket can choose the size.
   * @returns undefined if the object does not exist
   */
  async get(key: string, signal: AbortSignal, maxBytes = MAX_READ_BYTES): Promise<ObjectContent | undefined> {
    const { middleware, received } = bodyReader(maxBytes);
    const output = await this.getObject(key, middleware, signal);
    return output && { ...received(), etag: unquoteEtag(output.ETag ?? ''), lastModified: output.LastModified };
  }

  /**
   * Reads an object without keeping its content, and computes the MD5. If the body is truncated or corrupted, the
   * object is requested again.
   *
   * @returns undefined if the object does not exist
   */
  async digest(
    key: string,
    signal: AbortSignal,
  ): Promise<Pick<SealedObject & StoredObject, 'md5' | 'etag'> | undefined> {
    const { middleware, md5 } = bodyDigester();
    const output = await this.getObject(key, middleware, signal);
    return output && { md5: md5(), etag: unquoteEtag(output.ETag ?? '') };
  }

  /**
   * Returns the metadata of an object without reading it. Requires s3:GetObject. Without s3:ListBucket, S3 returns 403
   * for an object that does not exist.
   *
   * @returns undefined if the object does not exist
   */
  async head(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    try {
      const output = await this.client.send(
        new HeadObjectCommand({ ...this.address, Key: key, ChecksumMode: 'ENABLED' }),
        { abortSignal: signal },
      );
      const { ContentLength: size } = output;
      if (size === undefined) throw new Error('S3 reported an object without its size');
      return storedObject({ key, size }, output);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Lists all objects with keys that start with `prefix`. The ETag is '' if the store does not list it. */
  async *list(
    prefix: string,
    signal: AbortSignal,
  ): AsyncGenerator<Pick<StoredObject, 'key' | 'size' | 'etag'>, void, void> {
    for await (const { Contents = [] } of listingPages(this, { Prefix: prefix }, signal)) {
      for (const { Key = '', Size, ETag = '' } of Contents) {
        if (!Key.startsWith(prefix)) continue;
        if (Size === undefined) throw new Error('S3 listed an object without its size');
        yield { key: Key, size: Size, etag: unquoteEtag(ETag) };
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
    const notDeleted: string[] = [];
    for (let at = 0; at < keys.length; at += MAX_KEYS_PER_DELETE) {
      const Objects = keys.slice(at, at + MAX_KEYS_PER_DELETE).map((Key) => ({ Key }));
      const { Errors = [] } = await this.client.send(
        new DeleteObjectsCommand({ ...this.address, Delete: { Objects, Quiet: true } }),
        { abortSignal: signal },
      );
      for (const { Key = '' } of Errors) notDeleted.push(Key);
      onResponse();
    }
    return notDeleted;
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

  private async getObject(
    key: string,
    readBody: BodyMiddleware,
    signal: AbortSignal,
  ): Promise<GetObjectCommandOutput | undefined> {
    const command = new GetObjectCommand({ ...this.address, Key: key, ChecksumMode: 'ENABLED' });
    command.middlewareStack.add(readBody, { name: 'readBody', ...PER_ATTEMPT });
    try {
      return await this.client.send(command, { abortSignal: signal });
    } catch (error) {
      if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') return undefined;
      throw error;
    }
  }
}
