import { isDeepStrictEqual } from 'node:util';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { Counts } from '../../manifest/counts.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { isDenied, isUnsupported } from '../../s3/error-status.ts';
import { findObject } from '../../s3/find-object.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';
import { CHECKPOINT_INTERVAL, FINAL_LOCK_WRITE, FINAL_LOCK_WRITE_AFTER_FAILURE } from '../../timeouts.ts';
import { AbandonedCopy } from './abandoned-copy.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { type ResumableCopy, tableIdentity } from './find-resumable-copy.ts';
import { type RunState, sealedFilesJson, segmentJson } from './resume-state.ts';
import { RunLock, startHeartbeat } from './run-lock.ts';
import { type CheckpointWriter, SegmentCheckpoint } from './segment-checkpoint.ts';
import { type CheckpointOwner, takeOver } from './take-over.ts';

/** Properties that identify a step on a re-run, and the location of its checkpoints. */
export type ResumeRequest = CheckpointOwner['wanted'] & {
  /** Prefix of AWSDynamoDB/_resume/. The same for all attempts. Without a trailing slash. */
  readonly prefix: string;
};

/** Parts of the run that resuming needs. */
export interface ResumeContext {
  readonly bucket: Bucket;
  readonly table: TableDescription;
  readonly parameters: ObjectParameters;
  readonly waits: PendingWaits;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Properties of a copy that are written to run.json once its segments are planned. */
export type PlannedCopy = Pick<RunState, 'exportId' | 'prefix' | 'startTime' | 'fileSize' | 'segments'>;

/**
 * Keeps the checkpoints of a copy, and resumes from those of an earlier attempt of the same step. Only run.json
 * determines which attempt owns the copy. Each attempt writes segment checkpoints to a separate folder, so each file
 * has one writer.
 *
 * The copy does not depend on resuming. If resuming is not possible (no permission to read, no conditional writes), one
 * notice reports it, and nothing is read or written for it from then on.
 */
export class Resumption {
  /** Undefined if the copy starts over. */
  resumable: ResumableCopy | undefined;
  private readonly context: ResumeContext;
  /** Undefined if resuming is disabled or not possible. */
  private on: CheckpointOwner | undefined;
  /** Undefined until checkpoints are kept. */
  private kept: CheckpointWriter | undefined;
  /** The copy of an earlier attempt that is not resumed and must be deleted. */
  private abandoned: AbandonedCopy | undefined;
  private readonly loss = new AbortController();
  /**
   * True once a request that can complete the copy may have been sent. Only its response can show that it did not
   * complete the copy.
   */
  private mayBeCompleted = false;
  private stopHeartbeat = () => {};

  /** @param wanted undefined if resuming is disabled: no checkpoints are read or written */
  constructor(wanted: ResumeRequest | undefined, context: ResumeContext) {
    this.context = context;
    if (!wanted) return;
    const { bucket, parameters, waits, signal } = context;
    const store = new CheckpointStore(bucket, wanted.prefix, wanted.step, parameters, waits, signal);
    this.on = { wanted, store, claim: new RunLock(store, wanted.attempt) };
  }

  /** Finds the copy of an earlier attempt and takes it over. Sets `earlier` if the copy can be resumed. */
  async find(): Promise<void> {
    await this.ifPossible(async (keeper) => {
      if (keeper.wanted.attempt === 1) return undefined;
      const { table, logger } = this.context;
      const found = await takeOver(keeper, table, logger);
      if (found === 'twin') return TWIN;
      if (found instanceof AbandonedCopy) {
        // A deletion may arrive after this attempt has died. No later attempt must resume the copy that it deletes, so
        // the copy is marked first.
        const { run } = keeper.claim;
        if (run && !(await keeper.claim.change({ ...run, broken: true }))) throw takenOver();
        await this.deleteAbandoned(found, keeper.store);
      } else this.resumable = found;
      // run.json must no longer name the copy that was deleted or left alone: no attempt must resume it.
      if (keeper.claim.run && !this.resumable && !(await keeper.claim.change(undefined))) throw takenOver();
      return undefined;
    });
  }

