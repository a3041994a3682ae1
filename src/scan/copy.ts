import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { Scope } from '../backup/copy-identity.ts';
import type { FormatName } from '../format/formats.ts';
import type { Narrator } from '../narrator.ts';
import type { ProcessModule } from '../process-func/load.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { Compression } from '../s3/compression.ts';
import type { ObjectKind, ObjectParameters } from '../s3/object-options.ts';
import type { ReadCapacitySetting } from './pacing/read-cap.ts';
import type { ScanParameters } from './parameters.ts';
import type { ResumeRequest, Resumption } from './resume/resumption.ts';
import type { ScanIdentity, ScanProgress } from './scan-progress.ts';
import type { Waits } from './stall-watchdog.ts';
import type { ScanTarget } from './table.ts';

/** Everything the scan engine needs to know; made from the inputs and from what AWS says of table and bucket. */
export interface ScanRequest {
  readonly client: DynamoDBClient;
  /** Name or ARN, as the user gave it: only an ARN reaches a table of another account. */
  readonly tableName: string;
  readonly table: TableDescription;
  readonly tableArn: string;
  readonly target: ScanTarget;
  readonly scan: ScanParameters;
  readonly scope: Scope;
  readonly totalSegments: number | 'auto';
  readonly readCapacity: ReadCapacitySetting;
  /** Uncompressed bytes after which an object ends. */
  readonly fileSize: number;
  readonly format: FormatName;
  /** Makes the objects' bytes of the items, instead of the format. */
  readonly processModule?: ProcessModule | undefined;
  readonly compression: Compression;
  readonly bucket: Bucket;
  /** Without a slash at its end; '' for none. */
  readonly prefix: string;
  readonly parametersOf: (kind: ObjectKind) => ObjectParameters;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  readonly cores: number;
  /** The workflow run's, for the process-func; '' outside of one. */
  readonly runId: string;
  /** Where the run can be looked at; for manifest-copy.json. */
  readonly runUrl: string | undefined;
  /** How a re-run finds what this run leaves; undefined where it is to leave nothing. */
  readonly resume?: ResumeRequest | undefined;
}

/** A copy under way: what is asked for, where it goes, and what has come of it so far. */
export interface Copy {
  readonly request: ScanRequest;
  readonly identity: ScanIdentity;
  readonly progress: ScanProgress;
  readonly resumption: Resumption;
  readonly waits: Waits;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}
