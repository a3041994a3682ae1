/**
 * Stable codes of all errors that can fail a run. Users search for them, and workflows and tests match on them, so a
 * code is never renamed or reused.
 */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'CHECKS_FAILED'
  | 'TABLE_NOT_FOUND'
  | 'TABLE_NOT_READY'
  | 'INDEX_NOT_FOUND'
  | 'TABLE_RECREATED'
  | 'INVALID_SCAN'
  | 'BUCKET_NOT_FOUND'
  | 'BUCKET_IN_ANOTHER_REGION'
  | 'S3_REQUEST_REJECTED'
  | 'ACCESS_DENIED'
  | 'CREDENTIALS_MISSING'
  | 'CREDENTIALS_EXPIRED'
  | 'CREDENTIALS_INVALID'
  | 'CLOCK_SKEW'
  | 'ID_TOKEN_MISSING'
  | 'ID_TOKEN_REJECTED'
  | 'ASSUME_ROLE_FAILED'
  | 'ROLE_SESSION_TOO_LONG'
  | 'KMS_KEY_UNUSABLE'
  | 'READ_BUDGET_TOO_SMALL'
  | 'READ_BUDGET_EXHAUSTED'
  | 'THROTTLED'
  | 'NETWORK'
  | 'PAGE_CORRUPT'
  | 'OBJECT_CORRUPT'
  | 'UPLOAD_LOST'
  | 'COPY_INCOMPLETE'
  | 'ITEMS_REJECTED'
  | 'OBJECT_ARCHIVED'
  | 'COPY_NOT_FOUND'
  | 'AMBIGUOUS_COPY'
  | 'COPY_DAMAGED'
  | 'COPY_STALE'
  | 'DIFFERENCES_FOUND'
  | 'SHARDS_MISSING'
  | 'STALLED'
  | 'EMPTY_COPY'
  | 'NO_TABLES'
  | 'ION_VALUE_INVALID'
  | 'CANCELLED'
  | 'TAKEN_OVER'
  | 'OUTPUTS_NOT_WRITTEN'
  | 'PITR_DISABLED'
  | 'EXPORT_TIME_INVALID'
  | 'EXPORT_REJECTED'
  | 'EXPORT_FAILED'
  | 'EXPORT_IN_PROGRESS'
  | 'EXPORT_MANIFEST_INVALID'
  | 'NO_EARLIER_EXPORT'
  | 'COPY_NOT_RESTORABLE'
  | 'NOT_COMPARABLE'
  | 'PLAN_MISMATCH'
  | 'PLAN_EXPIRED'
  | 'PLAN_NOT_FOUND'
  | 'SHARD_IN_USE'
  | 'TABLE_EXISTS'
  | 'TABLE_PROTECTED'
  | 'METHOD_NOT_POSSIBLE'
  | 'RESTORE_REJECTED'
  | 'RESTORE_FAILED'
  | 'RESTORE_IN_PROGRESS'
  | 'PROCESS_FUNC_INVALID'
  | 'PROCESS_FUNC_FAILED'
  | 'AWS_ERROR'
  | 'UNEXPECTED';

/**
 * Error that is reported to the user: what failed and why, and what to do next.
 *
 * `message` and `remedy` are shown in the log and in the job summary, so neither may hold an item, a key value, a
 * secret or the raw text of an AWS response. `cause` is for debugging only and is never printed.
 */
export class CopyError extends Error {
  override readonly name = 'CopyError';
  readonly code: ErrorCode;
  /** What to do next, in one or two imperative sentences. */
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
