import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Logger } from '../../logger.ts';
import { copyLayout } from '../../manifest/layout.ts';
import { formatCount } from '../../message-text.ts';
import { AbandonedCopy, type InFlightRequests } from './abandoned-copy.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type ResumeFacts, reasonToStartOver } from './decide-resume.ts';
import { readSegmentStates, type SegmentStates, storedFiles } from './read-segments.ts';
import type { RunState } from './resume-state.ts';
import { settleSegments } from './settle-segments.ts';

/** A copy of an earlier attempt that can be resumed. It has no open uploads, and all its objects in S3 are listed. */
export interface ResumableCopy {
  readonly run: RunState;
  readonly segments: SegmentStates;
}

/** A copy that this attempt has taken over. */
export interface LockedCopy {
  readonly run: RunState;
  /** The attempt that held it before. */
  readonly previousAttempt: number;
  readonly inFlight: InFlightRequests;
}

/** What this attempt copies. */
export interface CopiedTable {
  /** Hash of everything that determines the bytes of the copy, for this attempt. */
  readonly requestHash: string;
  readonly table: TableDescription;
}

/**
 * Reads a copy that this attempt has taken over. If the copy can be resumed, settles its uploads and pending objects.
 *
 * @returns the copy to resume, or the copy to delete; 'complete' if the earlier attempt has completed it, and undefined if
 *   its checkpoints cannot be read. The reason is logged.
 */
export async function findResumableCopy(
  store: CheckpointStore,
  { run, previousAttempt, inFlight }: LockedCopy,
  { requestHash, table }: CopiedTable,
  logger: Logger,
): Promise<ResumableCopy | AbandonedCopy | 'complete' | undefined> {
  const keys = copyLayout(run.prefix, run.exportId);
  const segments = await readSegmentStates(store, run);
  const facts: ResumeFacts = {
    requestHash,
    ...tableIdentity(table),
    now: Date.now(),
    run,
    unreadable: typeof segments === 'string',
    complete: (await store.list(keys.manifestSummary)).length > 0,
    unknownObjects: undefined,
  };
  const notResumed = (why: string) =>
    `The copy of attempt ${previousAttempt} is not resumed because ${why}. This attempt starts over.`;
  const why = reasonToStartOver(facts);
  if (typeof segments === 'string') {
    const text = `${notResumed(why ?? '')} The objects in s3://${store.bucket.name}/${keys.root} are not deleted.`;
    if (segments === 'malformed') logger.warning(text);
    else logger.notice(text);
    return undefined;
  }
  if (why !== undefined) {
    logger.notice(notResumed(why));
    return facts.complete ? 'complete' : new AbandonedCopy(previousAttempt, keys, segments, inFlight);
  }
  const settled = await settleSegments(store, keys.data, segments);
  if (typeof settled === 'string') {
    logger.notice(notResumed(reasonToStartOver({ ...facts, unknownObjects: settled }) ?? ''));
    return new AbandonedCopy(previousAttempt, keys, segments, inFlight);
  }
  logger.notice(resuming(previousAttempt, settled));
  return { run, segments: settled };
}

/** Returns the properties that distinguish a table from a re-created table with the same name. */
export function tableIdentity({ TableId, CreationDateTime }: TableDescription) {
  return { tableId: TableId ?? null, tableCreated: CreationDateTime?.getTime() ?? null };
}

/** Returns the notice of an attempt that resumes a copy or a shard. */
export function resuming(previousAttempt: number, segments: SegmentStates): string {
  let items = 0;
  let objects = 0;
  for (const segment of segments.values()) {
    items += segment.position.counts.itemCount;
    objects += storedFiles(segment).length;
  }
  const [itemCount, objectCount] = [formatCount(items), formatCount(objects)];
  return `Resuming the copy of attempt ${previousAttempt}: ${itemCount} items in ${objectCount} objects are stored and are not read again.`;
}
