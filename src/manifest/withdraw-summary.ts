import type { Bucket } from '../s3/bucket.ts';
import { isConditionUnmet, isDenied, isUnsupported } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';

/**
 * Deletes the manifest-summary.json of a copy that must not count as complete, unless another writer has replaced it.
 * If the role is not authorized to delete it, replaces it with an empty object.
 *
 * @param etag ETag of the summary that was written
 */
export async function takeBackSummary(
  bucket: Bucket,
  key: string,
  etag: string,
  parameters: ObjectParameters,
): Promise<void> {
  // The summary must be deleted even if the signal of the run is aborted.
  const { signal } = new AbortController();
  try {
    await bucket.deleteUnchanged(key, etag, signal);
  } catch (error) {
    if (!isDenied(error) && !isUnsupported(error)) throw error;
    await makeEmpty(bucket, key, etag, parameters, signal);
  }
}

async function makeEmpty(
  bucket: Bucket,
  key: string,
  etag: string,
  parameters: ObjectParameters,
  signal: AbortSignal,
): Promise<void> {
  try {
    await bucket.put(key, Buffer.alloc(0), parameters, signal, { replaces: { etag } });
  } catch (error) {
    if (!isConditionUnmet(error)) throw error;
  }
}
