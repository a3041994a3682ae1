import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Narrator } from '../../logger.ts';
import { layout } from '../../manifest/layout.ts';
import { AbandonedCopy, type LateRequests } from './abandoned-copy.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type Facts, whyAfresh } from './decide-resume.ts';
import { readSegments, type Segments, storedFiles } from './read-segments.ts';
import type { RunState } from './resume-state.ts';
import { settle } from './settle-segments.ts';

/** A copy of an earlier attempt that can be resumed. It has no open uploads, and all its objects in S3 are listed. */
export interface Earlier {
  readonly run: RunState;
  readonly segments: Segments;
}

/** A copy that this attempt has taken over. */
export interface TakenCopy {
  readonly run: RunState;
  /** The attempt that held it before. */
  readonly before: number;
  readonly late: LateRequests;
}

/**
 * Reads a copy that this attempt has taken over. If the copy can be resumed, settles its uploads and pending objects.
 *
 * @param request hash of everything that determines the bytes of the copy, for this attempt
 * @returns the copy to resume, or the copy to delete; undefined if there is neither. The reason is logged.
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
  const notResumed = (why: string) =>
    `The copy of attempt ${before} is not resumed because ${why}. This attempt starts over.`;
  const why = whyAfresh(facts);
  if (typeof segments === 'string') {
    const text = `${notResumed(why ?? '')} The objects in s3://${store.bucket.name}/${keys.root} are not deleted.`;
    if (segments === 'malformed') narrator.warning(text);
    else narrator.notice(text);
    return undefined;
  }
  if (why !== undefined) {
    narrator.notice(notResumed(why));
    return facts.complete ? undefined : new AbandonedCopy(before, keys, segments, late);
  }
  const settled = await settle(store, keys, segments);
  if (typeof settled === 'string') {
    narrator.notice(notResumed(whyAfresh({ ...facts, doubt: settled }) ?? ''));
    return new AbandonedCopy(before, keys, segments, late);
  }
  narrator.notice(resuming(before, settled));
  return { run, segments: settled };
}

/** Returns the properties that distinguish a table from a re-created table with the same name. */
export function identityOf({ TableId, CreationDateTime }: TableDescription) {
  return { tableId: TableId ?? null, tableCreated: CreationDateTime?.getTime() ?? null };
}

function resuming(before: number, segments: Segments): string {
  let items = 0;
  let objects = 0;
  for (const segment of segments.values()) {
    items += segment.position.counts.itemCount;
    objects += storedFiles(segment).length;
  }
  const [itemCount, objectCount] = [items.toLocaleString('en'), objects.toLocaleString('en')];
  return `Resuming the copy of attempt ${before}: ${itemCount} items in ${objectCount} objects are stored and are not read again.`;
}
