import { LATE_REQUESTS } from '../../aws/timeouts.ts';
import type { ReadObject } from '../../s3/objects.ts';
import type { LateRequests } from './abandoned-copy.ts';
import type { RunFile } from './state.ts';

/** A time that never comes, for a store that does not report when run.json was written. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Returns until when S3 may still accept a request of the owner of run.json, or of an attempt before it; milliseconds
 * since 1970 by the clock of S3.
 *
 * Every request that can complete a copy is signed before run.json is confirmed once more, and is sent after that. S3
 * counts the 15 minutes from the time in the signature, which is the owner's clock's: that may be ahead of its own.
 */
export function lateUntil({ lastModified }: ReadObject, { ended, writtenAt, lateUntil: before }: RunFile): number {
  if (ended) return before;
  const signOfLife = lastModified ? Math.max(lastModified.getTime(), writtenAt) : NEVER;
  return Math.max(before, Math.min(signOfLife + LATE_REQUESTS, NEVER));
}

/**
 * Tells from the clock of S3 whether requests may still arrive.
 *
 * @param read a response that has just arrived
 * @param until milliseconds since 1970 by the clock of S3
 */
export function lateRequests({ servedAt }: ReadObject, until: number): LateRequests {
  const readAt = performance.now();
  const served = servedAt?.getTime();
  return {
    areOver: () => until === 0 || (served !== undefined && served + performance.now() - readAt >= until),
  };
}
