import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.ts';

/**
 * Ends every multipart upload of one key. Keys of data objects are unique to their run, so they can only be its own.
 *
 * @throws the SDK's error, such as AccessDenied for a role without s3:ListBucketMultipartUploads
 */
export async function abortUploads(bucket: Bucket, key: string, signal: AbortSignal): Promise<void> {
  const place = { ...bucket.onEveryCall, Bucket: bucket.name };
  // One page is enough: a key has as many uploads as there were attempts to create one.
  const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ ...place, Prefix: key }), {
    abortSignal: signal,
  });
  for (const { Key, UploadId } of Uploads) {
    if (Key === key && UploadId !== undefined) await abortUpload(bucket, key, UploadId, signal);
  }
}

/** Ends an upload; one that has ended already is as good. */
export async function abortUpload(bucket: Bucket, key: string, UploadId: string, signal: AbortSignal): Promise<void> {
  const place = { ...bucket.onEveryCall, Bucket: bucket.name };
  try {
    await bucket.client.send(new AbortMultipartUploadCommand({ ...place, Key: key, UploadId }), {
      abortSignal: signal,
    });
  } catch (error) {
    if ((error as Error).name !== 'NoSuchUpload') throw error;
  }
}
