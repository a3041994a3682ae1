import { createHash } from 'node:crypto';

/** What manifest-files.json says of one data object. */
export interface DataFile {
  readonly itemCount: number;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  /** Without quotes, as S3 gave it. */
  readonly etag: string;
  readonly key: string;
}

/** A data object that this Action wrote. */
export interface StoredFile extends DataFile {
  /** Bytes as stored, which the manifests do not contain. */
  readonly size: number;
}

/** What manifest-summary.json says of a copy. */
export interface Summary {
  readonly exportArn: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly tableArn: string;
  readonly tableId: string | null;
  readonly exportTime: Date;
  readonly bucket: string;
  /** '' for none. */
  readonly prefix: string;
  readonly sseAlgorithm: 'AES256' | 'KMS' | null;
  readonly kmsKeyId: string | null;
  readonly manifestFilesKey: string;
  readonly itemCount: number;
  readonly outputFormat: string;
}

/**
 * manifest-files.json: a line an object, in the key order of DynamoDB's own.
 *
 * Byte for byte what DynamoDB writes, as its readers include some that take the text apart by hand.
 */
export function manifestFiles(files: readonly DataFile[]): Buffer {
  const lines = files.map(({ itemCount, md5, etag, key }) =>
    JSON.stringify({ itemCount, md5Checksum: md5, etag, dataFileS3Key: key }),
  );
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** manifest-summary.json: one line, without a newline at its end; some readers parse the first line and no more. */
export function manifestSummary(summary: Summary): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: '2020-06-30',
      exportArn: summary.exportArn,
      startTime: summary.startTime.toISOString(),
      endTime: summary.endTime.toISOString(),
      tableArn: summary.tableArn,
      tableId: summary.tableId,
      exportTime: summary.exportTime.toISOString(),
      s3Bucket: summary.bucket,
      s3Prefix: summary.prefix === '' ? null : summary.prefix,
      s3SseAlgorithm: summary.sseAlgorithm,
      s3SseKmsKeyId: summary.kmsKeyId,
      manifestFilesS3Key: summary.manifestFilesKey,
      billedSizeBytes: 0,
      itemCount: summary.itemCount,
      outputFormat: summary.outputFormat,
      // Not in DynamoDB's full exports, but strict readers ask for it and the others pass over it.
      exportType: 'FULL_EXPORT',
    }),
  );
}

/** The content of a manifest's .md5 neighbour: 24 characters, no newline. */
export function md5File(content: Buffer): Buffer {
  return Buffer.from(createHash('md5').update(content).digest('base64'));
}
