import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { CopyError } from '../errors.ts';
import type { Marks } from './find-object.ts';

/** What S3 checks a body against when it arrives. */
export type Integrity = { readonly ChecksumCRC32: string } | { readonly ContentMD5: string };

/**
 * The CRC-32, or where AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED, since some S3-compatible stores refuse those
 * headers, the older Content-MD5, which all of them know. Object Lock takes either.
 */
export async function integrity(client: S3Client, body: Buffer, crc: number): Promise<Integrity> {
  if (await wantsChecksums(client)) return { ChecksumCRC32: base64Crc32(crc) };
  return { ContentMD5: createHash('md5').update(body).digest('base64') };
}

/** False where AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED. */
export async function wantsChecksums(client: S3Client): Promise<boolean> {
  return (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
}

/** As S3 writes it: the four bytes, the highest first, in base64. */
export function base64Crc32(crc: number): string {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

interface SentBytes {
  readonly key: string;
  readonly body: Buffer;
  readonly crc: number;
}

/** What an answer of S3's tells of the bytes it has stored. */
export interface StoredBytes {
  readonly ETag?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
}

/**
 * Holds what S3 says it has stored against what was sent, by the checksum it answers with or, where it answers with
 * none, by the ETag: that is the MD5 unless a KMS key encrypts the object. A store that checks nothing on arrival is
 * found out here.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 *
 * @throws {CopyError} OBJECT_CORRUPT
 */
export function verifyStored({ key, body, crc }: SentBytes, stored: StoredBytes): void {
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
    `S3 says that it has stored other bytes than were sent to it for ${key}.`,
    'Run the step again. If it fails again, something between the runner and S3 changes what passes, or the store makes ETags that look like an MD5 and are none.',
  );
}

/** What an object of one part is recognized by. */
export function marksOfBody(body: Buffer, crc: number): Marks & { readonly md5: string } {
  const md5 = createHash('md5').update(body).digest();
  return { uploadId: undefined, crc32: base64Crc32(crc), etag: md5.toString('hex'), md5: md5.toString('base64') };
}

/**
 * What S3 will report of an object made of these parts: the CRC-32 and the MD5 of the parts' own, and their number.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 *
 * @returns no ETag where those of the parts are no MD5s, as under a KMS key
 */
export function marksOfParts(parts: readonly { readonly crc: number; readonly ETag?: string | undefined }[]): {
  readonly crc32: string;
  readonly etag: string | undefined;
} {
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

/** Of an ETag in quotes or without; undefined where it can be no MD5. */
function md5Of(etag: string | undefined): string | undefined {
  return /^"?([\da-f]{32})"?$/.exec(etag ?? '')?.[1];
}
