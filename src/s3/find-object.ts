import { CopyError } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import type { Acknowledgement, ObjectHead } from './objects.ts';
import { statusOf } from './refusals.ts';

/** By what an object is known again that was sent in these bytes. */
export interface Marks {
  /** Undefined for an object of one part, which is put and not uploaded. */
  readonly uploadId: string | undefined;
  /** As HeadObject reports it: the base64 CRC-32 of the bytes, or, of an upload's, that of its parts' and `-<parts>`. */
  readonly crc32: string;
  /** The ETag it will have, unless a KMS key encrypts it; undefined where that shows already, in those of its parts. */
  readonly etag: string | undefined;
}

/** An object all of whose bytes S3 has, or that are at hand, before it is completed: enough to know it again. */
export interface SealedObject extends Marks {
  readonly key: string;
  readonly size: number;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
}

export type FoundObject = Acknowledgement | 'absent' | 'another' | 'not allowed to look';

/**
 * Looks whether an object lies in the bucket, by its size and by its checksum or ETag. If the store keeps no checksum and
 * a KMS key encrypts the object, so that the ETag is no MD5, its content decides.
 *
 * Needs s3:GetObject, for the content kms:Decrypt, and s3:ListBucket too to tell an object that is absent from one that
 * may not be looked at. An archived object may not be read either.
 *
 * @throws the SDK's error where there is no answer
 */
export async function findObject(bucket: Bucket, sealed: SealedObject, signal: AbortSignal): Promise<FoundObject> {
  try {
    const found = await bucket.head(sealed.key, signal);
    if (!found) return 'absent';
    if (found.size !== sealed.size) return 'another';
    const same = isSame(sealed, found) ?? (await hasContent(bucket, sealed, found, signal));
    return same ? found : 'another';
  } catch (error) {
    if (statusOf(error) === 403) return 'not allowed to look';
    throw error;
  }
}

/**
 * By the checksum, or by the ETag where there is none to compare: some stores keep no checksums, and some report one of
 * an upload's parts without the number of parts, or one of the whole object.
 *
 * @returns undefined if neither can be compared
 */
function isSame(sealed: SealedObject, { crc32, etag, serverSideEncryption }: ObjectHead): boolean | undefined {
  if (crc32 !== undefined && crc32.includes('-') === sealed.crc32.includes('-')) return crc32 === sealed.crc32;
  if (etag === sealed.etag) return true;
  const isMd5 = sealed.etag !== undefined && !serverSideEncryption?.startsWith('aws:');
  return isMd5 ? false : undefined;
}

async function hasContent(
  bucket: Bucket,
  { key, md5 }: SealedObject,
  { etag }: ObjectHead,
  signal: AbortSignal,
): Promise<boolean> {
  const read = await bucket.digest(key, signal);
  return read?.etag === etag && read.md5 === md5;
}

/**
 * The object that S3 refuses to make: the store says that it does not know the upload, or that an object of that name
 * exists. It made the object, and its response was lost.
 *
 * @param cause the refusal
 * @throws {CopyError} UPLOAD_LOST where it did not, or that cannot be told. Its parts have left the memory, so that the
 *   object cannot be sent again; the step can be run again.
 */
export async function findCompleted(
  bucket: Bucket,
  sealed: SealedObject,
  cause: unknown,
  signal: AbortSignal,
): Promise<Acknowledgement> {
  const found = await findObject(bucket, sealed, signal);
  if (typeof found === 'object') return found;
  const why = {
    absent: 'there is no such object',
    another: 'the object of that name is not the one that was sent',
    'not allowed to look': 'whether it had made the object of it cannot be told without s3:GetObject',
  }[found];
  const refusal =
    statusOf(cause) === 412
      ? `S3 did not write ${sealed.key}, since an object of that name exists`
      : `The store no longer knows the multipart upload of ${sealed.key}`;
  throw new CopyError(
    'UPLOAD_LOST',
    `${refusal}, and ${why}.`,
    'Run the step again. Look for a lifecycle rule or another job that aborts uploads while they are under way; where the answers of a store get lost, allow s3:GetObject, so that the Action can look for itself.',
    { cause },
  );
}

/** S3 has another object under the key of one that was to replace none. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/**
 * Finds the object whose conditional write S3 refused because of an object that exists: after a lost response, the retry
 * meets the object that the request before it has made.
 *
 * @throws {KeyTaken} if it is another object
 */
export async function findOwn(
  bucket: Bucket,
  sealed: SealedObject,
  cause: unknown,
  signal: AbortSignal,
): Promise<Acknowledgement> {
  const found = await findObject(bucket, sealed, signal);
  if (typeof found === 'object') return found;
  throw new KeyTaken(`${sealed.key}: ${found}`, { cause });
}
