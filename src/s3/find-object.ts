import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.ts';
import { type Acknowledgement, acknowledgement } from './put-object.ts';

/** An object all of whose bytes S3 has, before it is completed: enough to know it again. */
export interface SealedObject {
  readonly key: string;
  /** Undefined for an object of one part, which is put and not uploaded. */
  readonly uploadId: string | undefined;
  readonly size: number;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  /** As HeadObject reports it: the base64 CRC-32 of the bytes, or, of an upload's, that of its parts' and `-<parts>`. */
  readonly crc32: string;
  /** The ETag it will have; undefined where parts have ETags that are no MD5s, as under a KMS key. */
  readonly etag: string | undefined;
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
    const output = await bucket.client.send(
      new HeadObjectCommand({ ...bucket.onEveryCall, Bucket: bucket.name, Key: sealed.key, ChecksumMode: 'ENABLED' }),
      { abortSignal: signal },
    );
    const found = acknowledgement(output);
    const isSame =
      output.ChecksumCRC32 === undefined ? found.etag === sealed.etag : output.ChecksumCRC32 === sealed.crc32;
    return output.ContentLength === sealed.size && isSame ? found : 'another';
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return 'absent';
    if (status === 403) return 'not allowed to look';
    throw error;
  }
}
