import { CopyError } from '../../errors.ts';
import { remedies } from '../../remedies.ts';
import { type ClaimContext, claimShard, type ShardOwner } from './claim-shard.ts';
import { checkpointOwner, type ResumeContext, type ResumeRequest, Resumption } from './resumption.ts';
import type { LateObjects } from './run-lock.ts';
import type { CheckpointOwner } from './take-over.ts';

/** Properties that identify a shard in all attempts, and the location of its checkpoints. */
export type ShardResumeRequest = ResumeRequest & Pick<ShardOwner['request'], 'shard'>;

/**
 * Keeps the checkpoints of a shard, and resumes from those of an earlier attempt. Unlike other copies, a shard needs its
 * checkpoints: their run lock prevents two processes from writing the same part of the folder. Whatever makes them
 * impossible is therefore an error.
 */
export class ShardResumption extends Resumption {
  private readonly shardOwner: ShardOwner;

  constructor(request: ShardResumeRequest, context: ResumeContext) {
    const owner = checkpointOwner(request, context);
    super(owner, context);
    this.shardOwner = owner;
  }

  /**
   * Takes the run lock of the shard. Sets `resumable` if a part of the shard is stored and can be resumed.
   *
   * @param manifest access to the manifest of the shard
   * @returns 'complete' if it is: nothing was changed then
   * @throws {CopyError} SHARD_IN_USE if a process of the same or a later attempt has taken the run lock
   */
  async claim(manifest: Pick<ClaimContext, 'isComplete' | 'takeManifestKey'>): Promise<'claimed' | 'complete'> {
    const { table, logger } = this.context;
    const claimed = await claimShard(this.shardOwner, { ...manifest, table, logger });
    if (claimed === 'complete') return claimed;
    this.resumable = claimed;
    return 'claimed';
  }

  /** Start of the first attempt that the shard resumes; milliseconds since 1970. Known once checkpoints are kept. */
  get startTime(): number {
    const { run } = this.shardOwner.lock;
    if (!run) throw new Error('the shard has no checkpoints');
    return run.startTime;
  }

  /** Objects of earlier attempts that do not belong to the shard and may still arrive. */
  get late(): LateObjects {
    return this.shardOwner.lock.late;
  }

  protected override async ifPossible(work: (owner: CheckpointOwner) => Promise<string | undefined>): Promise<void> {
    const why = await work(this.shardOwner);
    if (why === undefined) return;
    throw new CopyError(
      'S3_REQUEST_REJECTED',
      `A shard needs checkpoints, but they are not possible because ${why}.`,
      remedies.copyWithOneJob,
    );
  }
}
