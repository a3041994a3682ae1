import { CopyError } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import { statusOf } from './error-status.ts';
import type { ObjectFingerprint, StoredObject } from './s3-objects.ts';

/** Result of the search for an object: the object as S3 reports it, or the reason why there is none. */
export type FoundObject = StoredObject | 'absent' | 'different object' | 'access denied';

/**
 * Checks whether an object exists in the bucket. Compares the size, and then the checksum or ETag. If the store keeps
 * no checksum and a KMS key encrypts the object, the ETag is not an MD5. In this case, the content is read and
 * compared.
 *
 * Requires s3:GetObject, and kms:Decrypt to read the content. Without s3:ListBucket, S3 returns 403 both for a missing
 * object and for a missing permission. The content of an archived object cannot be read either.
 *
 * @throws the error of the SDK if a request fails with a status other than 403
 */
export async function findObject(bucket: Bucket, sealed: ObjectFingerprint, signal: AbortSignal): Promise<FoundObject> {
  try {
    const found = await bucket.head(sealed.key, signal);
    if (!found) return 'absent';
    if (found.size !== sealed.size) return 'different object';
    const same = isSame(sealed, found) ?? (await hasContent(bucket, sealed, found, signal));
    return same ? found : 'different object';
  } catch (error) {
    if (statusOf(error) === 403) return 'access denied';
    throw error;
  }
}

/**
 * Compares the checksums, or the ETags if the checksums are not comparable. Some stores keep no checksums. For a
 * multipart upload, some report the checksum of the parts without the number of parts, or the checksum of the whole
 * object.
 *
 * @returns undefined if neither can be compared
 */
function isSame(sealed: ObjectFingerprint, { crc32, etag, serverSideEncryption }: StoredObject): boolean | undefined {
  if (crc32 !== undefined && crc32.includes('-') === sealed.crc32.includes('-')) return crc32 === sealed.crc32;
  if (etag === sealed.etag) return true;
  const isMd5 = sealed.etag !== undefined && !serverSideEncryption?.startsWith('aws:');
  return isMd5 ? false : undefined;
}

async function hasContent(
  bucket: Bucket,
  { key, md5 }: ObjectFingerprint,
  { etag }: StoredObject,
  signal: AbortSignal,
): Promise<boolean> {
  const read = await bucket.digest(key, signal);
  return read?.etag === etag && read.md5 === md5;
}

/**
 * Finds the object after S3 rejected the request that creates it, because the upload no longer exists or because an
 * object with this key exists. This happens if S3 created the object and the response was lost.
 *
 * @param cause error of the rejected request
 * @throws {CopyError} UPLOAD_LOST if S3 did not create the object, or if this cannot be determined. The parts are no
 *   longer in memory, so the object cannot be sent again. The job can be re-run.
 */
export async function findCompletedObject(
  bucket: Bucket,
  sealed: ObjectFingerprint,
  cause: unknown,
  signal: AbortSignal,
): Promise<StoredObject> {
  const found = await findObject(bucket, sealed, signal);
  if (typeof found === 'object') return found;
  const why = {
    absent: 'No object with this key was found.',
    'different object': 'The object with this key is not the one that was sent.',
    'access denied': 'S3 denied access to the object (s3:GetObject), so it is unknown whether S3 created it.',
  }[found];
  const rejection =
    statusOf(cause) === 412
      ? `S3 did not write ${sealed.key} because an object with this key exists.`
      : `The multipart upload of ${sealed.key} no longer exists.`;
  throw new CopyError(
    'UPLOAD_LOST',
    `${rejection} ${why}`,
    'Re-run the job. Check whether a lifecycle rule or another job aborts uploads that are in progress. If responses of the store are lost, grant s3:GetObject to the role: the Action can then find the object itself.',
    { cause },
  );
}

/** Another object exists under the key of an object that must not replace any. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/**
 * Finds the object after S3 rejected its conditional write because an object with this key exists. After a lost
 * response, the retry finds the object that the first attempt created.
 *
 * @throws {KeyTaken} if the existing object is a different one
 */
export async function findOwnObject(
  bucket: Bucket,
  sealed: ObjectFingerprint,
  cause: unknown,
  signal: AbortSignal,
): Promise<StoredObject> {
  const found = await findObject(bucket, sealed, signal);
  if (typeof found === 'object') return found;
  throw new KeyTaken(`${sealed.key}: ${found}`, { cause });
}
