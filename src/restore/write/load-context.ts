import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DataFile } from '../../manifest/manifests.ts';
import type { Clock } from '../../pacing/budget.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { Compression } from '../../s3/compression.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';
import type { WritePacing } from './write-pacing.ts';
import type { WriteProgress } from './write-progress.ts';

/** What to load, and into which table. */
export interface WriteRequest {
  readonly client: DynamoDBClient;
  /** Name or ARN of the table. */
  readonly tableName: string;
  /** Partition key and, if the table has one, sort key. */
  readonly keyAttributes: readonly string[];
  readonly bucket: Bucket;
  /** Data objects of the copy, with their keys in `bucket`. */
  readonly files: readonly DataFile[];
  readonly format: 'DYNAMODB_JSON' | 'ION';
  readonly compression: Compression;
  /** True if each data object is one gzip member or one zstd frame. */
  readonly hasOneMember: boolean;
  /** SHA-256 of the data objects in hexadecimal digits, by key; undefined for a copy without them. */
  readonly checksums: ReadonlyMap<string, string> | undefined;
  /** Maximum write capacity units (WCU) per second on the table, global secondary indexes excluded; undefined for no limit. */
  readonly writeCapacity: number | undefined;
  /** Path of the file for the keys of rejected items. It is created when the first item is rejected. */
  readonly rejectedKeysFile: string;
}

export interface WriteContext {
  readonly progress: WriteProgress;
  readonly waits: PendingWaits;
  readonly signal: AbortSignal;
  /** Clock for pacing. Default: that of the machine. */
  readonly clock?: Clock;
}

/** Everything that the parts of a load share. */
export interface LoadContext extends WriteContext {
  readonly request: WriteRequest;
  readonly pacing: WritePacing;
}
