import { RECOVERY_OPERATIONS, type RecoveryKeeper } from '../dynamodb-service/recovery.ts';
import type { JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { Store } from '../store.ts';
import { BULK_OPERATIONS, type BulkJob } from './bulk-operations.ts';
import { IMPORT_OPERATIONS, type ImportJob } from './import-operations.ts';
import type { Schedule } from './load-schedule.ts';
import { SETTING_OPERATIONS } from './setting-operations.ts';
import type { Cooldowns, TableSettings } from './table-settings.ts';

/** State and functions that the operations use. */
export interface Backstage extends RecoveryKeeper {
  readonly store: Store;
  readonly schedule: Schedule;
  /** Imports and bulk operations, oldest first. */
  readonly imports: ImportJob[];
  readonly bulkJobs: BulkJob[];
  readonly limits: Limits;
  readonly cooldowns: Cooldowns;
  readonly tagsPerPage: number;
  readonly onChangedObject: 'ItemValidationError' | 'ObjectModifiedInS3DuringImport';
  readonly fateOf: (job: JobStart) => Fate | undefined;
  /** Returns the failure to read a bucket that the emulated store would not report, or undefined. */
  readonly obstacle: (bucket: string, owner: string | undefined) => JobFailure | undefined;
  readonly settingsOf: (tableId: string) => TableSettings;
  /** Makes the service report this ID for a table instead of the ID that it derives from the table. */
  readonly assignTableId: (derived: string, tableId: string) => void;
}

export interface Limits {
  readonly maxObjects: number;
  readonly maxImports: number;
  readonly maxBulkOperations: number;
}

export type Parameters = Readonly<Record<string, unknown>>;

/** An accepted job. */
export interface JobStart {
  readonly kind: 'import' | 'bulk-put';
  readonly tableName: string;
  readonly parameters: Parameters;
}

/**
 * Outcome of an accepted job that a test imposes.
 *
 * - `"never"`: the job stays in progress, and an import creates no table
 * - a failure with any code, after some items are written. Without items, an import creates no table.
 */
export type Fate = 'never' | (JobFailure & { readonly afterItems?: number });

/** An operation: resolves to its output or throws a Refusal. */
export type Operation = (parameters: Parameters, backstage: Backstage) => Promise<unknown>;

/** Operations that the service implements because no emulated DynamoDB implements them completely. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...IMPORT_OPERATIONS,
  ...BULK_OPERATIONS,
  ...SETTING_OPERATIONS,
  ...RECOVERY_OPERATIONS,
};
