import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CHECKPOINT_PAUSE } from '../../aws/timeouts.ts';
import { CopyError } from '../../errors.ts';
import type { Narrator } from '../../narrator.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import { isDenied, isUnsupported } from '../../s3/refusals.ts';
import type { Difference } from '../prove.ts';
import type { Segment } from '../segments.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { Claim } from './claim.ts';
import { mayTakeOver } from './decide.ts';
import { type Earlier, findEarlier, identityOf } from './find-earlier.ts';
import { type Checkpoints, SegmentCheckpoint } from './segment-checkpoint.ts';
import { parseRunFile, type RunState, segmentJson } from './state.ts';

/** What makes a step the same step again on a re-run, and where it keeps its checkpoints. */
export interface ResumeRequest {
  /** The same for all attempts of a step, and no other step's. */
  readonly step: string;
  readonly attempt: number;
  /** The folder under which AWSDynamoDB/_resume/ lies: the same for all attempts. Without a slash at its end. */
  readonly prefix: string;
  /** Hash of all that decides what the copy's bytes are. */
  readonly request: string;
}

/** What resuming must know of the run. */
export interface ResumeContext {
  readonly bucket: Bucket;
  readonly table: TableDescription;
  readonly parameters: ObjectParameters;
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
  private on: { readonly wanted: ResumeRequest; readonly store: CheckpointStore; readonly claim: Claim } | undefined;
  /** Set while checkpoints are kept. */
  private kept: Checkpoints | undefined;

  /** @param wanted undefined where nothing is to be kept, and nothing to be looked for */
  constructor(wanted: ResumeRequest | undefined, context: ResumeContext) {
    this.context = context;
    if (!wanted) return;
    const { bucket, parameters, signal } = context;
    const store = new CheckpointStore(bucket, wanted.prefix, wanted.step, parameters, signal);
    this.on = { wanted, store, claim: new Claim(store, wanted.attempt) };
  }

  /** Looks for what an earlier attempt left, takes it over, and makes `earlier` of it if it can be gone on with. */
  async find(): Promise<void> {
    const { table, narrator } = this.context;
    await this.unlessImpossible(async ({ wanted, store, claim }) => {
      if (wanted.attempt === 1) return undefined;
      const found = await store.readRun();
      if (!found) {
        narrator.info('No checkpoint of an earlier attempt of this step was found: the copy starts afresh.');
        return undefined;
      }
      const file = parseRunFile(found.content);
      if (!file) return `${store.runKey()} is no checkpoint of this version of the Action`;
      const { run, attempt: before } = file;
      if (!mayTakeOver(file, wanted.attempt)) return TWIN;
      // Before anything else is read: from here on, the attempt before completes no object any more.
      const taken = run && { ...run, attempts: [...run.attempts, wanted.attempt] };
      if (!(await claim.take(taken, found))) return TWIN;
      if (!taken) return undefined;
      this.earlier = await findEarlier(store, taken, before, wanted.request, table, narrator);
      // What was cleared away is not to be gone on with by anybody.
      if (!this.earlier && !(await claim.change(undefined))) return TWIN;
      return undefined;
    });
  }

  /** From here on checkpoints are kept. A copy of one page does not come here, and pays nothing for them. */
  async begin({ segments, ...planned }: PlannedRun): Promise<void> {
    await this.unlessImpossible(async ({ wanted, store, claim }) => {
      if (!this.earlier) {
        if (!claim.isTaken && !(await claim.takeFirst())) return TWIN;
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
          writtenAt: Date.now(),
        };
        if (!(await claim.change(run))) return TWIN;
      }
      this.kept = {
        write: (index, state) => store.writeSegment(wanted.attempt, index, segmentJson(planned.exportId, state)),
        confirmOwner: () => this.confirmOwner(),
        pauseMs: CHECKPOINT_PAUSE,
      };
      return undefined;
    });
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
    throw new CopyError(
      'TAKEN_OVER',
      'A later attempt of this step has taken the copy over, or its run.json was removed: this one ends without completing it.',
      'Look at the later attempt: nothing is to be done about this one. Where there is none, look for what removes objects below AWSDynamoDB/_resume/, such as a lifecycle rule, and run the step again.',
    );
  }

  /**
   * Deletes objects that S3 was told of by a runner that was thought dead, and that it stored only after they had been
   * looked for.
   *
   * @returns what is different without them
   */
  async removeGivenUp({ missing, foreign }: Difference): Promise<Difference> {
    const givenUp = new Set([...(this.earlier?.segments.values() ?? [])].flatMap((segment) => segment.givenUp));
    const late = foreign.filter((key) => givenUp.has(key));
    if (late.length === 0 || !(await this.on?.store.delete(late))) return { missing, foreign };
    return { missing, foreign: foreign.filter((key) => !givenUp.has(key)) };
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
    if (!this.on?.claim.isTaken) return;
    const { store, claim } = this.on;
    const remove = async () => !(await claim.isStillOurs()) || store.delete(await store.list(store.folder));
    if (await remove().catch(() => false)) return;
    this.context.narrator.notice(
      `The checkpoints under s3://${this.context.bucket.name}/${store.folder} could not be removed (s3:DeleteObject). They do no harm, but hold key values: a lifecycle rule can expire them.`,
    );
  }

  /** @param work returns why resuming is not possible, in words that go on from `as` */
  private async unlessImpossible(
    work: (on: NonNullable<Resumption['on']>) => Promise<string | undefined>,
  ): Promise<void> {
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

function rangeOf(segments: readonly Segment[]): RunState['segments'] {
  const first = segments.reduce((least, { index }) => Math.min(least, index), Number.POSITIVE_INFINITY);
  return { first, count: segments.length, total: segments[0]?.total ?? null };
}
