import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { formatCountOf } from '../../message-text.ts';
import { remedies } from '../../remedies.ts';
import type { ObjectContent } from '../../s3/s3-objects.ts';
import { SIGNED_REQUEST_LIFETIME } from '../../timeouts.ts';
import { canTakeOver, type ResumeFacts, reasonToStartOver } from './decide-resume.ts';
import { type ResumableCopy, resuming, tableIdentity } from './find-resumable-copy.ts';
import { parseRunFile, type ResumingShard } from './parse-resume-state.ts';
import { readSegmentStates, type SegmentStates } from './read-segments.ts';
import type { RunFile, RunState } from './resume-state.ts';
import { abortUploads, candidates, settleSegments } from './settle-segments.ts';
import type { CheckpointOwner } from './take-over.ts';
import { takenOverError } from './taken-over-error.ts';

/** A step that copies a shard, with its checkpoint store and run lock. */
export interface ShardOwner extends CheckpointOwner {
  readonly request: CheckpointOwner['request'] & { readonly shard: ResumingShard };
}

/** What this attempt copies, and where it reports what it found. */
export interface ClaimContext {
  readonly table: TableDescription;
  /** Returns true if an attempt has completed the shard, or if the copy is complete. */
  readonly isComplete: () => Promise<boolean>;
  /**
   * Takes the key of the manifest of the shard, so that the manifest of an earlier attempt cannot arrive any more.
   * Returns false if an attempt has completed the shard, or if the copy is complete.
   */
  readonly takeManifestKey: () => Promise<boolean>;
  readonly logger: Logger;
}

/** A shard whose run lock this attempt holds. */
interface LockedShard {
  /** Content of run.json of an earlier attempt; undefined if there was none, or if it is invalid. */
  readonly file: RunFile | undefined;
  /** State of that attempt, with this attempt added; undefined if there is nothing to resume. */
  readonly run: RunState | undefined;
  /** Time until which requests of earlier attempts can arrive; milliseconds since 1970 by the clock of S3. */
  readonly lateUntil: number;
}

/**
 * Maximum number of tries. An earlier attempt that is alive may rewrite run.json after each read and before the write.
 */
const MAX_TRIES = 10;

/**
 * Takes the run lock of a shard and finds what earlier attempts have stored of it. If that cannot be resumed, deletes it:
 * all shards write into one folder, so that nothing of an earlier attempt can stay there.
 *
 * @returns the shard to resume; undefined if this attempt starts at the beginning; 'complete' if the shard was completed
 *   before this attempt held the lock. The reason is logged.
 * @throws {CopyError} SHARD_IN_USE if a process of the same or a later attempt has taken the lock
 */
export async function claimShard(
  owner: ShardOwner,
  context: ClaimContext,
): Promise<ResumableCopy | 'complete' | undefined> {
  const { request, store } = owner;
  const { table, isComplete, takeManifestKey, logger } = context;
  const locked = await lockShard(owner);
  // Whether the shard is complete must be determined under the lock. A complete shard is never changed.
  if (await isComplete()) return 'complete';
  const { file, run } = locked;
  const { dataPrefix } = request.shard;
  const segments = run && (await readSegmentStates(store, run, dataPrefix));
  let why: string | undefined;
  if (file && run && segments !== undefined) {
    const facts: ResumeFacts = {
      requestHash: request.requestHash,
      ...tableIdentity(table),
      // The age of the plan limits the age of all shards.
      now: run.startTime,
      run,
      unreadable: typeof segments === 'string',
      complete: false,
      unknownObjects: undefined,
    };
    why = reasonToStartOver(facts);
    if (why === undefined && typeof segments === 'object') {
      const settled = await settleSegments(store, dataPrefix, segments);
      if (typeof settled === 'object') {
        logger.notice(resuming(file.attempt, settled));
        return { run, segments: settled };
      }
      why = reasonToStartOver({ ...facts, unknownObjects: settled });
    }
  }
  if (file && why !== undefined) {
    logger.notice(
      `The part of this shard that attempt ${file.attempt} has stored cannot be resumed because ${why}. This attempt deletes it and starts over.`,
    );
  }
  return startAfresh(
    owner,
    { ...locked, segments: typeof segments === 'object' ? segments : undefined },
    takeManifestKey,
  );
}

