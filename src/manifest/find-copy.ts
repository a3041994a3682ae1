import { CopyError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { listCopies } from './copy-folders.ts';
import { CopySearch, type LatestCopy, type SummaryState } from './copy-search.ts';
import { parseCopySummary } from './copy-summary.ts';
import type { CopyIdentity } from './layout.ts';
import { readWithoutMd5 } from './manifest-content.ts';
import { type CopyAccess, damagedCopy } from './open-copy.ts';

/** The chosen copy. Its manifests are not verified yet; see `openCopy`. */
export interface FoundCopy extends CopyIdentity {
  /** Sentence about newer copies that were skipped, for the log; undefined if there are none. */
  readonly skipped: string | undefined;
}

/**
 * Chooses the copy to verify or to restore: the given one, which is not read, or the newest one. That is the complete
 * full copy of a whole table with the latest snapshot time; of several with the same snapshot time, the one that was
 * started last; of several with the same ID, the one whose key sorts last.
 *
 * Copies are read from the newest ID downwards. An ID contains the start time of its copy, and no snapshot is later than
 * the start. With `sourceTable`, the search stops once no older ID can have a newer snapshot. Without it, the
 * manifest-summary.json of every copy is read, because an older copy of another table makes the choice ambiguous.
 *
 * @throws {CopyError} COPY_NOT_FOUND; AMBIGUOUS_COPY if copies of several tables match and `sourceTable` is not set;
 *   COPY_DAMAGED if a copy that could be the newest one has an invalid manifest
 * @throws errors of the SDK if the bucket or DynamoDB cannot be read
 */
export async function findCopy(choice: CopyIdentity | LatestCopy, access: CopyAccess): Promise<FoundCopy> {
  if (!('template' in choice)) return { ...choice, skipped: undefined };
  const search = new CopySearch(choice, access);
  const copies = (await listCopies(access.bucket, choice.template, access.signal)).sort(newestFirst);
  for (let next = 0, size = 1; next < copies.length; next += size, size = Math.min(2 * size, MAX_BATCH)) {
    const batch = copies.slice(next, next + size).filter((copy) => search.isRelevant(copy));
    // Reads a batch at once, but considers its copies in order.
    const summaries = new Map<CopyIdentity, SummaryState>();
    await inParallel(batch, async (copy) => void summaries.set(copy, await readSummaryState(copy, access)));
    for (const [copy, summary] of batch.map((each) => [each, summaries.get(each)] as const)) {
      if (summary) await search.consider(copy, summary);
    }
  }
  const { copy, skipped } = search.result();
  return { exportId: copy.exportId, layout: copy.layout, skipped };
}

/** Maximum number of copies that are read before the next decision whether older ones are needed. */
const MAX_BATCH = 64;

function newestFirst(a: CopyIdentity, b: CopyIdentity): number {
  const [first, second] = [a, b].map(({ exportId, layout }) => `${exportId} ${layout.root}`) as [string, string];
  return first < second ? 1 : -1;
}

async function readSummaryState(copy: CopyIdentity, { bucket, signal }: CopyAccess): Promise<SummaryState> {
  const invalid = damagedCopy(bucket, copy);
  try {
    const content = await readWithoutMd5({ bucket, signal, invalid }, copy.layout.manifestSummary);
    // A summary that was withdrawn and could not be deleted is empty.
    return content && content.length > 0 ? parseCopySummary(content, copy, invalid) : 'incomplete';
  } catch (error) {
    if (error instanceof CopyError) return error;
    throw error;
  }
}
