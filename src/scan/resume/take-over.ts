import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Logger } from '../../logger.ts';
import { type AbandonedCopy, inFlightRequests, inFlightUntil } from './abandoned-copy.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { canTakeOver } from './decide-resume.ts';
import { findResumableCopy, type ResumableCopy } from './find-resumable-copy.ts';
import { parseRunFile, type ResumingStep } from './parse-resume-state.ts';
import { NONE_LATE, type RunLock } from './run-lock.ts';

/** A step that keeps checkpoints, with its checkpoint store and run lock. */
export interface CheckpointOwner {
  readonly request: ResumingStep & {
    /** Hash of everything that determines the bytes of the copy. */
    readonly requestHash: string;
  };
  readonly store: CheckpointStore;
  readonly lock: RunLock;
}

/**
 * Maximum number of tries. An earlier attempt that is alive may rewrite run.json after each read and before the write.
 */
const MAX_TRIES = 10;

/**
 * Finds the copy of an earlier attempt of the step and takes it over.
 *
 * @returns the copy to resume, or the copy to delete; undefined if there is neither. The reason is logged. 'duplicate
 *   step' if another step keeps its checkpoints in the same folder.
 */
export async function takeOver(
  owner: CheckpointOwner,
  table: TableDescription,
  logger: Logger,
): Promise<ResumableCopy | AbandonedCopy | 'duplicate step' | undefined> {
  const { request, store, lock } = owner;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await store.readRun();
    if (!found) {
      logger.info('No checkpoints of an earlier attempt of this step were found. This attempt starts over.');
      return undefined;
    }
    const file = parseRunFile(found.content, request);
    if (file && !canTakeOver(file, request.attempt)) return 'duplicate step';
    const run = file?.run && { ...file.run, attempts: [...file.run.attempts, request.attempt] };
    const until = file ? inFlightUntil(found, file) : 0;
    lock.consumedReadCapacity = file?.consumedReadCapacity ?? 0;
    // The run lock is taken before anything else is read: from here on, the earlier attempt completes no more objects.
    if (!(await lock.take(run, found, { ...NONE_LATE, lateUntil: until }))) continue;
    if (!file) {
      logger.warning(
        `The checkpoints in s3://${store.bucket.name}/${store.folder} cannot be read or do not belong to this step. This attempt starts over. The objects that they name are not deleted.`,
      );
    }
    if (!file || !run) return undefined;
    const taken = { run, previousAttempt: file.attempt, inFlight: inFlightRequests(found, until) };
    const copy = await findResumableCopy(store, taken, { requestHash: request.requestHash, table }, logger);
    if (copy !== 'complete') return copy;
    // The copy of this attempt is another one, with a read budget of its own.
    lock.consumedReadCapacity = 0;
    return undefined;
  }
  return 'duplicate step';
}
