import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { delayedSignal } from '../aws/delayed-signal.ts';
import { ABORT, BETWEEN_ABORTS, CREATE_UPLOAD_GRACE } from '../timeouts.ts';
import { requireResult, runBeforeEachAttempt } from './attempt-middleware.ts';
import type { Bucket } from './bucket.ts';
import { fingerprintOfParts, type HashedPart, integrityHeaders, verifyStored, wantsChecksums } from './checksums.ts';
import { attemptsOf, isPreconditionFailed, isUnsupported, statusOf } from './error-status.ts';
import { findCompletedObject, findOwnObject } from './find-object.ts';
import type { ObjectParameters } from './object-options.ts';
import { abortUpload, abortUploadsOf } from './open-uploads.ts';
import type { Confirm } from './put-request.ts';
import { type SealedObject, type StoredObject, storedObject } from './s3-objects.ts';

/** A part that S3 has acknowledged. */
interface StoredPart extends CompletedPart {
  readonly crc: number;
}

/**
 * One multipart upload, from its creation to `complete` or `abort`. The journal of the bucket lists the upload from
 * before the CreateMultipartUpload request until nothing of it remains.
 */
export class MultipartUpload {
  private readonly bucket: Bucket;
  private readonly key: string;
  private readonly parameters: ObjectParameters;
  private readonly condition: Pick<ObjectParameters, 'IfNoneMatch'>;
  private readonly signal: AbortSignal;
  private readonly confirm: Confirm;
  private readonly parts: Promise<StoredPart>[] = [];
  /** Undefined until S3 has returned it. */
  id: string | undefined;
  /** True if S3 may have created an upload whose ID never arrived. */
  private mayHaveUnknownUpload = false;
  private begun = false;

  constructor(bucket: Bucket, key: string, parameters: ObjectParameters, signal: AbortSignal, confirm?: Confirm) {
    this.bucket = bucket;
    this.key = key;
    const { IfNoneMatch, ...rest } = parameters;
    this.parameters = rest;
    // S3 accepts a condition only on the request that creates the object.
    this.condition = IfNoneMatch === undefined ? {} : { IfNoneMatch };
    this.signal = signal;
    this.confirm = confirm;
  }

  async create(): Promise<void> {
    this.signal.throwIfAborted();
    this.begun = true;
    this.bucket.journal?.creating(this.key);
    // Only the response contains the ID that the abort needs. A run that stops still waits for it, but not long.
    const { signal, release } = delayedSignal(this.signal, CREATE_UPLOAD_GRACE);
    try {
      this.mayHaveUnknownUpload = true;
      const command = new CreateMultipartUploadCommand({
        ...this.parameters,
        ...this.address(),
        // S3 rejects parts with a checksum if the upload was created without an algorithm. The SDK does not add it.
        ...((await wantsChecksums(this.bucket.client)) && { ChecksumAlgorithm: 'CRC32' }),
      });
      requireResult(command, ({ UploadId }) => Boolean(UploadId));
      runBeforeEachAttempt(command, async () => this.bucket.beforeWrite());
      const { UploadId = '', $metadata } = await this.bucket.client.send(command, { abortSignal: signal });
      this.mayHaveUnknownUpload = $metadata.attempts !== 1;
      this.id = UploadId;
      this.bucket.journal?.created(this.key, UploadId);
    } catch (error) {
      const status = statusOf(error);
      // If the only attempt received a 4xx response, S3 created no upload.
      if (attemptsOf(error) === 1 && status >= 400 && status < 500) this.mayHaveUnknownUpload = false;
      throw error;
    } finally {
      release();
    }
  }

  /** Sends the next part as soon as it is hashed. Its body is read until the promise settles. */
  send(hashed: HashedPart | Promise<HashedPart>): Promise<void> {
    const part = this.uploadPart(this.parts.length + 1, hashed);
    this.parts.push(part);
    return part.then(() => {});
  }

  /** Waits until S3 has acknowledged every part, and returns the properties that will identify the object. */
  async seal(): Promise<Pick<SealedObject, 'uploadId' | 'crc32' | 'etag'>> {
    return { uploadId: this.id, ...fingerprintOfParts(await Promise.all(this.parts)) };
  }

