import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Scope } from '../../manifest/layout.ts';
import type { Compression } from '../../s3/compression.ts';

/** Properties of a complete copy that determine its next steps. */
export interface CompleteCopy {
  readonly table: TableDescription;
  readonly tableName: string;
  /** Region of the table. */
  readonly region: string;
  readonly bucket: string;
  readonly bucketRegion: string;
  readonly bucketOwner: string | undefined;
  /** False for an S3-compatible store, which other AWS services cannot reach. */
  readonly isOnAws: boolean;
  /** Prefix of the data objects, with a trailing slash. */
  readonly data: string;
  /** Folder of the copy, with a trailing slash. Objects beside `data` are not part of an import. */
  readonly root: string;
  readonly fileCount: number;
  readonly format: 'DYNAMODB_JSON' | 'ION' | 'JSON' | 'CUSTOM';
  readonly compression: Compression;
  readonly scope: Scope;
  /** False if items may lack attributes because of a projection, an index or a process-func. */
  readonly hasWholeItems: boolean;
  /** True for an incremental export, which contains changes in a folder that it shares with other exports. */
  readonly isIncremental: boolean;
  /** True if the objects must be restored in S3 before they can be read. */
  readonly isArchived: boolean;
  /** True for a Requester Pays bucket, which an import does not support. */
  readonly isRequesterPays: boolean;
}

/** Something that a user can do with a copy, with a command to paste. */
export interface NextStep {
  readonly title: string;
  readonly language: 'sh' | 'sql';
  readonly code: readonly string[];
  /** What the user should know first, in one or two sentences. */
  readonly note?: string;
}

/** @returns undefined if the step is not possible with this copy */
export type SuggestNextStep = (copy: CompleteCopy) => NextStep | undefined;
