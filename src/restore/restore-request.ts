import type { CopyScope } from '../manifest/layout.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { Compression } from '../s3/compression.ts';
import type { RequestedMethod } from './choose-method.ts';
import type { Allowances, IfTableExists } from './existing-table.ts';
import type { RestoreStep } from './restore-context.ts';
import type { CopiedSettings, RestoreSettings } from './restore-settings.ts';
import type { WaitOptions } from './table-import.ts';
import type { TableDefinition, TableLocation, TableOverrides } from './table-parameters.ts';
import type { WriteCapacitySetting } from './write-limit.ts';

/** A copy whose manifests are verified, and whose data objects exist. */
export interface CopyToRestore {
  readonly exportId: string;
  /** Key prefix of the data objects, with a slash at the end. Contains nothing else. */
  readonly dataPrefix: string;
  readonly scope: CopyScope;
  readonly tableArn: string;
  readonly tableId: string | undefined;
  readonly format: 'DYNAMODB_JSON' | 'ION';
  readonly compression: Compression;
  /** True if each data object is one gzip member or one zstd frame. */
  readonly hasOneMember: boolean;
  /** SHA-256 of the data objects in hexadecimal digits, by key; undefined for a copy without them. */
  readonly checksums: ReadonlyMap<string, string> | undefined;
  readonly files: readonly DataFile[];
  readonly itemCount: number;
  /** Bytes of the items before compression; undefined if the manifests do not contain it. */
  readonly uncompressedBytes: number | undefined;
  /** Bytes of the data objects as stored. */
  readonly sizeBytes: number;
  readonly largestObjectBytes: number;
  /** Undefined if the copy contains no definition of its table. */
  readonly definition: TableDefinition | undefined;
  readonly settings: CopiedSettings;
}

/** Parameters of a restore. */
export interface RestoreRequest {
  readonly copy: CopyToRestore;
  readonly method: RequestedMethod;
  readonly ifTableExists: IfTableExists;
  readonly allow: Allowances;
  readonly overrides: TableOverrides;
  readonly settings: RestoreSettings;
  readonly writeCapacity: WriteCapacitySetting;
  /** True if the table is deleted at the end of the job. It then gets no deletion protection. */
  readonly temporary: boolean;
  /** Where DynamoDB writes the records of items that a bulk operation could not load. */
  readonly failedItems: { readonly bucket: string; readonly prefix: string } | undefined;
  readonly bucketOwner: string | undefined;
  /** Location of the table to load into. */
  readonly location: TableLocation;
  /** True if one identity accesses table and bucket, and the table belongs to its account. */
  readonly isOneIdentity: boolean;
  readonly waiting: WaitOptions;
  /** Undefined outside of a workflow run. */
  readonly step: RestoreStep | undefined;
  /** Path of the file for the keys of items that DynamoDB rejects. */
  readonly rejectedKeysFile: string;
}