  /**
   * Creates the object from the parts. If the response is lost, the SDK sends the request again with the same parts,
   * and S3 returns the same response. Other stores may no longer have the upload, or may reject a second write of the
   * object. In these cases, the method checks whether the object exists.
   *
   * @param isExclusive true to fail instead of replacing an object with the same key
   * @throws {CopyError} UPLOAD_LOST if that check does not find the object either
   * @throws {KeyTaken} if another object with the same key exists
   */
  async complete(sealed: SealedObject, isExclusive = false): Promise<StoredObject> {
    const acknowledged = await this.sendComplete(sealed, isExclusive).catch((error: unknown) => {
      if ((error as Error).name === 'NoSuchUpload') return findCompletedObject(this.bucket, sealed, error, this.signal);
      if (isExclusive && isPreconditionFailed(error)) return findOwnObject(this.bucket, sealed, error, this.signal);
      if (statusOf(error) === 412) return findCompletedObject(this.bucket, sealed, error, this.signal);
      // Some S3-compatible stores support conditions only for PutObject.
      const canDoWithout = isExclusive && this.condition.IfNoneMatch === undefined;
      if (canDoWithout && isUnsupported(error)) return this.sendComplete(sealed, false);
      throw error;
    });
    const left = await this.abortUnknownUploads(AbortSignal.timeout(ABORT));
    if (left === 'nothing left') this.bucket.journal?.ended(this.key, 'completed');
    return acknowledged;
  }

  /**
   * Ends the upload without an object. First waits for the parts in progress, since S3 keeps a part that arrives after
   * the abort. For the same reason the abort is repeated if a part was cut off: its bytes may still be on their way to
   * S3.
   *
   * Does not throw: the error that led to the abort is the one to report.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
   */
  async abort(): Promise<'nothing left' | 'upload left open'> {
    if (!this.begun) return 'nothing left';
    const settled = await Promise.allSettled(this.parts);
    const wasCutOff = settled.some((part) => part.status === 'rejected');
    // The signal of the run cannot be used, since it has often fired by now. Without a deadline, retries could take ten
    // minutes while the user waits for the error.
    const deadline = AbortSignal.timeout(ABORT);
    try {
      if (this.id !== undefined) {
        const upload = { key: this.key, uploadId: this.id };
        await abortUpload(this.bucket, upload, deadline);
        if (wasCutOff) {
          await sleep(BETWEEN_ABORTS, undefined, { signal: deadline });
          await abortUpload(this.bucket, upload, deadline);
        }
      }
    } catch {
      return 'upload left open';
    }
    const left = await this.abortUnknownUploads(deadline);
    if (left === 'nothing left') this.bucket.journal?.ended(this.key, 'aborted');
    // An upload whose ID never arrived has no parts. It costs nothing and is not reported.
    return 'nothing left';
  }

  private async sendComplete(sealed: SealedObject, isExclusive: boolean): Promise<StoredObject> {
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
    runBeforeEachAttempt(command, () => this.bucket.confirmWrite(this.confirm));
    return storedObject(sealed, await this.bucket.client.send(command, { abortSignal: this.signal }));
  }

  private async uploadPart(PartNumber: number, hashed: HashedPart | Promise<HashedPart>): Promise<StoredPart> {
    const { body, crc } = await hashed;
    const command = new UploadPartCommand({
      ...this.address(),
      UploadId: this.id,
      PartNumber,
      Body: body,
      ...(await integrityHeaders(this.bucket.client, body, crc)),
    });
    runBeforeEachAttempt(command, async () => this.bucket.beforeWrite());
    const output = await this.bucket.client.send(command, { abortSignal: this.signal });
    const { ETag, ChecksumCRC32 } = output;
    if (!ETag) throw new Error('S3 acknowledged a part without an ETag');
    verifyStored({ key: this.key, body, crc }, output);
    return { PartNumber, ETag, ...(ChecksumCRC32 && { ChecksumCRC32 }), crc };
  }

  /**
   * Aborts uploads of this key whose IDs never arrived. They have no parts, so they can stay if listing is not allowed.
   */
  private async abortUnknownUploads(signal: AbortSignal): Promise<'nothing left' | 'unknown uploads may remain'> {
    if (!this.mayHaveUnknownUpload) return 'nothing left';
    return abortUploadsOf(this.bucket, this.key, signal).then(
      () => 'nothing left',
      () => 'unknown uploads may remain',
    );
  }

  private address() {
    return { ...this.bucket.address, Key: this.key };
  }
}
