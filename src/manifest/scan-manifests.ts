import type { Compression } from '../s3/compression.ts';
import { ACTION } from '../version.ts';
import type { OutputFormat } from './copy-summary.ts';
import { type Counts, pickCounts } from './counts.ts';
import type { CopyIdentity, Scope } from './layout.ts';
import type { DataFile } from './manifests.ts';
import type { TableManifest } from './table-manifest.ts';
import type { Manifests } from './write-manifests.ts';

/** Encryption of the objects of a copy, in the terms of the manifests of DynamoDB exports. */
export interface CopyEncryption {
  /** Null if the store does not report it. */
  readonly algorithm: 'AES256' | 'KMS' | null;
  readonly kmsKeyId: string | null;
}

/** What is known about a scan, or about a part of one, apart from its data objects. */
export interface ScanDescription {
  readonly scope: Scope;
  /** Names of the inputs that limit the copy. No values: those of a filter can be user data. */
  readonly narrowedBy: readonly string[];
  readonly consistentRead: boolean;
  readonly processFuncSha256: string | null;
  readonly outputFormat: OutputFormat;
  readonly compression: Compression;
}

/** Figures of one shard in manifest-copy.json. */
export interface ShardFigures extends Readonly<Counts> {
  /** Such as `3-of-8`. */
  readonly shard: string;
  /** ISO 8601. */
  readonly startTime: string;
  /** ISO 8601. */
  readonly endTime: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/** A scan whose data objects are stored and checked, as its manifests describe it. */
export interface ScannedCopy extends CopyIdentity, ScanDescription {
  readonly bucket: string;
  /** Key prefix without a trailing slash; '' for none. */
  readonly prefix: string;
  readonly tableArn: string;
  readonly tableId: string | null;
  /** Time that the copy represents. */
  readonly startTime: Date;
  readonly endTime: Date;
  readonly encryption: CopyEncryption;
  readonly runUrl: string | null;
  readonly totalSegments: number;
  readonly counts: Readonly<Counts>;
  /** Result of comparing the objects in `data/` with `files`. */
  readonly listing: string;
  /** Data objects, in any order. */
  readonly files: readonly Required<DataFile>[];
  /** In the order of the shards; undefined for a copy that one job has written. */
  readonly shards?: readonly ShardFigures[];
  readonly table: TableManifest;
}

/**
 * Returns the manifests of a scan. They depend only on the copy: on neither the attempt that stored an object nor the
 * order in which objects were stored.
 */
export function scanManifests(copy: ScannedCopy): Manifests {
  const { exportId, layout, tableArn, startTime, endTime, encryption, outputFormat, counts, shards } = copy;
  const files = copy.files.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const { itemCount, droppedCount, scannedCount, uncompressedBytes, consumedReadCapacity } = counts;
  return {
    files,
    summary: {
      exportArn: `${tableArn}/export/${exportId}`,
      startTime,
      endTime,
      tableArn,
      tableId: copy.tableId,
      exportTime: startTime,
      bucket: copy.bucket,
      prefix: copy.prefix,
      sseAlgorithm: encryption.algorithm,
      kmsKeyId: encryption.kmsKeyId,
      manifestFilesKey: layout.manifestFiles,
      itemCount,
      outputFormat,
    },
    copy: {
      engine: 'scan',
      action: `${ACTION.name}@${ACTION.version}`,
      runUrl: copy.runUrl,
      scope: copy.scope,
      narrowedBy: copy.narrowedBy,
      consistentRead: copy.consistentRead,
      processFuncSha256: copy.processFuncSha256,
      outputFormat,
      compression: copy.compression,
      startTime: startTime.toISOString(),
      endTime: endTime.toISOString(),
      totalSegments: copy.totalSegments,
      itemCount,
      droppedCount,
      scannedCount,
      fileCount: files.length,
      sizeBytes: totalSize(files),
      uncompressedBytes,
      consumedReadCapacity,
      listing: copy.listing,
      ...(shards && { shards: shards.map(shardJson) }),
    },
    table: copy.table,
  };
}

/** Returns the total size of data objects in bytes, as stored. */
export function totalSize(files: readonly Required<DataFile>[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function shardJson({ shard, startTime, endTime, fileCount, sizeBytes, ...counts }: ShardFigures): object {
  return { shard, startTime, endTime, fileCount, sizeBytes, ...pickCounts(counts) };
}

/** Returns the encryption that S3 reported for an object of the copy, in the terms of DynamoDB exports. */
export function copyEncryption(object: {
  readonly serverSideEncryption: string | undefined;
  readonly kmsKeyId: string | undefined;
}): CopyEncryption {
  const { serverSideEncryption: reported, kmsKeyId } = object;
  const algorithm = reported === undefined ? null : reported.startsWith('aws:kms') ? 'KMS' : 'AES256';
  return { algorithm, kmsKeyId: kmsKeyId ?? null };
}
