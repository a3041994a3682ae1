import { isDenied, isUnsupported } from '../../s3/error-status.ts';
import type { RunFile, RunState } from './resume-state.ts';
import type { UnknownObjects } from './settle-segments.ts';

/** Facts that determine whether an attempt can resume the copy of an earlier one. */
export interface ResumeFacts {
  /** Hash of everything that determines the bytes of the copy, for this attempt. */
  readonly requestHash: string;
  readonly tableId: string | null;
  readonly tableCreated: number | null;
  readonly now: number;
  readonly run: RunState;
  /** True if the checkpoint of a segment is not a valid checkpoint of this copy. */
  readonly unreadable: boolean;
  /** True if the copy has a manifest-summary.json. */
  readonly complete: boolean;
  /** Set if it is unknown whether one of its objects exists. Then the copy cannot be verified. */
  readonly unknownObjects: UnknownObjects | undefined;
}

/** Maximum age of a copy that is resumed. The items of an older copy would be from several days. */
export const MAX_AGE_MS = 24 * 3600 * 1000;

/** Maximum time by which the runner clock of an earlier attempt can be ahead of the clock of this runner. */
export const MAX_CLOCK_SKEW_MS = 3600 * 1000;

/**
 * Returns true if this attempt can take over run.json. The first attempt takes over nothing. A run.json of the same
 * attempt belongs to a duplicate step: one with the same identity, for example if a reusable workflow is called twice.
 * It may be running at this moment.
 */
export function canTakeOver(found: Pick<RunFile, 'attempt'>, attempt: number): boolean {
  return found.attempt < attempt;
}

/**
 * Returns the reason why the copy of an earlier attempt cannot be resumed, as a clause that follows `because`;
 * undefined if it can be resumed.
 */
export function reasonToStartOver(facts: ResumeFacts): string | undefined {
  const { run, complete, unreadable, now, unknownObjects } = facts;
  if (complete) return 'it is complete, and a completed copy is never reused';
  if (unreadable) return 'its checkpoints cannot be read';
  if (run.broken) return 'it did not pass the final check or is being deleted';
  if (run.request !== facts.requestHash) {
    return 'the version of the Action, the module that transforms items, the table or the bucket has changed';
  }
  if (run.tableId !== facts.tableId || run.tableCreated !== facts.tableCreated) {
    return 'the table was deleted and re-created';
  }
  if (run.startTime - now > MAX_CLOCK_SKEW_MS) return 'its start time is in the future';
  if (now - run.startTime > MAX_AGE_MS) return 'it was started more than 24 hours ago';
  if (unknownObjects === 'access denied') return 'S3 denied access to its objects (s3:GetObject)';
  if (unknownObjects === 'different object') return 'another object has the key of one of its objects';
  return undefined;
}

/**
 * Returns the reason why checkpoints cannot be read and written, as a clause that follows `because`; undefined if the
 * error does not show that.
 */
export function reasonNotPossible(error: unknown): string | undefined {
  if (isDenied(error)) {
    return 'the role is not authorized to read and write checkpoints in the bucket (s3:GetObject, s3:ListBucket, s3:PutObject; kms:Decrypt with a KMS key)';
  }
  return isUnsupported(error) ? 'the store does not support a request that resuming needs' : undefined;
}
