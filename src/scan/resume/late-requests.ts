import { LATE_REQUESTS } from '../../aws/timeouts.ts';
import type { ReadObject } from '../../s3/objects.ts';
import type { LateRequests } from './abandoned-copy.ts';
import type { RunFile } from './state.ts';

/** A time that never comes, for a store that does not report when run.json was written. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Returns until when S3 may still accept a request that completes the copy, from the owner of run.json or from an attempt
 * before it; milliseconds since 1970 by the clock of S3.
 *
 * There is none before run.json says that the copy was proved. From then on, each of them is signed before run.json is
 * confirmed once more, and sent after that. S3 counts 15 minutes from the time in the signature, which is by the owner's
 * clock: that may be ahead of its own.
 */
export function lateUntil({ lastModified }: ReadObject, file: RunFile): number {
  if (file.ended || !file.run?.proved) return file.lateUntil;
  const signOfLife = lastModified ? Math.max(lastModified.getTime(), file.writtenAt) : NEVER;
  return Math.max(file.lateUntil, Math.min(signOfLife + LATE_REQUESTS, NEVER));
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
