import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { lateSignal } from '../aws/late-signal.ts';
import { ABORT, BETWEEN_ABORTS, CREATE_LEAVE } from '../aws/timeouts.ts';
import type { Bucket } from './bucket.ts';
import { checkEachAttempt } from './each-attempt.ts';
import { findCompleted, findOwn, type Marks, type SealedObject } from './find-object.ts';
import { integrity, marksOfParts, verifyStored, wantsChecksums } from './integrity.ts';
import type { ObjectParameters } from './object-options.ts';
import { type Acknowledgement, acknowledgement } from './objects.ts';
import { isConditionUnmet, isUnsupported, statusOf } from './refusals.ts';
import { requireResult } from './require-result.ts';

/** A part that S3 has acknowledged. */
interface StoredPart extends CompletedPart {
  readonly crc: number;
}

/**
 * One multipart upload, from its creation to its one end: `complete` or `abort`. The bucket's journal knows of it from
 * before it is asked for until nothing of it is left.
 */
export class MultipartUpload {
  private readonly bucket: Bucket;
  private readonly key: string;
  private readonly parameters: ObjectParameters;
  private readonly condition: Pick<ObjectParameters, 'IfNoneMatch'>;
  private readonly signal: AbortSignal;
  private readonly parts: Promise<StoredPart>[] = [];
  /** Undefined until S3 has told it. */
  id: string | undefined;
  /** True where S3 may have made an upload whose id never arrived. */
  private mayHaveStrays = false;
  private begun = false;

  constructor(bucket: Bucket, key: string, parameters: ObjectParameters, signal: AbortSignal) {
    this.bucket = bucket;
    this.key = key;
    const { IfNoneMatch, ...rest } = parameters;
    this.parameters = rest;
    // Only the request that makes the object takes a condition.
    this.condition = IfNoneMatch === undefined ? {} : { IfNoneMatch };
    this.signal = signal;
  }

  async create(): Promise<void> {
    this.signal.throwIfAborted();
    this.begun = true;
    this.bucket.journal?.creating(this.key);
    // The answer alone says what is to be aborted, so a run that stops still waits for it, if not for long.
    const { signal, release } = lateSignal(this.signal, CREATE_LEAVE);
    try {
      this.mayHaveStrays = true;
      const command = new CreateMultipartUploadCommand({
        ...this.parameters,
        ...this.address(),
        // S3 refuses parts with a checksum in an upload that was not created for one, and the SDK does not see to it.
        ...((await wantsChecksums(this.bucket.client)) && { ChecksumAlgorithm: 'CRC32' }),
      });
      requireResult(command, ({ UploadId }) => Boolean(UploadId));
      checkEachAttempt(command, async () => this.bucket.beforeWrite());
      const { UploadId = '', $metadata } = await this.bucket.client.send(command, { abortSignal: signal });
      this.mayHaveStrays = $metadata.attempts !== 1;
      this.id = UploadId;
      this.bucket.journal?.created(this.key, UploadId);
    } catch (error) {
      const { httpStatusCode = 0, attempts } =
        (error as { $metadata?: { httpStatusCode?: number; attempts?: number } }).$metadata ?? {};
      // A plain refusal made nothing.
      if (attempts === 1 && httpStatusCode >= 400 && httpStatusCode < 500) this.mayHaveStrays = false;
      throw error;
    } finally {
      release();
    }
  }

  /** Sends the next part. `body` is read from until the promise settles. */
  send(body: Buffer): Promise<void> {
    const part = this.uploadPart(this.parts.length + 1, body);
    this.parts.push(part);
    return part.then(() => {});
  }

  /** What the object will be known by, once S3 has acknowledged every part. */
  async seal(): Promise<Marks> {
    return { uploadId: this.id, ...marksOfParts(await Promise.all(this.parts)) };
  }

