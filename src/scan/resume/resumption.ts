import { isDeepStrictEqual } from 'node:util';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CHECKPOINT_PAUSE, LAST_WORD, LAST_WORD_AFTER_FAILURE } from '../../aws/timeouts.ts';
import type { Counts } from '../../backup/counts.ts';
import { CopyError } from '../../errors.ts';
import type { Narrator } from '../../narrator.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { findObject } from '../../s3/find-object.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import { isDenied, isUnsupported } from '../../s3/refusals.ts';
import type { Segment } from '../segments.ts';
import type { Waits } from '../stall-watchdog.ts';
import { AbandonedCopy } from './abandoned-copy.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { Claim } from './claim.ts';
import { type Earlier, identityOf } from './find-earlier.ts';
import { startHeartbeat } from './heartbeat.ts';
import { type Checkpoints, SegmentCheckpoint } from './segment-checkpoint.ts';
import { type RunState, sealedFilesJson, segmentJson } from './state.ts';
import { type Keeper, takeOver } from './take-over.ts';

/** What makes a step the same step again on a re-run, and where it keeps its checkpoints. */
export type ResumeRequest = Keeper['wanted'] & {
  /** The folder under which AWSDynamoDB/_resume/ lies: the same for all attempts. Without a slash at its end. */
  readonly prefix: string;
};

/** What resuming must know of the run. */
export interface ResumeContext {
  readonly bucket: Bucket;
  readonly table: TableDescription;
  readonly parameters: ObjectParameters;
  readonly waits: Waits;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/** What of a copy goes into run.json once its segments are planned. */
export type PlannedRun = Pick<RunState, 'exportId' | 'prefix' | 'startTime' | 'fileSize'> & {
  readonly segments: readonly Segment[];
};

/**
 * Keeps a copy's checkpoints, and goes on from those of an earlier attempt of the same step. Only run.json says whose
 * the copy is; an attempt writes its segments' checkpoints in a folder of its own, so that each file has one writer.
 *
 * A help and no condition: where it cannot be (no rights to read, no conditional writes), it says so once and does
 * nothing from then on.
 */
export class Resumption {
  /** Undefined where the copy starts afresh. */
  earlier: Earlier | undefined;
  private readonly context: ResumeContext;
  private on: Keeper | undefined;
  /** Set while checkpoints are kept. */
  private kept: Checkpoints | undefined;
  /** What an earlier attempt left and nobody resumes, until it is cleared away. */
  private abandoned: AbandonedCopy | undefined;
  private readonly loss = new AbortController();
  /** True from the first request on that can complete the copy: only its response says that it does not. */
  private mayBeCompleted = false;
  private stopHeartbeat = () => {};

  /** @param wanted undefined where nothing is to be kept, and nothing to be looked for */
  constructor(wanted: ResumeRequest | undefined, context: ResumeContext) {
    this.context = context;
    if (!wanted) return;
    const { bucket, parameters, waits, signal } = context;
    const store = new CheckpointStore(bucket, wanted.prefix, wanted.step, parameters, waits, signal);
    this.on = { wanted, store, claim: new Claim(store, wanted.attempt) };
  }

  /** Looks for what an earlier attempt left, takes it over, and makes `earlier` of it if it can be gone on with. */
  async find(): Promise<void> {
    await this.unlessImpossible(async (keeper) => {
      if (keeper.wanted.attempt === 1) return undefined;
      const { table, narrator } = this.context;
      const found = await takeOver(keeper, table, narrator);
      if (found === 'twin') return TWIN;
      if (found instanceof AbandonedCopy) {
        // A deletion may arrive after this attempt has died: no later one may resume what it deletes.
        const { run } = keeper.claim;
        if (run && !(await keeper.claim.change({ ...run, broken: true }))) throw takenOver();
        await this.clearAway(found, keeper.store);
      } else this.earlier = found;
      // What was cleared away is not to be gone on with by anybody.
      if (keeper.claim.run && !this.earlier && !(await keeper.claim.change(undefined))) throw takenOver();
      return undefined;
    });
  }

