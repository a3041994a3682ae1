import type { RecoveryKeeper } from '../dynamodb-service/recovery.ts';
import { failureOfS3, type JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { Place } from '../dynamodb-service/tables.ts';
import type { Store } from '../store.ts';
import type { BulkJob } from './bulk-operations.ts';
import type { ImportJob } from './import-operations.ts';
import { createSchedule, type Schedule } from './load-schedule.ts';
import type { LoadServiceOptions } from './load-service.ts';
import { type Cooldowns, NO_COOLDOWNS, newSettings, type TableSettings } from './table-settings.ts';

/** State and functions that the operations use. */
export interface Backstage extends RecoveryKeeper {
  /** Returns the time by the clock of the emulated server, with the time by which a test has advanced the clock. */
  readonly serverNow: () => number;
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

/** Returns the state of a service with the defaults of its options. */
export function createBackstage(
  options: LoadServiceOptions,
  place: Place,
  control: Pick<Backstage, 'now' | 'serverNow' | 'fateOf' | 'assignTableId'>,
): Backstage {
  const { source, store, bucketOwners = {} } = options;
  const settings = new Map<string, TableSettings>();
  const settingsOf = (tableId: string): TableSettings => {
    const known = settings.get(tableId) ?? newSettings(control.now());
    settings.set(tableId, known);
    return known;
  };
  return {
    ...control,
    source,
    store,
    place,
    settingsOf,
    recoveryOf: (table) => settingsOf(table.id).recovery,
    setRecovery(table, recovery) {
      settingsOf(table.id).recovery = recovery;
    },
    schedule: createSchedule(options.delays ?? { tableMs: 10, loadMs: 10, endMs: 10 }),
    imports: [],
    bulkJobs: [],
    limits: {
      maxObjects: options.maxObjects ?? 50_000,
      maxImports: options.maxImports ?? 50,
      maxBulkOperations: options.maxBulkOperations ?? 50,
    },
    cooldowns: { ...NO_COOLDOWNS, ...options.cooldowns },
    tagsPerPage: options.tagsPerPage ?? 50,
    onChangedObject: options.onChangedObject ?? 'ItemValidationError',
    // Without S3BucketOwner, DynamoDB expects the bucket in the account of the requester.
    obstacle: (bucket, owner = place.account) =>
      (bucketOwners[bucket] ?? place.account) === owner
        ? undefined
        : failureOfS3('S3AccessDenied', 'Access Denied', 403, 'AccessDenied'),
  };
}
