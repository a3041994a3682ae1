import type { ReadObject } from '../../s3/s3-objects.ts';
import { LATE_REQUESTS } from '../../timeouts.ts';
import type { LateRequests } from './abandoned-copy.ts';
import type { RunFile } from './resume-state.ts';

/** A time that is never reached, for stores that do not report when run.json was written. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Returns the time until which S3 may still accept a request that completes the copy, from the owner of run.json or
 * from an attempt before it; milliseconds since 1970 by the clock of S3.
 *
 * No such request is sent before run.json records that the copy was proved. From then on, each such request is first
 * signed, then run.json is confirmed once more, and then the request is sent. Every signature is therefore older than
 * the last write of run.json. S3 rejects a request 15 minutes after the time in its signature. That time is by the
 * clock of the owner, which may be ahead of the clock of S3. For the last write, the later of two times is therefore
 * used: `writtenAt` (clock of the owner) and Last-Modified (clock of S3).
 */
export function lateUntil({ lastModified }: ReadObject, file: RunFile): number {
  if (file.ended || !file.run?.proved) return file.lateUntil;
  const lastWrite = lastModified ? Math.max(lastModified.getTime(), file.writtenAt) : NEVER;
  return Math.max(file.lateUntil, Math.min(lastWrite + LATE_REQUESTS, NEVER));
}

/**
 * Returns an object that determines, by the clock of S3, whether requests may still arrive.
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
