import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { layout } from '../../backup/layout.ts';
import type { Narrator } from '../../narrator.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { whyAfresh } from './decide.ts';
import { discard, type Segments, settle } from './leftovers.ts';
import { parseSegment, type RunState } from './state.ts';

/** What an earlier attempt left to go on from: no uploads are open, and every object of it that S3 has is named. */
export interface Earlier {
  readonly run: RunState;
  readonly segments: Segments;
}

/**
 * Reads what an earlier attempt left, which this one has taken over, and settles it, or clears it away where it is not
 * to be gone on with.
 *
 * @param before the attempt that had it
 * @param request hash of what is asked for now
 * @returns undefined where the copy starts afresh; the log says why
 */
export async function findEarlier(
  store: CheckpointStore,
  run: RunState,
  before: number,
  request: string,
  table: TableDescription,
  narrator: Narrator,
): Promise<Earlier | undefined> {
  const keys = layout(run.prefix, run.exportId);
  const contents = await store.readSegments(run.attempts);
  const segments: Segments = new Map(
    [...contents].flatMap(([index, content]) => {
      const state = parseSegment(run.exportId, content);
      return state ? [[index, state] as const] : [];
    }),
  );
  const complete = (await store.list(keys.manifestSummary)).length > 0;
  const settled = complete ? undefined : await settle(store, keys, segments);
  const why = whyAfresh({
    request,
    ...identityOf(table),
    now: Date.now(),
    run,
    lastWritten: [...segments.values()].reduce((last, { writtenAt }) => Math.max(last, writtenAt), run.writtenAt),
    unreadable: segments.size < contents.size,
    complete,
    hidden: settled === undefined,
  });
  if (settled && why === undefined) {
    narrator.notice(goesOn(before, settled));
    return { run, segments: settled };
  }
  narrator.notice(`The copy of attempt ${before} is not gone on with, as ${why}: this one starts afresh.`);
  if (!complete && !(await discard(store, keys, segments))) {
    narrator.notice(
      `What attempt ${before} wrote stays at s3://${store.bucket.name}/${keys.root}, as it may not be deleted (s3:DeleteObject). It has no manifest-summary.json and counts as no copy.`,
    );
  }
  return undefined;
}

/** What tells a table from one of the same name that was made in its place. */
export function identityOf({ TableId, CreationDateTime }: TableDescription) {
  return { tableId: TableId ?? null, tableCreated: CreationDateTime?.getTime() ?? null };
}

function goesOn(before: number, segments: Segments): string {
  let items = 0;
  let objects = 0;
  for (const { position, files } of segments.values()) {
    items += position.counts.itemCount;
    objects += files.length;
  }
  const [itemCount, objectCount] = [items.toLocaleString('en'), objects.toLocaleString('en')];
  return `The copy of attempt ${before} goes on: ${itemCount} items in ${objectCount} objects are there and are not read again.`;
}
