import { MOST_SEGMENTS, type ScanParameters } from '../scan/scan-parameters.ts';
import { SEGMENTS_A_SHARE } from '../scan/segments.ts';
import type { InputReader } from './input-reader.ts';

/** Reads total-segments: the number of segments of the table, or of the shard that `dynamodb-scan-kwargs` selects. */
export function readTotalSegments(reader: InputReader, { share, startKey }: ScanParameters): number | 'auto' {
  const name = 'total-segments';
  const total = reader.parsed<number | 'auto'>(
    name,
    'auto',
    'auto, or a whole number from 1 to 1,000,000',
    parseTotalSegments,
  );
  const problems = reader.problems.at(name);
  if (startKey) {
    if (total !== 'auto' && total > 1) {
      problems.add(
        'cannot be set with dynamodb-scan-kwargs.ExclusiveStartKey, which reads a single segment. Leave one of them out',
      );
    }
  } else if (share) {
    const perShard = total === 'auto' ? SEGMENTS_A_SHARE : total;
    if (share.totalSegments * perShard > MOST_SEGMENTS) {
      const max = Math.floor(MOST_SEGMENTS / share.totalSegments);
      problems.add(
        `must be at most ${max.toLocaleString('en')} in every job of the matrix. With ` +
          `${perShard.toLocaleString('en')} segments per shard (dynamodb-scan-kwargs.TotalSegments), ` +
          'the table has more than 1,000,000 segments in total',
      );
    }
  }
  return total;
}

function parseTotalSegments(text: string): number | 'auto' | undefined {
  if (text === 'auto') return text;
  const total = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return total >= 1 && total <= MOST_SEGMENTS ? total : undefined;
}
