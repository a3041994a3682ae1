import type { PutObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ReceivedBody } from './read-body.ts';

/** An object as S3 reports it. */
export interface StoredObject {
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
  /** Without quotes. Not an MD5 for multipart uploads or with a KMS key. */
  readonly etag: string;
  /**
   * Base64 CRC-32; for a multipart upload the CRC-32 of the parts' CRC-32s, followed by `-<parts>`. Undefined for stores
   * that do not report it.
   */
  readonly crc32: string | undefined;
  /**
   * Time of the last write, by the clock of S3. Undefined in the response to a write, and for stores that do not report
   * it.
   */
  readonly lastModified: Date | undefined;
  /** Encryption algorithm of the object; undefined for stores that do not report it. */
  readonly serverSideEncryption: string | undefined;
  readonly kmsKeyId: string | undefined;
}

/** What identifies an object of this Action in S3. Its SHA-256 is for the manifest: S3 does not report it. */
export type ObjectFingerprint = Omit<SealedObject, 'sha256'>;

/**
 * An object of this Action that only needs to be completed: all its bytes are in S3 or in memory. Contains everything
 * that is needed to recognize the object later.
 */
export interface SealedObject {
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  /** SHA-256 of the bytes as stored, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /**
   * Checksum as HeadObject reports it: the base64 CRC-32 of the bytes or, for a multipart upload, the base64 CRC-32 of
   * the CRC-32s of its parts, followed by `-<parts>`.
   */
  readonly crc32: string;
  /**
   * Expected ETag, unless a KMS key encrypts the object. Undefined if the ETags of the parts already show this, because
   * they are not MD5s.
   */
  readonly etag: string | undefined;
  /** Undefined for an object of one part, which is written with PutObject. */
  readonly uploadId: string | undefined;
}

/** Content of a small object, with the members of StoredObject that GetObject reports. */
export type ObjectContent = ReceivedBody & Pick<StoredObject, 'etag' | 'lastModified'>;

/**
 * Reads the description of an object from the response to a request that stored it or read its metadata.
 *
 * @throws {Error} if the response has no ETag: the object could not be verified later
 */
export function storedObject(
  { key, size }: Pick<StoredObject, 'key' | 'size'>,
  output: Pick<PutObjectCommandOutput, 'ETag' | 'ChecksumCRC32' | 'ServerSideEncryption' | 'SSEKMSKeyId'> & {
    readonly LastModified?: Date | undefined;
  },
): StoredObject {
  if (!output.ETag) throw new Error('S3 acknowledged an object without an ETag');
  return {
    key,
    size,
    etag: unquoteEtag(output.ETag),
    crc32: output.ChecksumCRC32,
    lastModified: output.LastModified,
    serverSideEncryption: output.ServerSideEncryption,
    kmsKeyId: output.SSEKMSKeyId,
  };
}

export function unquoteEtag(etag: string): string {
  return etag.replaceAll('"', '');
}
