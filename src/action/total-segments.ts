import { MOST_SEGMENTS, type ScanParameters } from '../scan/parameters.ts';
import { SEGMENTS_A_SHARE } from '../scan/segments.ts';
import type { InputReader } from './input-reader.ts';

/** total-segments: how many segments are read, of the whole table or of the share that `dynamodb-scan-kwargs` asks for. */
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
      problems.add('cannot be set with dynamodb-scan-kwargs.ExclusiveStartKey, which reads one segment. Leave one out');
    }
  } else if (share) {
    const each = total === 'auto' ? SEGMENTS_A_SHARE : total;
    if (share.totalSegments * each > MOST_SEGMENTS) {
      const most = Math.floor(MOST_SEGMENTS / share.totalSegments);
      problems.add(
        `makes more than 1,000,000 segments in all: each of the TotalSegments of dynamodb-scan-kwargs is read in ` +
          `${each.toLocaleString('en')}. Use ${most.toLocaleString('en')} at the most, in every job of the matrix`,
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
