import type { Earlier } from './resume/find-resumable-copy.ts';
import { storedFiles } from './resume/read-segments.ts';
import type { ScanProgress } from './scan-progress.ts';
import { mostWorkers, type SegmentPlan } from './segments.ts';

/**
 * Returns the segments that an earlier attempt has not completed, and counts in `progress` what that attempt has
 * stored. TotalSegments stays the same: an ExclusiveStartKey is valid only for the same Segment and TotalSegments.
 */
export function whatIsLeft({ run, segments }: Earlier, progress: ScanProgress, cores: number): SegmentPlan {
  const { first, count, total } = run.segments;
  let storedItems = 0;
  for (const segment of segments.values()) {
    for (const file of storedFiles(segment)) {
      progress.fileStored(file);
      storedItems += file.itemCount;
    }
  }
  const { proved } = run;
  if (proved?.counts.itemCount === storedItems) {
    progress.count(proved.counts);
    progress.planSegments(count, 0, count);
    return { segments: [], workers: 0 };
  }
  for (const { position } of segments.values()) progress.count(position.counts);
  const remaining = Array.from({ length: count }, (_, i) => ({ index: first + i, total: total ?? undefined })).filter(
    ({ index }) => segments.get(index)?.position.ended !== true,
  );
  const workers = Math.min(remaining.length, mostWorkers(cores));
  progress.planSegments(count, workers, count - remaining.length);
  return { segments: remaining, workers };
}
