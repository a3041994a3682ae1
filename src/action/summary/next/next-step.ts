import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Scope } from '../../../backup/copy-identity.ts';
import type { Compression } from '../../../s3/compression.ts';

/** A complete copy, as far as what can be done with it depends on it. */
export interface CompleteCopy {
  readonly table: TableDescription;
  readonly tableName: string;
  /** The table's. */
  readonly region: string;
  readonly bucket: string;
  readonly bucketRegion: string;
  readonly bucketOwner: string | undefined;
  /** False for an S3-compatible store, which AWS's other services cannot reach. */
  readonly isOnAws: boolean;
  /** The folder of the data objects, with a slash at its end. */
  readonly data: string;
  /** Beside the copy, with a slash at its end: for what belongs to it and is no part of it. */
  readonly beside: string;
  readonly fileCount: number;
  readonly format: 'DYNAMODB_JSON' | 'ION' | 'JSON' | 'CUSTOM';
  readonly compression: Compression;
  readonly scope: Scope;
  /** False where each item may be a part of the table's, by a projection or an index, or the code of a process-func. */
  readonly hasWholeItems: boolean;
  /** True of an incremental export: changes, in a folder that it shares with others. */
  readonly isIncrement: boolean;
  /** True where the objects must be restored in S3 before anything can read them. */
  readonly isArchived: boolean;
  /** True where the reader of the bucket pays, which an import does not. */
  readonly isRequesterPays: boolean;
}

/** What somebody can do with a copy, ready to paste. */
export interface NextStep {
  readonly title: string;
  readonly language: 'sh' | 'sql';
  readonly code: readonly string[];
  /** What one should know before; a sentence or two. */
  readonly note?: string;
}

/** @returns undefined where the copy does not allow it */
export type Offer = (copy: CompleteCopy) => NextStep | undefined;
