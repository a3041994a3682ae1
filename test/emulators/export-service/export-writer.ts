import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { TableFacts } from '../dynamodb-service/tables.ts';
import type { PartitionedLines } from './export-data.ts';
import type { ExportParameters } from './export-parameters.ts';
import type { ExportTimes } from './export-times.ts';

/** Properties of an export that its manifests contain. */
export interface WrittenExport {
  readonly arn: string;
  readonly id: string;
  readonly table: TableFacts;
  readonly parameters: ExportParameters;
  readonly times: ExportTimes;
}

/** Writes the objects of an export to the bucket, byte for byte in the format of AWS. */
export interface ExportWriter {
  readonly manifestKey: string;
  /** Writes `_started`, which verifies that the bucket is writable. */
  readonly start: () => Promise<void>;
  readonly writeData: (partitions: PartitionedLines) => Promise<readonly WrittenFile[]>;
  /** Writes the manifests, with manifest-summary.json last. */
  readonly writeManifests: (files: readonly WrittenFile[], end: ExportEnd) => Promise<void>;
}

/** Values that are known only after the data is written. */
export interface ExportEnd {
  readonly endTime: number;
  readonly itemCount: number;
  readonly billedSizeBytes: number;
}

/** A line of manifest-files.json. */
export interface WrittenFile {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}

export function exportWriter(client: S3Client, written: WrittenExport): ExportWriter {
  const { S3Bucket, S3Prefix = '', S3SseAlgorithm, S3SseKmsKeyId, ExportFormat } = written.parameters;
  const top = `${S3Prefix.replace(/\/$/, '')}${S3Prefix === '' ? '' : '/'}AWSDynamoDB/`;
  const folder = `${top}${written.id}/`;
  // All incremental exports share one data folder. Only the manifests relate an object to its export.
  const dataFolder = `${written.times.type === 'INCREMENTAL_EXPORT' ? top : folder}data/`;
  const extension = ExportFormat === 'ION' ? '.ion.gz' : '.json.gz';
  const encryption = {
    ServerSideEncryption: S3SseAlgorithm === 'KMS' ? 'aws:kms' : 'AES256',
    ...(S3SseKmsKeyId === undefined ? {} : { SSEKMSKeyId: S3SseKmsKeyId }),
  } as const;

  const put = async (name: string, content: Buffer): Promise<void> => {
    const Key = folder + name;
    await client.send(new PutObjectCommand({ Bucket: S3Bucket, Key, Body: content, ...encryption }));
  };
  const putWithMd5 = async (name: string, json: string): Promise<void> => {
    await put(`${name}.md5`, Buffer.from(createHash('md5').update(json).digest('base64')));
    await put(`${name}.json`, Buffer.from(json));
  };

  /**
   * Always uses a multipart upload, even for one part of 20 bytes, because the ETag has the form of a multipart upload.
   */
  const upload = async (Key: string, content: Buffer): Promise<string> => {
    const object = { Bucket: S3Bucket, Key };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...object, ...encryption }));
    const part = { ...object, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: content }));
    const completed = await client.send(
      new CompleteMultipartUploadCommand({
        ...object,
        UploadId,
        MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
      }),
    );
    return (completed.ETag ?? '').replaceAll('"', '');
  };

  return {
    manifestKey: `${folder}manifest-summary.json`,
    start: () => put('_started', Buffer.alloc(0)),
    writeData: (partitions) =>
      Promise.all(
        partitions.map(async (lines, partition) => {
          const dataFileS3Key = `${dataFolder}${dataName(`${written.arn} ${partition}`)}${extension}`;
          const stored = zipped(lines.map((line) => `${line}\n`).join(''));
          const md5Checksum = createHash('md5').update(stored).digest('base64');
          const etag = await upload(dataFileS3Key, stored);
          return { itemCount: lines.length, md5Checksum, etag, dataFileS3Key };
        }),
      ),
    async writeManifests(files, end) {
      await putWithMd5('manifest-files', files.map((file) => `${JSON.stringify(file)}\n`).join(''));
      await putWithMd5('manifest-summary', JSON.stringify(summaryOf(written, end, `${folder}manifest-files.json`)));
    },
  };
}

function summaryOf(
  { arn, table, parameters, times }: WrittenExport,
  end: ExportEnd,
  manifestFilesS3Key: string,
): Record<string, unknown> {
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    version: times.type === 'INCREMENTAL_EXPORT' ? '2023-08-01' : '2020-06-30',
    exportArn: arn,
    startTime: iso(times.start),
    endTime: iso(end.endTime),
    tableArn: table.arn,
    tableId: table.id,
    ...(times.type === 'INCREMENTAL_EXPORT'
      ? { exportFromTime: iso(times.from), exportToTime: iso(times.to) }
      : { exportTime: iso(times.exportTime) }),
    s3Bucket: parameters.S3Bucket,
    s3Prefix: parameters.S3Prefix ?? null,
    s3SseAlgorithm: parameters.S3SseAlgorithm ?? 'AES256',
    s3SseKmsKeyId: parameters.S3SseKmsKeyId ?? null,
    manifestFilesS3Key,
    billedSizeBytes: end.billedSizeBytes,
    itemCount: end.itemCount,
    outputFormat: parameters.ExportFormat ?? 'DYNAMODB_JSON',
    ...(times.type === 'INCREMENTAL_EXPORT' ? { outputView: times.view } : {}),
    // Present only if the request specifies it, as in ExportDescription. For a full export, this is inferred, not
    // observed.
    ...(parameters.ExportType === undefined ? {} : { exportType: parameters.ExportType }),
  };
}

/** Compresses like AWS: no time, no file name, operating system unknown. Empty input produces 20 bytes. */
function zipped(text: string): Buffer {
  const stored = gzipSync(text);
  stored[9] = 0xff;
  return stored;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Returns a version 3 UUID (an MD5) as 26 characters of base32. */
function dataName(seed: string): string {
  const uuid = createHash('md5').update(seed).digest();
  uuid[6] = ((uuid[6] as number) & 0x0f) | 0x30;
  uuid[8] = ((uuid[8] as number) & 0x3f) | 0x80;
  const bits = [...uuid].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return [...bits.matchAll(/.{1,5}/g)].map(([five]) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}
