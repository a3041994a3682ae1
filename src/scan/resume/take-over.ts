import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Narrator } from '../../narrator.ts';
import type { AbandonedCopy } from './abandoned-copy.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { Claim } from './claim.ts';
import { mayTakeOver } from './decide.ts';
import { type Earlier, findEarlier } from './find-earlier.ts';
import { lateRequests, lateUntil } from './late-requests.ts';
import { parseRunFile, type ReadingStep } from './parse-state.ts';

/** A step that keeps checkpoints, with its hold on them. */
export interface Keeper {
  readonly wanted: ReadingStep & {
    /** Hash of all that decides what the copy's bytes are. */
    readonly request: string;
  };
  readonly store: CheckpointStore;
  readonly claim: Claim;
}

/** An earlier attempt that is alive may rewrite run.json between a read and a write of it. */
const MAX_TRIES = 10;

/**
 * Looks for what an earlier attempt of the step left, and takes it over.
 *
 * @returns the copy to resume, or what is to be cleared away; undefined if there is neither. The log says why.
 *   'twin' if another step keeps its checkpoints in the same place.
 */
export async function takeOver(
  keeper: Keeper,
  table: TableDescription,
  narrator: Narrator,
): Promise<Earlier | AbandonedCopy | 'twin' | undefined> {
  const { wanted, store, claim } = keeper;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await store.readRun();
    if (!found) {
      narrator.info('No checkpoint of an earlier attempt of this step was found: the copy starts afresh.');
      return undefined;
    }
    const file = parseRunFile(found.content, wanted);
    if (file && !mayTakeOver(file, wanted.attempt)) return 'twin';
    const run = file?.run && { ...file.run, attempts: [...file.run.attempts, wanted.attempt] };
    const until = file ? lateUntil(found, file) : 0;
    // Before anything else is read: from here on, the attempt before completes no object any more.
    if (!(await claim.take(run, found, until))) continue;
    if (!file) {
      narrator.warning(
        `The checkpoints at s3://${store.bucket.name}/${store.folder} cannot be read, or are not of this step: this copy starts afresh. What they name stays where it is.`,
      );
    }
    if (!file || !run) return undefined;
    const taken = { run, before: file.attempt, late: lateRequests(found, until) };
    return findEarlier(store, taken, wanted.request, table, narrator);
  }
  return 'twin';
}
