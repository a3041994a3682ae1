import type { Bucket } from './bucket.ts';
import { isDenied } from './error-status.ts';
import type { ObjectContent } from './s3-objects.ts';

/**
 * Returns whether the list of objects does not contain a key. The status of a GET is not enough: for an object that does
 * not exist, S3 returns 403 unless the role is allowed to list the whole bucket. A good policy allows only a part of it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export async function isAbsent(bucket: Bucket, key: string, signal: AbortSignal): Promise<boolean> {
  for await (const listed of bucket.list(key, signal)) if (listed.key === key) return false;
  return true;
}

/**
 * Reads an object like `Bucket.get`, if it is unknown whether the object exists.
 *
 * @returns undefined if the object does not exist, also if S3 denies access because of that
 * @throws the error of the SDK, also if the key cannot be listed after S3 denied access
 */
export async function getIfListed(
  bucket: Bucket,
  key: string,
  signal: AbortSignal,
  maxBytes: number,
): Promise<ObjectContent | undefined> {
  try {
    return await bucket.get(key, signal, maxBytes);
  } catch (error) {
    if (isDenied(error) && (await isAbsent(bucket, key, signal).catch(() => false))) return undefined;
    throw error;
  }
}
