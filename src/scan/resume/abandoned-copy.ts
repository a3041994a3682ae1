import type { Layout } from '../../manifest/layout.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { Segments } from './read-segments.ts';
import { abortUploads, keysOf } from './settle-segments.ts';

/** Requests of earlier attempts that may still arrive at S3. */
export interface LateRequests {
  /** Returns true if none of them can arrive any more. */
  readonly areOver: () => boolean;
}

/** An incomplete copy of earlier attempts that is not resumed. */
export class AbandonedCopy {
  /** The last attempt that wrote to it. */
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
   * Deletes the objects that the checkpoints name. All other objects belong to somebody else. Nothing is deleted while
   * manifest-summary.json may still arrive: it would then describe a copy whose objects are deleted.
   */
  async remove(store: CheckpointStore): Promise<'removed' | 'complete' | 'too early' | 'not allowed'> {
    await abortUploads(store, this.keys, this.segments);
    if (!this.late.areOver()) return 'too early';
    if ((await store.list(this.keys.manifestSummary)).length > 0) return 'complete';
    return (await store.delete(keysOf(this.keys, this.segments))) ? 'removed' : 'not allowed';
  }
}
