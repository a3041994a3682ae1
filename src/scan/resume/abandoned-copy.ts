import type { Layout } from '../../backup/layout.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { abortUploads, keysOf } from './leftovers.ts';
import type { Segments } from './read-segments.ts';

/** What is known of the requests that earlier attempts have on their way to S3. */
export interface LateRequests {
  /** Returns whether none of them can arrive any more. */
  readonly areOver: () => boolean;
}

/** What an earlier attempt wrote of a copy that nobody resumes. */
export class AbandonedCopy {
  /** The attempt that had it last. */
  readonly attempt: number;
  readonly keys: Layout;
  private readonly segments: Segments;
  private readonly late: LateRequests;

  constructor(attempt: number, keys: Layout, segments: Segments, late: LateRequests) {
    this.attempt = attempt;
    this.keys = keys;
    this.segments = segments;
    this.late = late;
  }

  /**
   * Deletes what the checkpoints name; what they do not name belongs to somebody else. As long as the summary could still
   * arrive, nothing is deleted: it would then stand for objects that are gone.
   */
  async remove(store: CheckpointStore): Promise<'removed' | 'complete' | 'too early' | 'not allowed'> {
    await abortUploads(store, this.keys, this.segments);
    if (!this.late.areOver()) return 'too early';
    if ((await store.list(this.keys.manifestSummary)).length > 0) return 'complete';
    return (await store.delete(keysOf(this.keys, this.segments))) ? 'removed' : 'not allowed';
  }
}
