import { isDeepStrictEqual } from 'node:util';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Logger } from '../../logger.ts';
import type { Counts } from '../../manifest/counts.ts';
import { remedies } from '../../remedies.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { findObject } from '../../s3/find-object.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';
import { CHECKPOINT_INTERVAL, FINAL_LOCK_WRITE, FINAL_LOCK_WRITE_AFTER_FAILURE } from '../../timeouts.ts';
import { AbandonedCopy } from './abandoned-copy.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { reasonNotPossible } from './decide-resume.ts';
import { type ResumableCopy, tableIdentity } from './find-resumable-copy.ts';
import { type RunState, sealedFilesJson, segmentJson } from './resume-state.ts';
import { RunLock, startHeartbeat } from './run-lock.ts';
import { type CheckpointWriter, SegmentCheckpoint } from './segment-checkpoint.ts';
import { type CheckpointOwner, takeOver } from './take-over.ts';
import { isCausedByTakeover, isTakenOverError, takenOverError } from './taken-over-error.ts';

/** Properties that identify a step on a re-run, and the location of its checkpoints. */
export type ResumeRequest = CheckpointOwner['request'] & {
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

/** Returns the step as the owner of its checkpoints. */
export function checkpointOwner<Request extends ResumeRequest>(
  request: Request,
  { bucket, parameters, waits, signal }: ResumeContext,
): CheckpointOwner & { readonly request: Request } {
  const { prefix, step, attempt } = request;
  const store = new CheckpointStore({ bucket, prefix, step, parameters, waits, signal });
  return { request, store, lock: new RunLock(store, attempt) };
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
  protected readonly context: ResumeContext;
  /** Undefined if resuming is disabled or not possible. */
  private owner: CheckpointOwner | undefined;
  /** Undefined until checkpoints are kept. */
  private writer: CheckpointWriter | undefined;
  /** The copy of an earlier attempt that is not resumed and must be deleted. */
  private abandoned: AbandonedCopy | undefined;
  private readonly loss = new AbortController();
  /**
   * True once a request that can complete the copy may have been sent. Only its response can show that it did not
   * complete the copy.
   */
  private mayBeCompleted = false;
  private stopHeartbeat = () => {};

  /** @param owner undefined if resuming is disabled: no checkpoints are read or written */
  constructor(owner: CheckpointOwner | undefined, context: ResumeContext) {
    this.context = context;
    this.owner = owner;
  }

  /** Finds the copy of an earlier attempt and takes it over. Sets `resumable` if the copy can be resumed. */
  async find(): Promise<void> {
    await this.ifPossible(async (owner) => {
      if (owner.request.attempt === 1) return undefined;
      const { table, logger } = this.context;
      const found = await takeOver(owner, table, logger);
      if (found === 'duplicate step') return DUPLICATE_STEP;
      if (found instanceof AbandonedCopy) {
        // A deletion may arrive after this attempt has died. No later attempt must resume the copy that it deletes, so
        // the copy is marked first.
        const { run } = owner.lock;
        if (run && !(await owner.lock.change({ ...run, broken: true }))) throw takenOverError();
        this.abandoned = found;
        await found.removeAndReport(owner.store, logger);
      } else this.resumable = found;
      // run.json must no longer name the copy that was deleted or left alone: no attempt must resume it.
      if (owner.lock.run && !this.resumable && !(await owner.lock.change(undefined))) throw takenOverError();
      return undefined;
    });
  }

  /** Starts to keep checkpoints. Not called for a copy of one page, which therefore has no cost for checkpoints. */
  async begin(planned: PlannedCopy): Promise<void> {
    await this.ifPossible(async ({ request, store, lock }) => {
      const { exportId } = planned;
      if (!this.resumable) {
        if (!lock.isTaken && !(await lock.takeFirst())) {
          if (lock.isTaken) throw takenOverError();
          return DUPLICATE_STEP;
        }
        if (!(await lock.isEnforced())) {
          await store.delete([store.runKey()]);
          return 'the store does not support conditional writes';
        }
        const run = {
          ...planned,
          ...tableIdentity(this.context.table),
          attempts: [request.attempt],
          request: request.requestHash,
          broken: false,
          proved: undefined,
        };
        if (!(await lock.change(run))) throw takenOverError();
      }
      const { attempt } = request;
      this.writer = {
        attempt,
        write: (index, state) => store.writeSegment(attempt, index, segmentJson(exportId, state)),
        seal: (index, n, files) => store.writeSealedFiles(attempt, index, n, sealedFilesJson(exportId, files)),
        confirmOwner: () => this.confirmOwner(),
        find: (object) => findObject(store.bucket, object, store.signal),
        pauseMs: CHECKPOINT_INTERVAL,
      };
      this.stopHeartbeat = startHeartbeat(lock, this.context.signal, () => this.loss.abort(takenOverError()));
      return undefined;
    });
  }

  /** Fires once the run lock is lost. Its reason is the error with which the run ends. */
  get lost(): AbortSignal {
    return this.loss.signal;
  }

  /** True if a re-run resumes from what is read from now on. */
  get keepsCheckpoints(): boolean {
    return this.writer !== undefined;
  }

  /**
   * RCU that earlier attempts have consumed at most: what they have recorded, or the pages that they have stored if they
   * have recorded nothing.
   */
  get earlierReadCapacity(): number {
    let stored = 0;
    for (const { position } of this.resumable?.segments.values() ?? []) stored += position.counts.consumedReadCapacity;
    return Math.max(stored, this.owner?.lock.consumedReadCapacity ?? 0);
  }

  /**
   * Sets the RCU that all attempts so far have consumed at most. It is stored with the next write of run.json, at the
   * latest when the attempt ends, unless its process is killed.
   */
  noteReadCapacity(units: number): void {
    if (this.owner) this.owner.lock.consumedReadCapacity = units;
  }

  /**
   * Stores the RCU that all attempts so far consume at most.
   *
   * @throws {CopyError} TAKEN_OVER if the run lock is lost
   */
  async recordReadCapacity(units: number): Promise<void> {
    this.noteReadCapacity(units);
    await this.confirmLock(false);
  }

  /** Returns the checkpoint of a segment, in the state that an earlier attempt left. */
  checkpointOf(index: number): SegmentCheckpoint {
    return new SegmentCheckpoint(index, this.writer, this.resumable?.segments.get(index));
  }

  /** @throws {CopyError} TAKEN_OVER if the run lock is lost */
  async confirmOwner(): Promise<void> {
    if (!this.writer || (await this.owner?.lock.isStillOurs())) return;
    throw takenOverError();
  }

  /**
   * Records that everything was read and passed the final check. From then on, every attempt at this copy writes the
   * same manifests, so it does not matter which attempt's manifests arrive.
   *
   * @returns the end time of the copy, milliseconds since 1970
   * @throws {CopyError} TAKEN_OVER if the run lock is lost
   */
  async recordVerifiedCounts(counts: Readonly<Counts>): Promise<number> {
    const run = this.owner?.lock.run;
    if (run?.proved && isDeepStrictEqual(run.proved.counts, counts)) return run.proved.endTime;
    const endTime = Date.now();
    if (run && !(await this.owner?.lock.change({ ...run, proved: { endTime, counts } }))) throw takenOverError();
    return endTime;
  }

  /** True if other attempts may also write the manifests of this copy, so the run lock decides which one does. */
  get isLocked(): boolean {
    return this.owner?.lock.isTaken === true;
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
    if (this.owner && !(await this.owner.lock.confirm(signal))) throw takenOverError();
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
    const { lock } = this.owner ?? {};
    if (!lock?.isTaken || this.mayBeCompleted || isTakenOverError(error)) return error;
    const leave = this.context.signal.aborted ? FINAL_LOCK_WRITE : FINAL_LOCK_WRITE_AFTER_FAILURE;
    const isHeld = await lock.end(AbortSignal.timeout(leave)).catch(() => true);
    return isHeld || (lock.lostTo === undefined && !isCausedByTakeover(error)) ? error : takenOverError(error);
  }

  /**
   * Records that the copy did not pass the final check, so no attempt resumes it. Never throws: the error of the check
   * is the one to report.
   */
  async markBroken(): Promise<void> {
    const { lock } = this.owner ?? {};
    if (lock?.run) await lock.change({ ...lock.run, broken: true }).catch(() => false);
  }

  /**
   * Deletes the checkpoints of a complete copy, unless a later attempt has taken them over. Never throws: the copy does
   * not depend on the deletion.
   */
  async end(): Promise<void> {
    this.stopHeartbeat();
    if (!this.owner?.lock.isTaken) return;
    const { store, lock } = this.owner;
    await this.abandoned?.removeAndReport(store, this.context.logger).catch(() => {});
    let isDeleted = false;
    const remove = async () => {
      // The keys are listed while this process holds the lock, so none of them belongs to a later attempt.
      const keys = (await store.list(store.folder)).filter((key) => key !== store.runKey());
      if (!(await lock.release())) return true;
      isDeleted = true;
      return store.delete(keys);
    };
    if (await remove().catch(() => false)) return;
    // Whoever finds run.json then knows that no process writes the copy any more.
    if (!isDeleted) await lock.end(AbortSignal.timeout(FINAL_LOCK_WRITE_AFTER_FAILURE)).catch(() => false);
    this.context.logger.notice(
      `The checkpoints in s3://${this.context.bucket.name}/${store.folder} were not deleted (s3:DeleteObject). They do not affect the copy, but they contain key values. Grant s3:DeleteObject to the role, or add a lifecycle rule that expires them.`,
    );
  }

  /** @param work returns the reason why resuming is not possible, as a clause that follows `because` */
  protected async ifPossible(work: (owner: CheckpointOwner) => Promise<string | undefined>): Promise<void> {
    if (!this.owner) return;
    const why = await work(this.owner).catch((error: unknown) => {
      const reason = reasonNotPossible(error);
      if (reason === undefined) throw error;
      return reason;
    });
    if (why === undefined) return;
    this.owner = undefined;
    this.resumable = undefined;
    this.context.logger.notice(
      `This copy has no checkpoints because ${why}. A re-run starts over. ${remedies.turnOffResume}`,
    );
  }
}

const DUPLICATE_STEP =
  'another step of this workflow run has the same inputs and keeps its checkpoints in the same folder';
