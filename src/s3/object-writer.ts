import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ABORT } from '../aws/timeouts.ts';
import type { Bucket } from './bucket.ts';
import { PART_BYTES, type PartBuffers } from './part-buffers.ts';
import {
  type Acknowledgement,
  acknowledgement,
  checksum,
  type ObjectParameters,
  putObject,
  wantsChecksums,
} from './put-object.ts';

/** An object that S3 has acknowledged, as the manifests name it. */
export interface StoredObject extends Acknowledgement {
  readonly key: string;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  readonly size: number;
}

interface Upload {
  readonly id: string;
  readonly parts: Promise<CompletedPart>[];
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
  private upload: Upload | undefined;
  private failure: unknown;
  /** The append under way, or the last one; never rejects. */
  private appending: Promise<void> = Promise.resolve();

  constructor(bucket: Bucket, key: string, parameters: ObjectParameters, buffers: PartBuffers, signal: AbortSignal) {
    this.bucket = bucket;
    this.key = key;
    this.parameters = parameters;
    this.buffers = buffers;
    this.signal = signal;
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

  /** Resolves when S3 has the whole object. After an error, `abort` is still to be called. */
  async complete(): Promise<StoredObject> {
    const acknowledged = this.upload ? await this.completeUpload(this.upload) : await this.put();
    return { ...acknowledged, key: this.key, md5: this.md5.digest('base64'), size: this.size };
  }

  /**
   * Leaves nothing behind: waits for the append and the parts under way, as S3 keeps a part that arrives after the
   * abort, then aborts the upload. Does not throw: whatever led here is the error to tell.
   *
   * @returns whether an upload stayed open after all
   */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    this.failure ??= new Error('aborted');
    // A compressor may be handing on what it still held. Only when that has ended is it known what there is to abort.
    await this.appending;
    this.giveBack();
    if (!this.upload) return 'nothing left';
    await Promise.allSettled(this.upload.parts);
    try {
      await this.bucket.client.send(
        new AbortMultipartUploadCommand({ ...this.address(), UploadId: this.upload.id }),
        // Not the run's signal, which has often fired by now, but no ten minutes either: somebody waits for the error.
        { abortSignal: AbortSignal.timeout(ABORT) },
      );
      return 'nothing left';
    } catch (error) {
      return (error as Error).name === 'NoSuchUpload' ? 'nothing left' : 'upload left open';
    }
  }

  private async put(): Promise<Acknowledgement> {
    const body = this.filling?.subarray(0, this.filled) ?? Buffer.alloc(0);
    try {
      return await putObject(this.bucket, this.key, body, this.parameters, this.signal);
    } finally {
      this.giveBack();
    }
  }

  private async completeUpload(upload: Upload): Promise<Acknowledgement> {
    if (this.filled > 0) await this.sendPart();
    const parts = await Promise.all(upload.parts);
    const output = await this.bucket.client.send(
      new CompleteMultipartUploadCommand({
        ...this.address(),
        UploadId: upload.id,
        MultipartUpload: { Parts: parts },
        MpuObjectSize: this.size,
      }),
      { abortSignal: this.signal },
    );
    return acknowledgement(output);
  }

  /** Sends what is filled and does not wait for it. */
  private async sendPart(): Promise<void> {
    this.upload ??= { id: await this.createUpload(), parts: [] };
    if (this.failure) throw this.failure;
    const { id, parts } = this.upload;
    const buffer = this.filling as Buffer;
    const part = this.uploadPart(id, parts.length + 1, buffer.subarray(0, this.filled));
    const sent = part.finally(() => this.buffers.give(buffer));
    parts.push(sent);
    // The next append tells; without a handler here Node would end the process before that.
    sent.catch((error: unknown) => {
      this.failure ??= error;
    });
    this.filling = undefined;
    this.filled = 0;
  }

  private async createUpload(): Promise<string> {
    this.signal.throwIfAborted();
    // The answer alone says what is to be aborted, so a run that stops still waits for it, if not for long.
    const { signal, release } = delayed(this.signal, ABORT);
    try {
      const { UploadId } = await this.bucket.client.send(
        new CreateMultipartUploadCommand({
          ...this.parameters,
          ...this.address(),
          // S3 refuses parts with a checksum in an upload that was not created for one, and the SDK does not see to it.
          ...((await wantsChecksums(this.bucket)) && { ChecksumAlgorithm: 'CRC32' }),
        }),
        { abortSignal: signal },
      );
      if (!UploadId) throw new Error('S3 created a multipart upload without an id');
      return UploadId;
    } finally {
      release();
    }
  }

  private async uploadPart(id: string, PartNumber: number, body: Buffer): Promise<CompletedPart> {
    const { ETag, ChecksumCRC32 } = await this.bucket.client.send(
      new UploadPartCommand({
        ...this.address(),
        UploadId: id,
        PartNumber,
        Body: body,
        ...(await checksum(this.bucket, body)),
      }),
      { abortSignal: this.signal },
    );
    if (!ETag) throw new Error('S3 acknowledged a part without an ETag');
    return { PartNumber, ETag, ...(ChecksumCRC32 && { ChecksumCRC32 }) };
  }

  private address() {
    return { Bucket: this.bucket.name, Key: this.key, ...this.bucket.onEveryCall };
  }

  private giveBack(): void {
    if (this.filling) this.buffers.give(this.filling);
    this.filling = undefined;
    this.filled = 0;
  }
}

/** A signal that fires some milliseconds after `signal` does; `release` undoes what that takes. */
function delayed(signal: AbortSignal, milliseconds: number): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    timer = setTimeout(() => controller.abort(), milliseconds);
  };
  signal.addEventListener('abort', start, { once: true });
  return {
    signal: controller.signal,
    release() {
      signal.removeEventListener('abort', start);
      clearTimeout(timer);
    },
  };
}
