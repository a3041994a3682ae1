import { setTimeout as sleep } from 'node:timers/promises';
import { CopyError } from '../errors.ts';
import { compareDataObjects } from '../manifest/data-objects.ts';
import { type DifferentObjects, describeDifference } from '../manifest/describe-difference.ts';
import { formatCountOf, formatDuration } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { SIGNED_REQUEST_LIFETIME } from '../timeouts.ts';
import type { FinishContext } from './finish-request.ts';
import type { MergedShards } from './merge-shards.ts';

/**
 * Compares the objects in `data/` with those of the shards.
 *
 * @returns keys of the abandoned objects that exist nevertheless
 * @throws {CopyError} COPY_INCOMPLETE if the others are not exactly the objects of the shards
 * @throws errors of the SDK if the folder cannot be listed
 */
export async function findLateObjects({ request, signal }: FinishContext, shards: MergedShards): Promise<string[]> {
  const { bucket, copy } = request;
  const { files, givenUp } = shards;
  const { missing, changed, unexpected } = await compareDataObjects(
    bucket,
    { files, folder: copy.layout.data },
    signal,
  );
  const others = { missing, changed, unexpected: unexpected.filter((key) => !givenUp.has(key)) };
  requireNoDifference(others, files.length);
  return unexpected.filter((key) => givenUp.has(key));
}

function requireNoDifference(difference: DifferentObjects, count: number): void {
  const description = describeDifference(difference, count);
  if (description === undefined) return;
  const isExtended = difference.missing.length + difference.changed.length === 0;
  throw new CopyError(
    'COPY_INCOMPLETE',
    `The folder data/ does not contain exactly the objects of the shards: ${description}`,
    isExtended
      ? 'Find out what else writes to this folder. Its name is unique to this copy, and an import reads every object in it. Delete the other objects, then re-run the job.'
      : remedies.copyShardsAgain(true),
  );
}

/**
 * Waits until no request of an abandoned attempt can arrive at S3, compares the objects in `data/` with those of
 * the shards, and deletes the abandoned objects. From then on, `data/` contains exactly the objects of the
 * shards.
 *
 * @throws {CopyError} COPY_INCOMPLETE if `data/` has other objects, or lacks some; ACCESS_DENIED if S3 does not delete an
 *   object
 * @throws errors of the SDK if the folder cannot be listed
 */
export async function settleDataObjects(context: FinishContext, shards: MergedShards): Promise<void> {
  const { request, waits, logger, signal } = context;
  await waits.duringOwnTimeouts(untilNoneIsLate(context, shards));
  const late = await waits.during('S3 to list the data objects', findLateObjects(context, shards));
  if (late.length === 0) return;
  const notDeleted = await request.bucket.delete(late, signal, () => waits.noteProgress());
  if (notDeleted.length > 0) {
    const { name } = request.bucket;
    throw new CopyError(
      'ACCESS_DENIED',
      `S3 did not delete ${formatCountOf(notDeleted.length, 'object')} of an earlier attempt from s3://${name}/${request.copy.layout.data}. They do not belong to the copy.`,
      `Grant s3:DeleteObject on arn:aws:s3:::${name}/${request.copy.layout.data}* to the role, then re-run the job.`,
    );
  }
  logger.info(`Deleted ${formatCountOf(late.length, 'object')} of earlier attempts, which arrived late.`);
}

async function untilNoneIsLate({ clock, logger, signal }: FinishContext, { lateUntil }: MergedShards): Promise<void> {
  // Every such request was signed before its shard was complete. S3 rejects it after its lifetime, by a clock that can
  // be ahead by as much.
  const remainingMs = Math.min(lateUntil - clock.now().getTime(), 2 * SIGNED_REQUEST_LIFETIME);
  if (remainingMs <= 0) return;
  logger.info(
    `Waiting ${formatDuration(remainingMs)}: until then, S3 may still store objects of attempts that the shards do not resume.`,
  );
  await sleep(remainingMs, undefined, { signal });
}
