import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { FormatName } from '../format/formats.ts';
import type { Logger } from '../logger.ts';
import type { OutputFormat } from '../manifest/copy-summary.ts';
import type { Scope } from '../manifest/layout.ts';
import type { ShardIdentity } from '../manifest/shard-manifest.ts';
import type { TableManifest } from '../manifest/table-manifest.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { Compression } from '../s3/compression.ts';
import type { ObjectKind, ObjectParameters } from '../s3/object-options.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import type { TransformModule } from '../transform/load-transform.ts';
import type { ReadCapacitySetting } from './pacing/read-limit.ts';
import type { ResumeRequest, Resumption } from './resume/resumption.ts';
import type { ScanParameters } from './scan-parameters.ts';
import type { ScanProgress } from './scan-progress.ts';
import type { ScanIdentity } from './scan-state.ts';
import type { SharedSettings } from './share-settings.ts';
import type { ScanTarget } from './table.ts';

/** Settings of the scan engine, from the inputs and from the descriptions of the table and the bucket. */
export interface ScanRequest {
  readonly client: DynamoDBClient;
  /** Name or ARN, as specified by the user. A table in another account requires its ARN. */
  readonly tableName: string;
  readonly table: TableDescription;
  readonly tableArn: string;
  readonly target: ScanTarget;
  /** `shard` is also set if the scan copies a shard of a plan. */
  readonly scan: ScanParameters;
  readonly scope: Scope;
  readonly totalSegments: number | 'auto';
  readonly readCapacity: ReadCapacitySetting;
  /** Maximum RCU that all attempts at the copy consume together; undefined for no maximum. */
  readonly maxConsumedReadCapacity?: number | undefined;
  /** Uncompressed size in bytes at which a data object is completed. */
  readonly fileSize: number;
  readonly format: FormatName;
  /** Changes the items. If it returns text, it produces the lines of the data objects instead of `format`. */
  readonly transform?: TransformModule | undefined;
  readonly compression: Compression;
  readonly bucket: Bucket;
  /** Key prefix without a trailing slash; '' if there is none. */
  readonly prefix: string;
  readonly parametersOf: (...kind: ObjectKind) => ObjectParameters;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  readonly cores: number;
  /** ID of the workflow run, passed to process-func; '' outside of a workflow. */
  readonly runId: string;
  /** URL of the workflow run, for manifest-copy.json. */
  readonly runUrl: string | undefined;
  /** Identifies the copy for a re-run; undefined if the copy is not resumable. */
  readonly resume?: ResumeRequest | undefined;
  /** Set if the scan copies one shard of a copy that was planned before. `resume` is not used then. */
  readonly shard?: ShardRequest | undefined;
}

/** Returns the format of the data objects, as the manifests name it. */
export function outputFormatOf({ format, transform }: Pick<ScanRequest, 'format' | 'transform'>): OutputFormat {
  return transform?.output === 'text' ? 'CUSTOM' : format;
}

/** Shard of a copy that was planned before and that several jobs write. */
export interface ShardRequest extends ShardIdentity {
  readonly exportId: string;
  /** Attempt of the workflow run. A later attempt takes over the shard from an earlier one. */
  readonly attempt: number;
  /** What must be equal in all shards of the copy. */
  readonly settings: SharedSettings;
}

/** What a scan has before it looks for the copy of an earlier attempt. */
export type StartedContext = Pick<ScanContext, 'progress' | 'waits' | 'logger' | 'signal'>;

/** A copy in progress: its settings, its identity and destination, and the progress so far. */
export interface ScanContext {
  readonly request: ScanRequest;
  readonly identity: ScanIdentity;
  readonly progress: ScanProgress;
  readonly resumption: Resumption;
  /** Called once the first Scan requests were sent. Other requests would delay them. */
  readonly onReading: () => void;
  readonly waits: PendingWaits;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A copy of the whole table, or of all that the parameters select, with manifests of its own. */
export interface WholeCopyContext extends ScanContext {
  /** Returns the contents of manifest-table.json. The first call sends the requests for them. */
  readonly tableManifest: () => Promise<TableManifest>;
}
