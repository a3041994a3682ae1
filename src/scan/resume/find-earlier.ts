import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { layout } from '../../backup/layout.ts';
import type { Narrator } from '../../narrator.ts';
import { AbandonedCopy, type LateRequests } from './abandoned-copy.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type Facts, whyAfresh } from './decide.ts';
import { settle } from './leftovers.ts';
import { readSegments, type Segments, storedFiles } from './read-segments.ts';
import type { RunState } from './state.ts';

/** What an earlier attempt left to go on from: no uploads are open, and every object of it that S3 has is named. */
export interface Earlier {
  readonly run: RunState;
  readonly segments: Segments;
}

/** A copy that this attempt has taken over. */
export interface TakenCopy {
  readonly run: RunState;
  /** The attempt that had it. */
  readonly before: number;
  readonly late: LateRequests;
}

/**
 * Reads what an earlier attempt left, which this one has taken over, and settles it if it can be resumed.
 *
 * @param request hash of what is asked for now
 * @returns the copy to resume, or what is to be cleared away; undefined if there is neither. The log says why.
 */
export async function findEarlier(
  store: CheckpointStore,
  { run, before, late }: TakenCopy,
  request: string,
  table: TableDescription,
  narrator: Narrator,
): Promise<Earlier | AbandonedCopy | undefined> {
  const keys = layout(run.prefix, run.exportId);
  const segments = await readSegments(store, run);
  const facts: Facts = {
    request,
    ...identityOf(table),
    now: Date.now(),
    run,
    unreadable: typeof segments === 'string',
    complete: (await store.list(keys.manifestSummary)).length > 0,
    doubt: undefined,
  };
  const afresh = (why: string) =>
    `The copy of attempt ${before} is not gone on with, as ${why}: this one starts afresh.`;
  const why = whyAfresh(facts);
  if (typeof segments === 'string') {
    const text = `${afresh(why ?? '')} What is stored at s3://${store.bucket.name}/${keys.root} stays there.`;
    if (segments === 'malformed') narrator.warning(text);
    else narrator.notice(text);
    return undefined;
  }
  if (why !== undefined) {
    narrator.notice(afresh(why));
    return facts.complete ? undefined : new AbandonedCopy(before, keys, segments, late);
  }
  const settled = await settle(store, keys, segments);
  if (typeof settled === 'string') {
    narrator.notice(afresh(whyAfresh({ ...facts, doubt: settled }) ?? ''));
    return new AbandonedCopy(before, keys, segments, late);
  }
  narrator.notice(goesOn(before, settled));
  return { run, segments: settled };
}

/** What tells a table from one of the same name that was made in its place. */
export function identityOf({ TableId, CreationDateTime }: TableDescription) {
  return { tableId: TableId ?? null, tableCreated: CreationDateTime?.getTime() ?? null };
}

function goesOn(before: number, segments: Segments): string {
  let items = 0;
  let objects = 0;
  for (const segment of segments.values()) {
    items += segment.position.counts.itemCount;
    objects += storedFiles(segment).length;
  }
  const [itemCount, objectCount] = [items.toLocaleString('en'), objects.toLocaleString('en')];
  return `The copy of attempt ${before} goes on: ${itemCount} items in ${objectCount} objects are there and are not read again.`;
}