  /** Starts to keep checkpoints. Not called for a copy of one page, which therefore has no cost for checkpoints. */
  async begin(planned: PlannedCopy): Promise<void> {
    await this.ifPossible(async ({ wanted, store, claim }) => {
      const { exportId } = planned;
      if (!this.resumable) {
        if (!claim.isTaken && !(await claim.takeFirst())) {
          if (claim.isTaken) throw takenOver();
          return TWIN;
        }
        if (!(await claim.isEnforced())) {
          await store.delete([store.runKey()]);
          return 'the store does not support conditional writes';
        }
        const run = {
          ...planned,
          ...tableIdentity(this.context.table),
          attempts: [wanted.attempt],
          request: wanted.request,
          broken: false,
          proved: undefined,
        };
        if (!(await claim.change(run))) throw takenOver();
      }
      const { attempt } = wanted;
      this.kept = {
        attempt,
        write: (index, state) => store.writeSegment(attempt, index, segmentJson(exportId, state)),
        seal: (index, n, files) => store.writeSealedFiles(attempt, index, n, sealedFilesJson(exportId, files)),
        confirmOwner: () => this.confirmOwner(),
        find: (object) => findObject(store.bucket, object, store.signal),
        pauseMs: CHECKPOINT_INTERVAL,
      };
      this.stopHeartbeat = startHeartbeat(claim, this.context.signal, () => this.loss.abort(takenOver()));
      return undefined;
    });
  }

  /** Fires once the run lock is lost. Its reason is the error with which the run ends. */
  get lost(): AbortSignal {
    return this.loss.signal;
  }

  /** True if a re-run resumes from what is read from now on. */
  get isKept(): boolean {
    return this.kept !== undefined;
  }

  /** Returns the checkpoint of a segment, in the state that an earlier attempt left. */
  checkpointOf(index: number): SegmentCheckpoint {
    return new SegmentCheckpoint(index, this.kept, this.resumable?.segments.get(index));
  }

  /** @throws {CopyError} TAKEN_OVER if the run lock is lost */
  async confirmOwner(): Promise<void> {
    if (!this.kept || (await this.on?.claim.isStillOurs())) return;
    throw takenOver();
  }

  /**
   * Records that everything was read and passed the final check. From then on, every attempt at this copy writes the
   * same manifests, so it does not matter which attempt's manifests arrive.
   *
   * @returns the end time of the copy, milliseconds since 1970
   * @throws {CopyError} TAKEN_OVER if the run lock is lost
   */
  async recordProof(counts: Readonly<Counts>): Promise<number> {
    const run = this.on?.claim.run;
    if (run?.proved && isDeepStrictEqual(run.proved.counts, counts)) return run.proved.endTime;
    const endTime = Date.now();
    if (run && !(await this.on?.claim.change({ ...run, proved: { endTime, counts } }))) throw takenOver();
    return endTime;
  }

  /** True if other attempts may also write the manifests of this copy, so the run lock decides which one does. */
  get isLocked(): boolean {
    return this.on?.claim.isTaken === true;
  }

  /**
   * Confirms the run lock, which is also a heartbeat. Called immediately before each manifest is sent, and once more
   * after the last one was sent.
   *
   * @param completes true for the last manifest, which completes the copy. This confirmation is not cancelled with the
   *   run.
   * @throws {CopyError} TAKEN_OVER if the run lock is lost
   */
  async confirmLock(completes: boolean): Promise<void> {
    const signal = completes ? new AbortController().signal : this.context.signal;
    if (this.on && !(await this.on.claim.confirm(signal))) throw takenOver();
    if (completes) this.mayBeCompleted = true;
  }

  /**
   * Records that this attempt has ended. Call this last, when no request of this attempt that can complete the copy is
   * in progress.
   *
   * @returns the error with which the run ends: TAKEN_OVER if the loss of the run lock caused `error`
   */
  async fail(error: unknown): Promise<unknown> {
    this.stopHeartbeat();
    if (this.loss.signal.aborted) return this.loss.signal.reason;
    const { claim } = this.on ?? {};
    if (!claim?.isTaken || this.mayBeCompleted || isTakenOver(error)) return error;
    const leave = this.context.signal.aborted ? FINAL_LOCK_WRITE : FINAL_LOCK_WRITE_AFTER_FAILURE;
    const isHeld = await claim.end(AbortSignal.timeout(leave)).catch(() => true);
    return isHeld || (claim.lostTo === undefined && !isOfLoss(error)) ? error : takenOver(error);
  }

