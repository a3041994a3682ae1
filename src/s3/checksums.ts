import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { PutObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { CopyError } from '../errors.ts';
import type { ObjectFingerprint, SealedObject } from './s3-objects.ts';

/** Value that S3 verifies a body against on arrival. */
export type IntegrityHeaders = { readonly ChecksumCRC32: string } | { readonly ContentMD5: string };

/**
 * Returns the CRC-32 of a body. If AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED, returns the older Content-MD5
 * instead: some S3-compatible stores reject the checksum headers, and all of them support Content-MD5. Object Lock
 * accepts both.
 */
export async function integrityHeaders(client: S3Client, body: Buffer, crc: number): Promise<IntegrityHeaders> {
  if (await wantsChecksums(client)) return { ChecksumCRC32: base64Crc32(crc) };
  return { ContentMD5: createHash('md5').update(body).digest('base64') };
}

/** Returns false if AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED. */
export async function wantsChecksums(client: S3Client): Promise<boolean> {
  return (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
}

/** Encodes a CRC-32 as S3 does: four bytes, most significant byte first, in base64. */
export function base64Crc32(crc: number): string {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

/** Hashes of the content of an object. */
export interface ContentHashes {
  readonly md5: Uint8Array;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** A part and its CRC-32. */
export interface HashedPart {
  readonly body: Buffer;
  readonly crc: number;
}

/** Hashes the content of an object part by part, in this thread or in another one. */
export interface ContentHash {
  /**
   * Appends the next part, which must start at the beginning of its ArrayBuffer.
   *
   * @returns the part, which replaces `part`: another thread may have used its memory
   */
  append(part: Buffer): HashedPart | Promise<HashedPart>;
  /** Returns the hashes of all parts. Nothing can be appended after this call. */
  digest(): ContentHashes | Promise<ContentHashes>;
}

/** Hashes in the thread that calls it. */
export class LocalContentHash implements ContentHash {
  private readonly md5 = createHash('md5');
  private readonly sha256 = createHash('sha256');

  append(body: Buffer): HashedPart {
    this.md5.update(body);
    this.sha256.update(body);
    return { body, crc: crc32(body) };
  }

  digest(): ContentHashes {
    return { md5: this.md5.digest(), sha256: this.sha256.digest('hex') };
  }
}

interface SentBytes {
  readonly key: string;
  readonly body: Buffer;
  readonly crc: number;
}

/**
 * Compares an S3 response with the bytes that were sent. Uses the checksum in the response or, if there is none, the
 * ETag, which is the MD5 unless a KMS key encrypts the object. This detects corruption even if the store does not
 * verify bodies on arrival.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 *
 * @throws {CopyError} OBJECT_CORRUPT if they differ
 */
export function verifyStored(
  { key, body, crc }: SentBytes,
  stored: Pick<PutObjectCommandOutput, 'ETag' | 'ChecksumCRC32' | 'ServerSideEncryption'>,
): void {
  const { ETag, ChecksumCRC32, ServerSideEncryption } = stored;
  if (ChecksumCRC32 !== undefined) {
    if (ChecksumCRC32 === base64Crc32(crc)) return;
  } else {
    const md5 = md5Of(ETag);
    if (md5 === undefined || ServerSideEncryption?.startsWith('aws:')) return;
    if (md5 === createHash('md5').update(body).digest('hex')) return;
  }
  throw new CopyError(
    'OBJECT_CORRUPT',
    `The checksum or ETag that S3 returned for ${key} does not match the bytes that were sent.`,
    'Re-run the job. If it fails again, check for a proxy between the runner and S3 that changes data. An S3-compatible store must not return ETags that look like an MD5 hash but are not one.',
  );
}

/** Returns the properties that identify an object of one part. */
export function fingerprintOfBody(body: Buffer, crc: number): Omit<ObjectFingerprint, 'key' | 'size'> {
  const md5 = createHash('md5').update(body).digest();
  return { uploadId: undefined, crc32: base64Crc32(crc), etag: md5.toString('hex'), md5: md5.toString('base64') };
}

/**
 * Returns the checksum and ETag that S3 reports for an object of these parts: the CRC-32 of their CRC-32s and the MD5
 * of their MD5s, each followed by the number of parts.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 *
 * @returns no ETag if the ETags of the parts are not MD5s, for example with a KMS key
 */
export function fingerprintOfParts(
  parts: readonly { readonly crc: number; readonly ETag?: string | undefined }[],
): Pick<SealedObject, 'crc32' | 'etag'> {
  const crcs = Buffer.allocUnsafe(4 * parts.length);
  for (const [index, { crc }] of parts.entries()) crcs.writeUInt32BE(crc, 4 * index);
  const md5s = parts.map(({ ETag }) => md5Of(ETag));
  const etag = md5s.includes(undefined)
    ? undefined
    : createHash('md5')
        .update(Buffer.from(md5s.join(''), 'hex'))
        .digest('hex');
  return { crc32: `${base64Crc32(crc32(crcs))}-${parts.length}`, etag: etag && `${etag}-${parts.length}` };
}

/** Returns the MD5 in an ETag, with or without quotes; undefined if the ETag cannot be an MD5. */
function md5Of(etag: string | undefined): string | undefined {
  return /^"?([\da-f]{32})"?$/.exec(etag ?? '')?.[1];
}
