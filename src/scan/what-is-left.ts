import type { Earlier } from './resume/find-earlier.ts';
import { storedFiles } from './resume/read-segments.ts';
import type { ScanProgress } from './scan-progress.ts';
import { mostWorkers, type SegmentPlan } from './segments.ts';

/**
 * The segments that an earlier attempt has not read to their end. A start key is of one segment of so many, so they stay
 * so many. What it has stored is counted in `progress`.
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
  const left = Array.from({ length: count }, (_, i) => ({ index: first + i, total: total ?? undefined })).filter(
    ({ index }) => segments.get(index)?.position.ended !== true,
  );
  const workers = Math.min(left.length, mostWorkers(cores));
  progress.planSegments(count, workers, count - left.length);
  return { segments: left, workers };
}
