import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { requireResult } from './attempt-middleware.ts';
import type { Bucket } from './bucket.ts';
import { listPages } from './list-pages.ts';

/** A multipart upload that is neither completed nor aborted. */
export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** Lists all open multipart uploads with keys that start with `prefix`. */
export async function* listUploads(
  { client, address }: Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<OpenUpload, void, void> {
  const request = (next: object = {}) => {
    const command = new ListMultipartUploadsCommand({ ...address, Prefix: prefix, ...next });
    requireResult(command, ({ IsTruncated, Bucket: name }) => (IsTruncated ?? name) !== undefined);
    return client.send(command, { abortSignal: signal });
  };
  const nextOf = ({ IsTruncated, NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput) =>
    IsTruncated && NextKeyMarker ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  for await (const { Uploads = [] } of listPages(request, nextOf)) {
    for (const { Key = '', UploadId } of Uploads) {
      if (Key.startsWith(prefix) && UploadId !== undefined) yield { key: Key, uploadId: UploadId };
    }
  }
}

/** Aborts an upload, whether or not it is still open. */
export async function abortUpload(
  { client, address }: Bucket,
  { key, uploadId }: OpenUpload,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand({ ...address, Key: key, UploadId: uploadId }), {
      abortSignal: signal,
    });
  } catch (error) {
    if ((error as Error).name !== 'NoSuchUpload') throw error;
  }
}

/**
 * Aborts every upload of this key. The keys of data objects are unique, so all of these uploads belong to one run.
 *
 * @throws the error of the SDK, such as AccessDenied if the role lacks s3:ListBucketMultipartUploads
 */
export async function abortUploadsOf(bucket: Bucket, key: string, signal: AbortSignal): Promise<void> {
  for await (const upload of listUploads(bucket, key, signal)) {
    if (upload.key === key) await abortUpload(bucket, upload, signal);
  }
}
