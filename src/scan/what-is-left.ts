import type { CopyRecord } from '../backup/copy-record.ts';
import { addCounts } from '../backup/counts.ts';
import type { Earlier } from './resume/find-earlier.ts';
import { mostWorkers, type SegmentPlan } from './segments.ts';

/**
 * The segments that an earlier attempt has not read to their end. A start key is of one segment of so many, so they stay
 * so many. What it has stored is counted in `record`.
 */
export function whatIsLeft({ run, segments }: Earlier, record: CopyRecord, cores: number): SegmentPlan {
  const { first, count, total } = run.segments;
  for (const { position, files } of segments.values()) {
    addCounts(record, position.counts);
    for (const file of files) {
      record.files.push(file);
      record.sizeBytes += file.size;
    }
  }
  const left = Array.from({ length: count }, (_, i) => ({ index: first + i, total: total ?? undefined })).filter(
    ({ index }) => segments.get(index)?.position.ended !== true,
  );
  const workers = Math.min(left.length, mostWorkers(cores));
  record.segments = { total: count, done: count - left.length, workers };
  return { segments: left, workers };
}