  /** From here on checkpoints are kept. A copy of one page does not come here, and pays nothing for them. */
  async begin({ segments, ...planned }: PlannedRun): Promise<void> {
    await this.unlessImpossible(async ({ wanted, store, claim }) => {
      const { exportId } = planned;
      if (!this.earlier) {
        if (!claim.isTaken && !(await claim.takeFirst())) {
          if (claim.isTaken) throw takenOver();
          return TWIN;
        }
        if (!(await claim.isEnforced())) {
          await store.delete([store.runKey()]);
          return 'the store does not know conditional writes';
        }
        const run = {
          ...planned,
          ...identityOf(this.context.table),
          attempts: [wanted.attempt],
          request: wanted.request,
          segments: rangeOf(segments),
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
        pauseMs: CHECKPOINT_PAUSE,
      };
      this.stopHeartbeat = startHeartbeat(claim, this.context.signal, () => this.loss.abort(takenOver()));
      return undefined;
    });
  }

  /** Fires once the copy is lost to a later attempt; its reason is the error to end with. */
  get lost(): AbortSignal {
    return this.loss.signal;
  }

  /** Whether a re-run goes on from what is read from now on. */
  get isKept(): boolean {
    return this.kept !== undefined;
  }

  /** The checkpoint of a segment, from where an earlier attempt left it. */
  checkpointOf(index: number): SegmentCheckpoint {
    return new SegmentCheckpoint(index, this.kept, this.earlier?.segments.get(index));
  }

  /** @throws {CopyError} TAKEN_OVER where a later attempt goes on with the copy */
  async confirmOwner(): Promise<void> {
    if (!this.kept || (await this.on?.claim.isStillOurs())) return;
    throw takenOver();
  }

  /**
   * Writes down that everything was read and passed the last check. From here on every attempt at this copy writes the
   * same manifests: it does not matter then whose arrives.
   *
   * @returns the end of the copy, milliseconds since 1970
   * @throws {CopyError} TAKEN_OVER
   */
  async recordProof(counts: Readonly<Counts>): Promise<number> {
    const run = this.on?.claim.run;
    if (run?.proved && isDeepStrictEqual(run.proved.counts, counts)) return run.proved.endTime;
    const endTime = Date.now();
    if (run && !(await this.on?.claim.change({ ...run, proved: { endTime, counts } }))) throw takenOver();
    return endTime;
  }

  /** Whether other attempts may want to write the manifests of this copy, so that the claim decides who may. */
  get isClaimed(): boolean {
    return this.on?.claim.isTaken === true;
  }

  /**
   * Confirms the claim, which is a sign of life, right before a manifest is sent, and once more when the last one was.
   *
   * @param completes true for the last one: it is not given up once it was begun
   * @throws {CopyError} TAKEN_OVER
   */
  async confirmClaim(completes: boolean): Promise<void> {
    const signal = completes ? new AbortController().signal : this.context.signal;
    if (this.on && !(await this.on.claim.confirm(signal))) throw takenOver();
    if (completes) this.mayBeCompleted = true;
  }

  /**
   * Writes down that this attempt has ended, as its very last act: nothing of it is under way then that can complete the
   * copy.
   *
   * @returns the error to end with: TAKEN_OVER if that is what led to this one
   */
  async fail(error: unknown): Promise<unknown> {
    this.stopHeartbeat();
    if (this.loss.signal.aborted) return this.loss.signal.reason;
    const { claim } = this.on ?? {};
    if (!claim?.isTaken || this.mayBeCompleted || isTakenOver(error)) return error;
    const leave = this.context.signal.aborted ? LAST_WORD : LAST_WORD_AFTER_FAILURE;
    const isHeld = await claim.end(AbortSignal.timeout(leave)).catch(() => true);
    return isHeld || (claim.lostTo === undefined && !isOfLoss(error)) ? error : takenOver(error);
  }

  /** The copy did not pass the last check: no attempt is to go on with it. Never throws: that error is the one to tell. */
  async condemn(): Promise<void> {
    const { claim } = this.on ?? {};
    if (claim?.run) await claim.change({ ...claim.run, broken: true }).catch(() => false);
  }

  /**
   * Removes the checkpoints of a copy that is complete, unless a later attempt has taken them over. Never throws: the
   * copy does not depend on it.
   */
  async end(): Promise<void> {
    this.stopHeartbeat();
    if (!this.on?.claim.isTaken) return;
    const { store, claim } = this.on;
    if (this.abandoned) await this.clearAway(this.abandoned, store).catch(() => {});
    const remove = async () => {
      // Listed while the claim is held, so that none of them is a later attempt's.
      const keys = (await store.list(store.folder)).filter((key) => key !== store.runKey());
      return !(await claim.release()) || store.delete(keys);
    };
    if (await remove().catch(() => false)) return;
    this.context.narrator.notice(
      `The checkpoints under s3://${this.context.bucket.name}/${store.folder} could not be removed (s3:DeleteObject). They do no harm, but hold key values: a lifecycle rule can expire them.`,
    );
  }

  /**
   * Deletes what an earlier attempt wrote, and once more when this copy is complete: the summary of the other one may
   * still have been on its way until then, or one of its data objects.
   */
  private async clearAway(copy: AbandonedCopy, store: CheckpointStore): Promise<void> {
    const { narrator } = this.context;
    const isAgain = this.abandoned !== undefined;
    this.abandoned = copy;
    const removed = await copy.remove(store);
    const place = `What attempt ${copy.attempt} wrote stays at s3://${store.bucket.name}/${copy.keys.root}`;
    if (removed === 'too early' && !isAgain) {
      narrator.info(`${place} until none of its requests can arrive any more.`);
    } else if (removed === 'too early') {
      narrator.notice(
        `${place}: the last sign of life of that attempt is less than 16 minutes old, so that its manifest-summary.json may still arrive. Delete that folder later if it has none.`,
      );
    } else if (removed === 'not allowed' && !isAgain) {
      narrator.notice(
        `${place}, as it may not be deleted (s3:DeleteObject). It has no manifest-summary.json and counts as no copy.`,
      );
    }
  }

  /** @param work returns why resuming is not possible, in words that go on from `as` */
  private async unlessImpossible(work: (keeper: Keeper) => Promise<string | undefined>): Promise<void> {
    if (!this.on) return;
    const why = await work(this.on).catch((error: unknown) => {
      if (isDenied(error)) {
        return 'the role may not read and write its checkpoints in the bucket (s3:GetObject, s3:ListBucket, s3:PutObject; kms:Decrypt with a KMS key)';
      }
      if (isUnsupported(error)) return 'the store does not know a request that it takes';
      throw error;
    });
    if (why === undefined) return;
    this.on = undefined;
    this.earlier = undefined;
    this.context.narrator.notice(
      `A re-run of this copy would start afresh, as ${why}. Set resume to false where that is as it should be.`,
    );
  }
}

const TWIN =
  'another step of this workflow run that is the same in all its inputs keeps its checkpoints in the same place';

/** Whether it is what an attempt meets if a later one has cleared its copy away or completed it. */
function isOfLoss(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === 'COPY_INCOMPLETE' || code === 'UPLOAD_LOST' || name === 'NoSuchUpload';
}

function takenOver(cause?: unknown): CopyError {
  return new CopyError(
    'TAKEN_OVER',
    'A later attempt of this step has taken the copy over, or its run.json was removed: this one ends without completing it.',
    'Look at the later attempt: nothing is to be done about this one. Where there is none, look for what removes objects below AWSDynamoDB/_resume/, such as a lifecycle rule, and run the step again.',
    { cause },
  );
}

function isTakenOver(error: unknown): boolean {
  return error instanceof CopyError && error.code === 'TAKEN_OVER';
}

function rangeOf(segments: readonly Segment[]): RunState['segments'] {
  const first = segments.reduce((least, { index }) => Math.min(least, index), Number.POSITIVE_INFINITY);
  return { first, count: segments.length, total: segments[0]?.total ?? null };
}