  /**
   * Makes an object of the parts. Where the answer is lost the SDK asks again with the same parts, which S3 answers as
   * it did before; a store that has forgotten the upload by then, or refuses to write the object a second time, is asked
   * for the object instead.
   *
   * @param isExclusive true to replace no object of the same key
   * @throws {CopyError} UPLOAD_LOST where that does not help either
   * @throws {KeyTaken} if there is another object of the same key
   */
  async complete(sealed: SealedObject, isExclusive = false): Promise<Acknowledgement> {
    const acknowledged = await this.sendComplete(sealed, isExclusive).catch((error: unknown) => {
      if ((error as Error).name === 'NoSuchUpload') return findCompleted(this.bucket, sealed, error, this.signal);
      if (isExclusive && isConditionUnmet(error)) return findOwn(this.bucket, sealed, error, this.signal);
      if (statusOf(error) === 412) return findCompleted(this.bucket, sealed, error, this.signal);
      // An S3-compatible store that knows conditions for PutObject alone.
      const canDoWithout = isExclusive && this.condition.IfNoneMatch === undefined;
      if (canDoWithout && isUnsupported(error)) return this.sendComplete(sealed, false);
      throw error;
    });
    const left = await this.abortStrays(AbortSignal.timeout(ABORT));
    if (left === 'nothing left') this.bucket.journal?.ended(this.key, 'completed');
    return acknowledged;
  }

  /**
   * Ends the upload without an object. Waits for the parts under way, as S3 keeps a part that arrives after the abort;
   * for the same reason the abort is repeated where a part was cut off, whose bytes may still be on their way.
   *
   * Does not throw: whatever led here is the error to tell.
   *
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
   */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    if (!this.begun) return 'nothing left';
    const settled = await Promise.allSettled(this.parts);
    const wasCutOff = settled.some((part) => part.status === 'rejected');
    // Not the run's signal, which has often fired by now, but no ten minutes either: somebody waits for the error.
    const deadline = AbortSignal.timeout(ABORT);
    try {
      if (this.id !== undefined) {
        await this.bucket.abortUpload(this.key, this.id, deadline);
        if (wasCutOff) {
          await sleep(BETWEEN_ABORTS, undefined, { signal: deadline });
          await this.bucket.abortUpload(this.key, this.id, deadline);
        }
      }
    } catch {
      return 'upload left open';
    }
    const left = await this.abortStrays(deadline);
    if (left === 'nothing left') this.bucket.journal?.ended(this.key, 'aborted');
    // One that S3 made and never told of has no parts, so it costs nothing and nobody need hear of it.
    return 'nothing left';
  }

  private async sendComplete(sealed: SealedObject, isExclusive: boolean): Promise<Acknowledgement> {
    const parts = await Promise.all(this.parts);
    const command = new CompleteMultipartUploadCommand({
      ...this.address(),
      UploadId: this.id,
      MultipartUpload: { Parts: parts.map(({ crc: _, ...part }) => part) },
      MpuObjectSize: sealed.size,
      ...this.condition,
      ...(isExclusive && { IfNoneMatch: '*' }),
    });
    requireResult(command, ({ ETag }) => Boolean(ETag));
    checkEachAttempt(command, async () => this.bucket.beforeWrite());
    return acknowledgement(await this.bucket.client.send(command, { abortSignal: this.signal }));
  }

  private async uploadPart(PartNumber: number, body: Buffer): Promise<StoredPart> {
    const crc = crc32(body);
    const command = new UploadPartCommand({
      ...this.address(),
      UploadId: this.id,
      PartNumber,
      Body: body,
      ...(await integrity(this.bucket.client, body, crc)),
    });
    checkEachAttempt(command, async () => this.bucket.beforeWrite());
    const output = await this.bucket.client.send(command, { abortSignal: this.signal });
    const { ETag, ChecksumCRC32 } = output;
    if (!ETag) throw new Error('S3 acknowledged a part without an ETag');
    verifyStored({ key: this.key, body, crc }, output);
    return { PartNumber, ETag, ...(ChecksumCRC32 && { ChecksumCRC32 }), crc };
  }

  /** Ends uploads of this key whose ids never arrived. They have no parts, so a role that may not list them leaves them. */
  private async abortStrays(signal: AbortSignal): Promise<'nothing left' | 'strays may be left'> {
    if (!this.mayHaveStrays) return 'nothing left';
    try {
      await this.bucket.abortUploadsOf(this.key, signal);
      return 'nothing left';
    } catch {
      return 'strays may be left';
    }
  }

  private address() {
    return { ...this.bucket.address, Key: this.key };
  }
}
