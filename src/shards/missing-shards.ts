import { CopyError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { formatCount, formatDuration } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { isDenied } from '../s3/error-status.ts';
import type { ObjectContent } from '../s3/s3-objects.ts';
import { MalformedJson, StrictJson } from '../strict-json.ts';
import { HEARTBEAT } from '../timeouts.ts';
import { type FinishContext, shardsFolder } from './finish-request.ts';

/** Maximum size in bytes of a run.json. The Action writes a few kilobytes. */
const MAX_RUN_BYTES = 1024 * 1024;

/** Time after its last heartbeat for which a job counts as active, in milliseconds. */
const ACTIVE = 2 * HEARTBEAT;

/**
 * Returns the error for shards without a shard manifest. It also names those that are being written at the moment.
 *
 * @param missing names of the shards, at least one
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function shardsMissing(context: FinishContext, missing: readonly string[]): Promise<CopyError> {
  const active = await findActive(context, missing);
  const { plan } = context.request;
  const count = `${formatCount(missing.length)} of ${formatCount(plan.shards)} shards`;
  const verb = missing.length === 1 ? 'is' : 'are';
  const since = `active in the last ${formatDuration(ACTIVE)}`;
  const jobs =
    active.length === 1 ? `is being written: its job was ${since}` : `are being written: their jobs were ${since}`;
  const writing = active.length === 0 ? '' : ` ${listNames(active)} ${jobs}.`;
  return new CopyError(
    'SHARDS_MISSING',
    `${count} ${verb} not complete: ${listNames(missing)}.${writing} The copy cannot be finished.`,
    remedies.completeShards(active.length > 0),
  );
}

/** Returns the shards whose jobs hold a claim that was confirmed recently. */
async function findActive(context: FinishContext, names: readonly string[]): Promise<string[]> {
  const { request, waits, signal } = context;
  const active = new Set<string>();
  await inParallel(names, async (name) => {
    try {
      const run = await request.bucket.get(`${shardsFolder(request)}${name}/run.json`, signal, MAX_RUN_BYTES);
      if (run && isActive(run)) active.add(name);
    } catch (error) {
      // Without this information, the error still names the shard.
      if (!isDenied(error)) throw error;
    }
    waits.noteProgress();
  });
  return names.filter((name) => active.has(name));
}

/** A job confirms its claim at every heartbeat, until it ends or dies. */
function isActive({ content, lastModified, servedAt }: ObjectContent): boolean {
  if (!lastModified || !servedAt || servedAt.getTime() - lastModified.getTime() > ACTIVE) return false;
  try {
    return !StrictJson.parse(content).member('ended').boolean();
  } catch (error) {
    if (error instanceof MalformedJson) return false;
    throw error;
  }
}

/** Maximum number of names in a message. */
const MAX_NAMES = 20;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES);
  if (shown.length < names.length) return `${shown.join(', ')} and ${formatCount(names.length - shown.length)} more`;
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
