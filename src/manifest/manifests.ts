import { createHash } from 'node:crypto';

/**
 * Data object in manifest-files.json. `Required<DataFile>` describes a data object that this Action wrote, whose size
 * and SHA-256 are known.
 */
export interface DataFile {
  readonly itemCount: number;
  /** Base64 MD5 of the bytes as stored. */
  readonly md5: string;
  /** ETag that S3 returned, without quotes. */
  readonly etag: string;
  readonly key: string;
  /** Bytes as stored. Undefined in an entry that was read from a manifest, because manifests do not contain it. */
  readonly size?: number;
  /** SHA-256 of the bytes as stored, in lower-case hexadecimal digits. Undefined as `size` is. */
  readonly sha256?: string;
}

/** Contents of manifest-summary.json. */
export interface ManifestSummary {
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
 * Returns the content of manifest-files.json: one line per data object.
 *
 * The format and the order of the members are exactly those of DynamoDB, because some readers do not use a JSON parser.
 */
export function manifestFiles(files: readonly DataFile[]): Buffer {
  const lines = files.map(({ itemCount, md5, etag, key }) =>
    JSON.stringify({ itemCount, md5Checksum: md5, etag, dataFileS3Key: key }),
  );
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/**
 * Returns the content of manifest-summary.json: one line without a trailing newline. Some readers parse only that line.
 */
export function manifestSummary(summary: ManifestSummary): Buffer {
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
      // Not in DynamoDB's full exports, but strict readers require it and others ignore it.
      exportType: 'FULL_EXPORT',
    }),
  );
}

/** Returns the content of the .md5 object of a manifest: 24 characters, no newline. */
export function md5File(content: Buffer): Buffer {
  return Buffer.from(createHash('md5').update(content).digest('base64'));
}
