import type { Logger } from '../../logger.ts';
import type { Layout } from '../../manifest/layout.ts';
import type { ObjectContent } from '../../s3/s3-objects.ts';
import { SIGNED_REQUEST_LIFETIME } from '../../timeouts.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { SegmentStates } from './read-segments.ts';
import type { RunFile } from './resume-state.ts';
import { abortUploads, keysOfIncompleteCopy } from './settle-segments.ts';

/** Requests of earlier attempts that may still arrive at S3. */
export interface InFlightRequests {
  /** Returns true if none of them can arrive any more. */
  readonly areOver: () => boolean;
}

/** An incomplete copy of earlier attempts that is not resumed. */
export class AbandonedCopy {
  /** The last attempt that wrote to it. */
  readonly attempt: number;
  readonly keys: Layout;
  private readonly segments: SegmentStates;
  private readonly inFlight: InFlightRequests;
  /** True once `removeAndReport` was called. */
  private wasReported = false;

  constructor(attempt: number, keys: Layout, segments: SegmentStates, inFlight: InFlightRequests) {
    this.attempt = attempt;
    this.keys = keys;
    this.segments = segments;
    this.inFlight = inFlight;
  }

  /**
   * Deletes the objects that the checkpoints name and no others, because the bucket can contain data of other writers. Nothing is deleted while
   * manifest-summary.json may still arrive: it would then describe a copy whose objects are deleted.
   */
  async remove(store: CheckpointStore): Promise<'removed' | 'complete' | 'requests in flight' | 'not authorized'> {
    await abortUploads(store, this.keys.data, this.segments);
    if (!this.inFlight.areOver()) return 'requests in flight';
    if ((await store.list(this.keys.manifestSummary)).length > 0) return 'complete';
    return (await store.delete(keysOfIncompleteCopy(this.keys, this.segments))) ? 'removed' : 'not authorized';
  }

  /**
   * Deletes the copy, and logs if it remains. Called a second time when the copy of this attempt is complete: until
   * then, the summary of the earlier copy or one of its data objects may still have arrived.
   */
  async removeAndReport(store: CheckpointStore, logger: Logger): Promise<void> {
    const isSecondCall = this.wasReported;
    this.wasReported = true;
    const removed = await this.remove(store);
    const remains = `The copy of attempt ${this.attempt} remains in s3://${store.bucket.name}/${this.keys.root}`;
    if (removed === 'requests in flight' && !isSecondCall) {
      logger.info(
        `${remains} because requests of that attempt can still arrive. This step tries to delete it when its own copy is complete.`,
      );
    } else if (removed === 'requests in flight') {
      logger.notice(
        `${remains}. That attempt was active less than 16 minutes ago, so its manifest-summary.json may still arrive. If the folder still has none after that time, delete it.`,
      );
    } else if (removed === 'not authorized' && !isSecondCall) {
      logger.notice(
        `${remains} because S3 did not delete it (s3:DeleteObject). It has no manifest-summary.json and does not count as a copy.`,
      );
    }
  }
}

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
export function inFlightUntil({ lastModified }: ObjectContent, file: RunFile): number {
  if (file.ended || !file.run?.proved) return file.lateUntil;
  const lastWrite = lastModified ? Math.max(lastModified.getTime(), file.writtenAt) : NEVER;
  return Math.max(file.lateUntil, Math.min(lastWrite + SIGNED_REQUEST_LIFETIME, NEVER));
}

/**
 * Returns an object that determines, by the clock of S3, whether requests may still arrive.
 *
 * @param read a response that has just arrived
 * @param until milliseconds since 1970 by the clock of S3
 */
export function inFlightRequests({ servedAt }: ObjectContent, until: number): InFlightRequests {
  const readAt = performance.now();
  const served = servedAt?.getTime();
  return {
    areOver: () => until === 0 || (served !== undefined && served + performance.now() - readAt >= until),
  };
}
