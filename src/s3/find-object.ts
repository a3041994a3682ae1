import { CopyError } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import type { Acknowledgement } from './objects.ts';
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
 * Looks whether an object lies in the bucket, by its size and by its checksum or ETag.
 *
 * Needs s3:GetObject, and s3:ListBucket too to tell an object that is absent from one that may not be looked at.
 *
 * @throws the SDK's error where there is no answer
 */
export async function findObject(bucket: Bucket, sealed: SealedObject, signal: AbortSignal): Promise<FoundObject> {
  try {
    const found = await bucket.head(sealed.key, signal);
    if (!found) return 'absent';
    return found.size === sealed.size && isSame(sealed, found.crc32, found.etag) ? found : 'another';
  } catch (error) {
    if (statusOf(error) === 403) return 'not allowed to look';
    throw error;
  }
}

/**
 * By the checksum, or by the ETag where there is none to compare: some stores keep no checksums, and some report one of
 * an upload's parts without the number of parts, or one of the whole object.
 */
function isSame(sealed: SealedObject, crc32: string | undefined, etag: string): boolean {
  const isComparable = crc32 !== undefined && crc32.includes('-') === sealed.crc32.includes('-');
  return isComparable ? crc32 === sealed.crc32 : etag === sealed.etag;
}

/**
 * The object of an upload that the store says it does not know: it completed it, and its answer was lost.
 *
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
  throw new CopyError(
    'UPLOAD_LOST',
    `The store no longer knows the multipart upload of ${sealed.key}, and ${why}.`,
    'Run the step again. Look for a lifecycle rule or another job that aborts uploads while they are under way; where the answers of a store get lost, allow s3:GetObject, so that the Action can look for itself.',
    { cause },
  );
}
