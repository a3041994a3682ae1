import type { CopyRecord } from '../backup/copy-record.ts';
import { addCounts } from '../backup/counts.ts';
import type { Earlier } from './resume/find-earlier.ts';
import { storedFiles } from './resume/read-segments.ts';
import { mostWorkers, type SegmentPlan } from './segments.ts';

/**
 * The segments that an earlier attempt has not read to their end. A start key is of one segment of so many, so they stay
 * so many. What it has stored is counted in `record`.
 */
export function whatIsLeft({ run, segments }: Earlier, record: CopyRecord, cores: number): SegmentPlan {
  const { first, count, total } = run.segments;
  let storedItems = 0;
  for (const segment of segments.values()) {
    for (const file of storedFiles(segment)) {
      record.files.push(file);
      record.sizeBytes += file.size;
      storedItems += file.itemCount;
    }
  }
  const { proved } = run;
  if (proved?.counts.itemCount === storedItems) {
    addCounts(record, proved.counts);
    record.segments = { total: count, done: count, workers: 0 };
    return { segments: [], workers: 0 };
  }
  for (const { position } of segments.values()) addCounts(record, position.counts);
  const left = Array.from({ length: count }, (_, i) => ({ index: first + i, total: total ?? undefined })).filter(
    ({ index }) => segments.get(index)?.position.ended !== true,
  );
  const workers = Math.min(left.length, mostWorkers(cores));
  record.segments = { total: count, done: count - left.length, workers };
  return { segments: left, workers };
}
