import { CopyError } from '../errors.ts';
import { formatCount } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import type { FinishContext } from './finish-request.ts';
import { ACTIVE, findActiveJobs } from './shard-jobs.ts';

/**
 * Returns the error for shards without a shard manifest. It also names those that are being written at the moment.
 *
 * @param missing names of the shards, at least one
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function shardsMissing(context: FinishContext, missing: readonly string[]): Promise<CopyError> {
  const active = await findActiveJobs(context, missing);
  const { plan } = context.request;
  const count = `${formatCount(missing.length)} of ${formatCount(plan.shards)} shards`;
  const verb = missing.length === 1 ? 'is' : 'are';
  const since = `active in the last ${formatCount(ACTIVE / 60_000)} minutes`;
  const jobs =
    active.length === 1 ? `is being written: its job was ${since}` : `are being written: their jobs were ${since}`;
  const writing = active.length === 0 ? '' : ` ${listNames(active)} ${jobs}.`;
  return new CopyError(
    'SHARDS_MISSING',
    `${count} ${verb} not complete: ${listNames(missing)}.${writing} The copy cannot be finished.`,
    remedies.completeShards(active.length > 0),
  );
}

/** Maximum number of names in a message. */
const MAX_NAMES = 20;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES);
  if (shown.length < names.length) return `${shown.join(', ')} and ${formatCount(names.length - shown.length)} more`;
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
