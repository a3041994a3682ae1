import { crc32 } from 'node:zlib';
import {
  type CreateMultipartUploadCommandInput,
  PutObjectCommand,
  type PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.ts';
import { integrity, verifyStored, wantsChecksums } from './integrity.ts';

/** Parameters of PutObject that CreateMultipartUpload has too. */
export type ObjectParameters = Omit<
  CreateMultipartUploadCommandInput,
  'Bucket' | 'Key' | 'ChecksumAlgorithm' | 'ChecksumType'
>;

/** What S3 says of an object it has taken. */
export interface Acknowledgement {
  /** Without quotes. Not an MD5 for multipart uploads or under KMS. */
  readonly etag: string;
  /** What S3 says it encrypted with; undefined for stores that do not say. */
  readonly serverSideEncryption: string | undefined;
  readonly kmsKeyId: string | undefined;
}

/**
 * Writes an object that is in memory as a whole; S3 checks its CRC-32. Where the answer is lost it is written again:
 * the same bytes under the same key.
 *
 * @param crc of the body, where it is known already
 * @throws {CopyError} OBJECT_CORRUPT where S3 says it has stored other bytes
 */
export async function putObject(
  bucket: Bucket,
  key: string,
  body: Buffer,
  parameters: ObjectParameters,
  signal: AbortSignal,
  crc = crc32(body),
): Promise<Acknowledgement> {
  const output = await bucket.client.send(
    new PutObjectCommand({
      ...parameters,
      ...bucket.onEveryCall,
      ...(await integrity(bucket, body, crc)),
      // A checksum is not enough for Object Lock: S3's reference wants the header that this makes beside it.
      ...((await wantsChecksums(bucket)) && { ChecksumAlgorithm: 'CRC32' as const }),
      Bucket: bucket.name,
      Key: key,
      Body: body,
    }),
    { abortSignal: signal },
  );
  verifyStored({ key, body, crc }, output);
  return acknowledgement(output);
}

/** @throws {Error} where S3 acknowledged an object without saying which: nothing could be verified against it later */
export function acknowledgement(
  output: Pick<PutObjectCommandOutput, 'ETag' | 'ServerSideEncryption' | 'SSEKMSKeyId'>,
): Acknowledgement {
  if (!output.ETag) throw new Error('S3 acknowledged an object without an ETag');
  return {
    etag: output.ETag.replaceAll('"', ''),
    serverSideEncryption: output.ServerSideEncryption,
    kmsKeyId: output.SSEKMSKeyId,
  };
}
