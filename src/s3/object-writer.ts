import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Bucket } from './bucket.ts';
import { findCompleted, findOwn, type Marks, type SealedObject } from './find-object.ts';
import { base64Crc32 } from './integrity.ts';
import { MultipartUpload } from './multipart-upload.ts';
import type { ObjectParameters } from './object-options.ts';
import type { Acknowledgement } from './objects.ts';
import { PART_BYTES, type PartBuffers } from './part-buffers.ts';
import { isConditionUnmet, statusOf } from './refusals.ts';

/** An object that S3 has acknowledged, as the manifests name it. */
export interface StoredObject extends Acknowledgement {
  readonly key: string;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  readonly size: number;
}

/**
 * Writes one object of unknown size from memory: a PutObject where one part holds it all, a multipart upload otherwise,
 * with the parts on their way while the next one fills.
 *
 * Either `complete` or `abort` must be called in the end. The SDK's own lib-storage is not used because its abort
 * leaves the upload open until its source ends, and because its buffers grow with every object instead of the run.
 */
export class ObjectWriter {
  readonly key: string;
  private readonly bucket: Bucket;
  private readonly parameters: ObjectParameters;
  private readonly buffers: PartBuffers;
  private readonly signal: AbortSignal;
  private readonly md5 = createHash('md5');
  private size = 0;
  private filling: Buffer | undefined;
  private filled = 0;
  private readonly upload: MultipartUpload;
  private sealed: SealedObject | undefined;
  /** Of an object of one part, once it is sealed. */
  private onlyCrc = 0;
  private failure: unknown;
  /** The append under way, or the last one; never rejects. */
  private appending: Promise<void> = Promise.resolve();

  constructor(bucket: Bucket, key: string, parameters: ObjectParameters, buffers: PartBuffers, signal: AbortSignal) {
    this.bucket = bucket;
    this.key = key;
    this.parameters = parameters;
    this.buffers = buffers;
    this.signal = signal;
    this.upload = new MultipartUpload(bucket, key, parameters, signal);
  }

  /** Undefined until S3 has told it, and for ever for an object of one part. */
  get uploadId(): string | undefined {
    return this.upload.id;
  }

  /**
   * Takes `bytes` in; they are copied before it resolves.
   *
   * @throws what an earlier part failed with
   */
  async append(bytes: Buffer): Promise<void> {
    const appended = this.takeIn(bytes);
    this.appending = appended.catch(() => {});
    await appended;
  }

  private async takeIn(bytes: Buffer): Promise<void> {
    this.md5.update(bytes);
    this.size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (this.failure) throw this.failure;
      if (!this.filling) {
        this.filling = await this.buffers.take();
        // The object may have failed, or been given up, in the meantime.
        continue;
      }
      const taken = bytes.copy(this.filling, this.filled, at);
      at += taken;
      this.filled += taken;
      if (this.filled === PART_BYTES) await this.sendPart();
    }
  }

  /**
   * Resolves when S3 has every part, and all that is left is to complete the object. No more can be appended then.
   *
   * @throws what a part failed with; `abort` is still to be called
   */
  async seal(): Promise<SealedObject> {
    if (this.sealed) return this.sealed;
    if (this.upload.id !== undefined && this.filled > 0) await this.sendPart();
    const md5 = this.md5.digest();
    const marks = this.upload.id === undefined ? this.sealOnlyPart(md5) : await this.upload.seal();
    this.sealed = { key: this.key, size: this.size, md5: md5.toString('base64'), ...marks };
    return this.sealed;
  }

  /**
   * Seals the object if need be, and resolves when S3 has acknowledged it. After an error, `abort` is to be called.
   *
   * @param isExclusive true to replace no object of the same key
   * @throws {KeyTaken} if there is another one
   */
  async complete(isExclusive = false): Promise<StoredObject> {
    const sealed = await this.seal();
    const completing =
      sealed.uploadId === undefined ? this.put(sealed, isExclusive) : this.upload.complete(sealed, isExclusive);
    const acknowledged = await completing;
    return { ...acknowledged, key: sealed.key, md5: sealed.md5, size: sealed.size };
  }

  /**
   * Leaves nothing behind: waits for the append and the parts under way, then aborts the upload. Does not throw:
   * whatever led here is the error to tell.
   *
   * @returns whether an upload stayed open after all
   */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    this.failure ??= new Error('aborted');
    // A compressor may be handing on what it still held. Only when that has ended is it known what there is to abort.
    await this.appending;
    this.giveBack();
    return this.upload.abort();
  }

  private sealOnlyPart(md5: Buffer): Marks {
    this.onlyCrc = crc32(this.onlyPart());
    return { uploadId: undefined, crc32: base64Crc32(this.onlyCrc), etag: md5.toString('hex') };
  }

  private async put(sealed: SealedObject, isExclusive: boolean): Promise<Acknowledgement> {
    const options = { crc: this.onlyCrc, replaces: isExclusive ? ('none' as const) : undefined };
    try {
      return await this.bucket.put(this.key, this.onlyPart(), this.parameters, this.signal, options);
    } catch (error) {
      if (isExclusive && isConditionUnmet(error)) return await findOwn(this.bucket, sealed, error, this.signal);
      if (statusOf(error) !== 412) throw error;
      return await findCompleted(this.bucket, sealed, error, this.signal);
    } finally {
      this.giveBack();
    }
  }

  private onlyPart(): Buffer {
    return this.filling?.subarray(0, this.filled) ?? Buffer.alloc(0);
  }

  /** Sends what is filled and does not wait for it. */
  private async sendPart(): Promise<void> {
    if (this.upload.id === undefined) await this.upload.create();
    if (this.failure) throw this.failure;
    const buffer = this.filling as Buffer;
    const sent = this.upload.send(buffer.subarray(0, this.filled)).finally(() => this.buffers.give(buffer));
    // The next append tells; without a handler here Node would end the process before that.
    sent.catch((error: unknown) => {
      this.failure ??= error;
    });
    this.filling = undefined;
    this.filled = 0;
  }

  private giveBack(): void {
    if (this.filling) this.buffers.give(this.filling);
    this.filling = undefined;
    this.filled = 0;
  }
}