  /**
   * Records that the copy did not pass the final check, so no attempt resumes it. Never throws: the error of the check
   * is the one to report.
   */
  async markBroken(): Promise<void> {
    const { claim } = this.on ?? {};
    if (claim?.run) await claim.change({ ...claim.run, broken: true }).catch(() => false);
  }

  /**
   * Deletes the checkpoints of a complete copy, unless a later attempt has taken them over. Never throws: the copy does
   * not depend on the deletion.
   */
  async end(): Promise<void> {
    this.stopHeartbeat();
    if (!this.on?.claim.isTaken) return;
    const { store, claim } = this.on;
    if (this.abandoned) await this.deleteAbandoned(this.abandoned, store).catch(() => {});
    const remove = async () => {
      // The keys are listed while this process holds the lock, so none of them belongs to a later attempt.
      const keys = (await store.list(store.folder)).filter((key) => key !== store.runKey());
      return !(await claim.release()) || store.delete(keys);
    };
    if (await remove().catch(() => false)) return;
    this.context.logger.notice(
      `The checkpoints in s3://${this.context.bucket.name}/${store.folder} were not deleted (s3:DeleteObject). They do not affect the copy, but they contain key values. Grant s3:DeleteObject to the role, or add a lifecycle rule that expires them.`,
    );
  }

  /**
   * Deletes the copy of an earlier attempt. Called a second time when this copy is complete: until then, the summary of
   * the earlier copy or one of its data objects may still have arrived.
   */
  private async deleteAbandoned(copy: AbandonedCopy, store: CheckpointStore): Promise<void> {
    const { logger } = this.context;
    const isAgain = this.abandoned !== undefined;
    this.abandoned = copy;
    const removed = await copy.remove(store);
    const remains = `The copy of attempt ${copy.attempt} remains in s3://${store.bucket.name}/${copy.keys.root}`;
    if (removed === 'too early' && !isAgain) {
      logger.info(
        `${remains} because requests of that attempt can still arrive. This step tries to delete it when its own copy is complete.`,
      );
    } else if (removed === 'too early') {
      logger.notice(
        `${remains}. That attempt was active less than 16 minutes ago, so its manifest-summary.json may still arrive. If the folder still has none after that time, delete it.`,
      );
    } else if (removed === 'not allowed' && !isAgain) {
      logger.notice(
        `${remains} because S3 did not delete it (s3:DeleteObject). It has no manifest-summary.json and does not count as a copy.`,
      );
    }
  }

  /** @param work returns the reason why resuming is not possible, as a clause that follows `because` */
  private async ifPossible(work: (keeper: CheckpointOwner) => Promise<string | undefined>): Promise<void> {
    if (!this.on) return;
    const why = await work(this.on).catch((error: unknown) => {
      if (isDenied(error)) {
        return 'the role is not authorized to read and write checkpoints in the bucket (s3:GetObject, s3:ListBucket, s3:PutObject; kms:Decrypt with a KMS key)';
      }
      if (isUnsupported(error)) return 'the store does not support a request that resuming needs';
      throw error;
    });
    if (why === undefined) return;
    this.on = undefined;
    this.resumable = undefined;
    this.context.logger.notice(
      `This copy has no checkpoints because ${why}. A re-run starts over. Set resume to false if this is intended.`,
    );
  }
}

const TWIN = 'another step of this workflow run has the same inputs and keeps its checkpoints in the same folder';

/** Returns true for the errors that an attempt gets if a later one has deleted or completed its copy. */
function isOfLoss(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === 'COPY_INCOMPLETE' || code === 'UPLOAD_LOST' || name === 'NoSuchUpload';
}

function takenOver(cause?: unknown): CopyError {
  return new CopyError(
    'TAKEN_OVER',
    'A later attempt of this step has taken over the copy, or its run.json was deleted. This attempt ends without completing the copy.',
    'Check the later attempt. This one needs no action. If there is no later attempt, find out what deletes objects under AWSDynamoDB/_resume/, such as a lifecycle rule, and re-run the job.',
    { cause },
  );
}

function isTakenOver(error: unknown): boolean {
  return error instanceof CopyError && error.code === 'TAKEN_OVER';
}
