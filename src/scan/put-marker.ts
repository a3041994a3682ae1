import type { Bucket } from '../s3/bucket.ts';
import { statusOf } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { Acknowledgement } from '../s3/s3-objects.ts';

/**
 * Writes the marker. This is the only real test of write access: permissions on the bucket itself prove nothing for the
 * keys under a prefix. With IfNoneMatch, an attempt that resumes a copy finds the marker of the first attempt and
 * returns that.
 */
export async function putMarker(
  bucket: Bucket,
  key: string,
  parameters: ObjectParameters,
  signal: AbortSignal,
): Promise<Acknowledgement> {
  try {
    return await bucket.put(key, Buffer.alloc(0), parameters, signal);
  } catch (error) {
    const found = statusOf(error) === 412 ? await bucket.head(key, signal) : undefined;
    if (found?.size !== 0) throw error;
    return found;
  }
}