async function lockShard({ request, store, lock }: ShardOwner): Promise<LockedShard> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await store.readRun();
    const readAt = performance.now();
    if (!found) {
      const file = undefined;
      if (await lock.takeFirst()) return { file, run: undefined, lateUntil: lateUntil(found, file, readAt) };
      if (lock.isTaken) throw takenOverError();
      // Another process was faster. Its run.json shows which one.
      continue;
    }
    const file = parseRunFile(found.content, request);
    if (file && !canTakeOver(file, request.attempt)) throw shardInUse(file.attempt);
    const run = file?.run && { ...file.run, attempts: [...file.run.attempts, request.attempt] };
    lock.consumedReadCapacity = file?.consumedReadCapacity ?? 0;
    if (await lock.take(run, found, file)) return { file, run, lateUntil: lateUntil(found, file, readAt) };
  }
  throw shardInUse(undefined);
}

/** @param attempt undefined if it changes with every read */
function shardInUse(attempt: number | undefined): CopyError {
  const who = attempt === undefined ? 'Another process' : `A process of attempt ${attempt} of the workflow run`;
  return new CopyError('SHARD_IN_USE', `${who} copies this shard, or was killed while it did.`, remedies.copyShardOnce);
}

/**
 * Returns the time until which S3 may accept requests for data objects of attempts before this one. Each of them was
 * signed before its process confirmed the run lock for the last time, and so before this attempt took it. S3 rejects a
 * request 15 minutes after the time in its signature, which is by the clock of the process. The last write of run.json
 * shows how far that clock is ahead of the clock of S3. If the store does not report its time, the clock can be ahead by
 * as much as S3 accepts.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 *
 * @param found run.json of the attempt before; undefined if it was deleted
 * @param readAt time of the response, from performance.now()
 */
function lateUntil(found: ObjectContent | undefined, file: RunFile | undefined, readAt: number): number {
  const { servedAt, lastModified } = found ?? {};
  const now = servedAt ? servedAt.getTime() + performance.now() - readAt : Date.now();
  const ahead = file && lastModified ? Math.max(0, file.writtenAt - lastModified.getTime()) : SIGNED_REQUEST_LIFETIME;
  return Math.ceil(now + ahead + SIGNED_REQUEST_LIFETIME);
}

/**
 * Deletes everything that earlier attempts have stored of the shard, and their checkpoints. A deletion may arrive after
 * this attempt has died, so run.json first records that the shard is not resumed, and until when, and under which keys,
 * objects may still arrive. Not all of these keys are known: the checkpoints may be unreadable, and a request whose
 * response was lost can create a deleted object again.
 *
 * @param earlier `segments` are undefined if the checkpoints cannot be read
 * @returns 'complete' if the manifest of an earlier attempt has arrived meanwhile: nothing was deleted then
 */
async function startAfresh(
  { request, store, lock }: ShardOwner,
  { run, lateUntil: until, segments }: LockedShard & { readonly segments: SegmentStates | undefined },
  takeManifestKey: ClaimContext['takeManifestKey'],
): Promise<'complete' | undefined> {
  const { dataPrefix } = request.shard;
  // Aborted before the keys are listed: no object of these uploads can arrive after that.
  await abortUploads(store, dataPrefix, segments ?? new Map());
  const pending = [...(segments?.values() ?? [])].flatMap((segment) => candidates(segment));
  const checkpoints = (await store.list(store.folder)).filter((key) => key !== store.runKey());
  const keys = [...(await store.list(dataPrefix)), ...checkpoints];
  const isAny = keys.length + pending.length > 0;
  const late = {
    givenUp: [...new Set([...lock.late.givenUp, ...pending.map(({ object }) => object.key)])].sort(),
    lateUntil: isAny ? Math.max(lock.late.lateUntil, until) : lock.late.lateUntil,
  };
  // Written after the keys were listed: none of them belongs to a later attempt, however late they are deleted.
  if (!run && !isAny) {
    if (await lock.isStillOurs()) return undefined;
    throw takenOverError();
  }
  if (!(await lock.change(run && { ...run, broken: true }, late))) throw takenOverError();
  // A manifest that arrives later would describe objects that are deleted, or that are not all.
  if (!(await takeManifestKey())) return 'complete';
  const notDeleted = await store.bucket.delete(keys, store.signal);
  if (notDeleted.length > 0) {
    throw new CopyError(
      'ACCESS_DENIED',
      `S3 did not delete ${formatCountOf(notDeleted.length, 'object')} that an earlier attempt at this shard has stored.`,
      `Grant s3:DeleteObject on ${dataPrefix.slice(0, dataPrefix.lastIndexOf('/') + 1)}* and ${store.folder}* in the bucket ${store.bucket.name} to the role, then re-run the failed jobs.`,
    );
  }
  if (run && !(await lock.change(undefined))) throw takenOverError();
  return undefined;
}
