import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { FormatName } from '../format/formats.ts';
import type { Logger } from '../logger.ts';
import type { Scope } from '../manifest/layout.ts';
import type { TableManifest } from '../manifest/table-manifest.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { Compression } from '../s3/compression.ts';
import type { ObjectKind, ObjectParameters } from '../s3/object-options.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import type { TransformModule } from '../transform/load-transform.ts';
import type { ReadCapacitySetting } from './pacing/read-limit.ts';
import type { ResumeRequest, Resumption } from './resume/resumption.ts';
import type { ScanParameters } from './scan-parameters.ts';
import type { ScanIdentity, ScanProgress } from './scan-progress.ts';
import type { ScanTarget } from './table.ts';

/** Settings of the scan engine, from the inputs and from the descriptions of the table and the bucket. */
export interface ScanRequest {
  readonly client: DynamoDBClient;
  /** Name or ARN, as specified by the user. A table in another account requires its ARN. */
  readonly tableName: string;
  readonly table: TableDescription;
  readonly tableArn: string;
  readonly target: ScanTarget;
  readonly scan: ScanParameters;
  readonly scope: Scope;
  readonly totalSegments: number | 'auto';
  readonly readCapacity: ReadCapacitySetting;
  /** Uncompressed size in bytes at which a data object is completed. */
  readonly fileSize: number;
  readonly format: FormatName;
  /** Produces the lines of the data objects instead of `format`. */
  readonly transform?: TransformModule | undefined;
  readonly compression: Compression;
  readonly bucket: Bucket;
  /** Key prefix without a trailing slash; '' if there is none. */
  readonly prefix: string;
  readonly parametersOf: (kind: ObjectKind) => ObjectParameters;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  readonly cores: number;
  /** ID of the workflow run, passed to process-func; '' outside of a workflow. */
  readonly runId: string;
  /** URL of the workflow run, for manifest-copy.json. */
  readonly runUrl: string | undefined;
  /** Identifies the copy for a re-run; undefined if the copy is not resumable. */
  readonly resume?: ResumeRequest | undefined;
}

/** A copy in progress: its settings, its identity and destination, and the progress so far. */
export interface ScanContext {
  readonly request: ScanRequest;
  readonly identity: ScanIdentity;
  readonly progress: ScanProgress;
  readonly resumption: Resumption;
  /**
   * Returns the contents of manifest-table.json. The first call sends the requests for them, so it must come after the
   * first Scan request, which they would delay.
   */
  readonly tableManifest: () => Promise<TableManifest>;
  readonly waits: PendingWaits;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}
