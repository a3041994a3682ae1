import type { Bucket } from '../s3/bucket.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import { isConditionUnmet, isDenied, isUnsupported } from '../s3/refusals.ts';

/**
 * Removes a manifest-summary.json that must not stand for a copy, unless somebody else has replaced it. A role that may
 * not delete it makes it empty instead.
 *
 * @param etag of the summary that was written
 */
export async function takeBackSummary(
  bucket: Bucket,
  key: string,
  etag: string,
  parameters: ObjectParameters,
): Promise<void> {
  // The run's signal may have fired, and this must be done all the same.
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
