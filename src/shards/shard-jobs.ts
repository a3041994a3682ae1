import { setTimeout as sleep } from 'node:timers/promises';
import { CopyError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { formatDuration } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { isDenied } from '../s3/error-status.ts';
import { getIfListed } from '../s3/find-listed.ts';
import { MalformedJson, StrictJson } from '../strict-json.ts';
import { BETWEEN_CLAIM_CHECKS, HEARTBEAT } from '../timeouts.ts';
import { type FinishContext, shardsFolder } from './finish-request.ts';

/** Time after its last heartbeat for which a job counts as active, in milliseconds. */
export const ACTIVE = 2 * HEARTBEAT;

/** Maximum size in bytes of a run.json. The Action writes a few kilobytes. */
const MAX_RUN_BYTES = 1024 * 1024;

/** The claim of a job that copies a shard. */
interface ActiveClaim {
  /** Changes with every heartbeat. */
  readonly etag: string;
  /** Time after which the job no longer counts as active, in milliseconds from now. */
  readonly remainingMs: number;
}

/**
 * Returns the shards whose jobs hold a claim that was confirmed recently, in the order of `names`.
 *
 * @throws errors of the SDK if the claims cannot be read, except for a missing permission: it does not prevent that the
 *   other problem is reported
 */
export async function findActiveJobs(context: FinishContext, names: readonly string[]): Promise<string[]> {
  const active = new Set<string>();
  await inParallel(names, async (name) => {
    try {
      if (await readActiveClaim(context, name)) active.add(name);
    } catch (error) {
      if (!isDenied(error)) throw error;
    }
  });
  return names.filter((name) => active.has(name));
}

/**
 * Requires that no job copies a shard of this copy. Every shard has its manifest, but that of an earlier attempt may have
 * arrived late, while a later one already deletes its objects. A job that starts after this check finds the manifest and
 * changes nothing. Waits for jobs that were killed after they had completed their shard, whose claims remain.
 *
 * @throws {CopyError} SHARD_IN_USE
 * @throws errors of the SDK if the claims cannot be read
 */
export async function requireNoActiveJob(context: FinishContext): Promise<void> {
  const { request, waits, signal } = context;
  const folder = shardsFolder(request);
  const names: string[] = [];
  for await (const { key } of request.bucket.list(folder, signal)) {
    const [, name] = /^(\d{1,3}-of-\d{1,3})\/run\.json$/.exec(key.slice(folder.length)) ?? [];
    if (name !== undefined) names.push(name);
  }
  await waits.duringOwnTimeouts(inParallel(names, (name) => untilInactive(context, name)));
}

async function untilInactive(context: FinishContext, name: string): Promise<void> {
  let seen: string | undefined;
  for (;;) {
    const claim = await readActiveClaim(context, name);
    if (!claim) return;
    if (seen !== undefined && claim.etag !== seen) {
      throw new CopyError(
        'SHARD_IN_USE',
        `Shard ${name} is complete, but a job that copies it is still running.`,
        remedies.waitForShard,
      );
    }
    if (seen === undefined) {
      const time = formatDuration(claim.remainingMs);
      context.logger.info(`A job of shard ${name} was active recently. Waiting for its end, at most ${time}.`);
    }
    seen = claim.etag;
    await sleep(Math.min(BETWEEN_CLAIM_CHECKS, claim.remainingMs), undefined, { signal: context.signal });
  }
}

/**
 * Returns the claim of a shard. A job confirms it at every heartbeat, until it ends or dies.
 *
 * @returns undefined if no job copies the shard
 */
async function readActiveClaim(
  { request, waits, signal }: FinishContext,
  name: string,
): Promise<ActiveClaim | undefined> {
  const run = await getIfListed(request.bucket, `${shardsFolder(request)}${name}/run.json`, signal, MAX_RUN_BYTES);
  waits.noteProgress();
  if (!run || hasEnded(run.content)) return undefined;
  const { lastModified, servedAt, etag } = run;
  const remainingMs = lastModified && servedAt ? lastModified.getTime() + ACTIVE - servedAt.getTime() : 0;
  return remainingMs > 0 ? { etag, remainingMs } : undefined;
}

/** An invalid claim is not one of a job. */
function hasEnded(content: Buffer): boolean {
  try {
    return StrictJson.parse(content).member('ended').boolean();
  } catch (error) {
    if (error instanceof MalformedJson) return true;
    throw error;
  }
}
