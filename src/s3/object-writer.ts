import type { Bucket } from './bucket.ts';
import { base64Crc32, type ContentHash, LocalContentHash } from './checksums.ts';
import { isPreconditionFailed, statusOf } from './error-status.ts';
import { findCompletedObject, findOwnObject } from './find-object.ts';
import { MultipartUpload } from './multipart-upload.ts';
import type { ObjectParameters } from './object-options.ts';
import { PART_BYTES, type PartBuffers } from './part-buffers.ts';
import type { Confirm } from './put-request.ts';
import type { SealedObject, StoredObject } from './s3-objects.ts';

export interface ObjectWriterOptions {
  readonly bucket: Bucket;
  readonly key: string;
  readonly parameters: ObjectParameters;
  readonly buffers: PartBuffers;
  readonly signal: AbortSignal;
  /** Runs before each attempt of the request that creates the object; see PutRequest. */
  readonly confirm?: Confirm;
  /** Hashes the content; by default in the thread that writes the object. */
  readonly hash?: ContentHash;
}

/**
 * Writes one object of unknown size from memory. Uses PutObject if one part holds all bytes, and a multipart upload
 * otherwise. Full parts are sent while the next one is filled.
 *
 * Call either `complete` or `abort` at the end. The lib-storage package of the SDK is not used: its abort leaves the
 * upload open until its source ends, and its buffers are allocated per object instead of per run.
 */
export class ObjectWriter {
  readonly key: string;
  private readonly bucket: Bucket;
  private readonly parameters: ObjectParameters;
  private readonly buffers: PartBuffers;
  private readonly signal: AbortSignal;
  private readonly confirm: Confirm;
  private readonly hash: ContentHash;
  private size = 0;
  private filling: Buffer | undefined;
  private filled = 0;
  private readonly upload: MultipartUpload;
  private sealed: SealedObject | undefined;
  /** CRC-32 of an object of one part, once it is sealed. */
  private onlyCrc = 0;
  private failure: unknown;
  /** The append in progress, or the last one. Never rejects. */
  private appending: Promise<void> = Promise.resolve();

  constructor({ bucket, key, parameters, buffers, signal, confirm, hash }: ObjectWriterOptions) {
    this.bucket = bucket;
    this.key = key;
    this.parameters = parameters;
    this.buffers = buffers;
    this.signal = signal;
    this.confirm = confirm;
    this.hash = hash ?? new LocalContentHash();
    this.upload = new MultipartUpload(bucket, key, parameters, signal, confirm);
  }

  /** Undefined until S3 has returned it, and always for an object of one part. */
  get uploadId(): string | undefined {
    return this.upload.id;
  }

  /**
   * Appends `bytes`. They are copied before the promise resolves.
   *
   * @throws the error of an earlier part that failed
   */
  async append(bytes: Buffer): Promise<void> {
    const appended = this.takeIn(bytes);
    this.appending = appended.catch(() => {});
    await appended;
  }

  private async takeIn(bytes: Buffer): Promise<void> {
    this.size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (this.failure) throw this.failure;
      if (!this.filling) {
        this.filling = await this.buffers.take();
        // The object may have failed or been aborted in the meantime, so the loop checks for a failure first.
        continue;
      }
      const taken = Math.min(bytes.length - at, PART_BYTES - this.filled);
      // If threads share the memory of the bytes, `copy` of a whole buffer takes three times as long (70 and 23 us per
      // MB, Node 24).
      this.filling.fill(bytes.subarray(at, at + taken), this.filled, this.filled + taken);
      at += taken;
      this.filled += taken;
      if (this.filled === PART_BYTES) await this.sendPart();
    }
  }

  /**
   * Ends the content of the object. Resolves when S3 has all parts of a multipart upload, and the object only needs to
   * be completed. Nothing can be appended after this call.
   *
   * @throws the error of a part that failed; call `abort` then
   */
  async seal(): Promise<SealedObject> {
    if (this.sealed) return this.sealed;
    if (this.upload.id !== undefined && this.filled > 0) await this.sendPart();
    const isOnePart = this.upload.id === undefined;
    if (isOnePart) {
      const { body, crc } = await this.hash.append(this.onlyPart());
      // An abort in the meantime gave the buffer back, and an empty object must not be stored.
      if (this.failure) throw this.failure;
      if (this.filling) this.filling = Buffer.from(body.buffer);
      this.onlyCrc = crc;
    }
    const { md5: digest, sha256 } = await this.hash.digest();
    const md5 = Buffer.from(digest);
    const fingerprint = isOnePart
      ? { uploadId: undefined, crc32: base64Crc32(this.onlyCrc), etag: md5.toString('hex') }
      : await this.upload.seal();
    this.sealed = { key: this.key, size: this.size, md5: md5.toString('base64'), sha256, ...fingerprint };
    return this.sealed;
  }

  /**
   * Seals the object if necessary, and resolves when S3 has acknowledged it. Call `abort` after an error.
   *
   * @param isExclusive true to fail instead of replacing an object with the same key
   * @throws {KeyTaken} if another object with the same key exists
   */
  async complete(isExclusive = false): Promise<StoredObject> {
    const sealed = await this.seal();
    return sealed.uploadId === undefined
      ? await this.put(sealed, isExclusive)
      : await this.upload.complete(sealed, isExclusive);
  }

  /**
   * Leaves nothing in S3: waits for the append and the parts in progress, and then aborts the upload. Does not throw:
   * the error that led to the abort is the one to report.
   *
   * @returns whether the upload is still open
   */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    this.failure ??= new Error('aborted');
    // A compressor may still be appending its buffered output, which can create the upload. Wait for the end of that.
    await this.appending;
    this.giveBack();
    return this.upload.abort();
  }

  private async put(sealed: SealedObject, isExclusive: boolean): Promise<StoredObject> {
    const { key, parameters, onlyCrc: crc, confirm: beforeEachAttempt } = this;
    const replaces = isExclusive ? ('none' as const) : undefined;
    const request = { key, body: this.onlyPart(), parameters, crc, replaces, beforeEachAttempt };
    try {
      return await this.bucket.put(request, this.signal);
    } catch (error) {
      if (isExclusive && isPreconditionFailed(error)) return findOwnObject(this.bucket, sealed, error, this.signal);
      if (statusOf(error) !== 412) throw error;
      return findCompletedObject(this.bucket, sealed, error, this.signal);
    } finally {
      this.giveBack();
    }
  }

  private onlyPart(): Buffer {
    return this.filling?.subarray(0, this.filled) ?? Buffer.alloc(0);
  }

  /** Sends the filled part without waiting for the response. */
  private async sendPart(): Promise<void> {
    if (this.upload.id === undefined) await this.upload.create();
    if (this.failure) throw this.failure;
    const part = (this.filling as Buffer).subarray(0, this.filled);
    const hashed = Promise.resolve(this.hash.append(part));
    const sent = this.upload.send(hashed).finally(async () => {
      this.buffers.release(await hashed.then(({ body }) => body).catch(() => part));
    });
    // The next append reports the error. Without a handler here, Node would end the process before that.
    sent.catch((error: unknown) => {
      this.failure ??= error;
    });
    this.filling = undefined;
    this.filled = 0;
  }

  private giveBack(): void {
    if (this.filling) this.buffers.release(this.filling);
    this.filling = undefined;
    this.filled = 0;
  }
}
