import type { PutObjectCommandOutput } from '@aws-sdk/client-s3';

/** Response of S3 to a request that stored an object. */
export interface Acknowledgement {
  /** Without quotes. Not an MD5 for multipart uploads or with a KMS key. */
  readonly etag: string;
  /** Encryption algorithm of the object; undefined for stores that do not report it. */
  readonly serverSideEncryption: string | undefined;
  readonly kmsKeyId: string | undefined;
}

/** An object as HeadObject reports it. */
export interface ObjectHead extends Acknowledgement {
  /** Size in bytes. */
  readonly size: number;
  /** Base64 CRC-32; for a multipart upload the CRC-32 of the parts' CRC-32s, followed by `-<parts>`. */
  readonly crc32: string | undefined;
  /** Time of the last write, by the clock of S3. */
  readonly lastModified: Date | undefined;
}

/** MD5 and ETag of an object that was read without keeping its content. */
export interface ObjectDigest {
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  /** Without quotes. */
  readonly etag: string;
}

/** A small object, read completely. */
export interface ReadObject {
  /** Empty if the object is larger than the maximum size for the read. */
  readonly content: Buffer;
  /** Without quotes. */
  readonly etag: string;
  /** Time of the last write, by the clock of S3; undefined for stores that do not report it. */
  readonly lastModified: Date | undefined;
  /** Time when S3 sent the response, by the same clock. */
  readonly servedAt: Date | undefined;
}

/** An object as ListObjectsV2 reports it. */
export interface ListedObject {
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string | undefined;
  /** Time of the last write, by the clock of S3. */
  readonly lastModified: Date | undefined;
}

/** A multipart upload that is neither completed nor aborted. */
export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
}

/**
 * Reads the acknowledgement of an object from a response.
 *
 * @throws {Error} if the response has no ETag: the object could not be verified later
 */
export function acknowledgement(
  output: Pick<PutObjectCommandOutput, 'ETag' | 'ServerSideEncryption' | 'SSEKMSKeyId'>,
): Acknowledgement {
  if (!output.ETag) throw new Error('S3 acknowledged an object without an ETag');
  return {
    etag: unquoteEtag(output.ETag),
    serverSideEncryption: output.ServerSideEncryption,
    kmsKeyId: output.SSEKMSKeyId,
  };
}

export function unquoteEtag(etag: string): string {
  return etag.replaceAll('"', '');
}
