import type { SegmentCounts } from '../../backup/segment-log.ts';
import { formatCount, formatSeconds } from '../units.ts';
import { fold } from './markdown.ts';

const MOST_ROWS = 50;

/**
 * The segments that took longest, in a fold: what shows where a table is hot, or how uneven its segments are.
 *
 * @param total how many there are; fewer may have been begun, or been kept
 */
export function segmentsFold(segments: readonly Readonly<SegmentCounts>[], total: number): string[] {
  if (segments.length < 2) return [];
  const slowest = segments.toSorted((a, b) => secondsOf(b) - secondsOf(a)).slice(0, MOST_ROWS);
  const kept = segments.length === total ? '' : `the first ${formatCount(segments.length)} of `;
  const title =
    slowest.length === total
      ? `${formatCount(total)} segments, slowest first`
      : `The ${formatCount(slowest.length)} slowest of ${kept}${formatCount(total)} segments`;
  return fold(title, [
    '| segment | items read | read units | time |',
    '|--:|--:|--:|--:|',
    ...slowest.map((segment) => `| ${cells(segment).join(' | ')} |`),
    '',
  ]);
}

function cells(segment: Readonly<SegmentCounts>): string[] {
  const { index, itemCount, readUnits, endedAt } = segment;
  const time = endedAt === undefined ? 'not ended' : formatSeconds(secondsOf(segment));
  return [String(index), formatCount(itemCount), formatCount(readUnits), time];
}

/** One that did not end counts as the slowest: it may be what a run failed at. */
function secondsOf({ startedAt, endedAt }: Readonly<SegmentCounts>): number {
  return endedAt === undefined ? Number.POSITIVE_INFINITY : (endedAt - startedAt) / 1000;
}
