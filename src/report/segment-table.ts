import { formatCount, formatSeconds } from '../message-text.ts';
import type { SegmentCounts } from '../scan/scan-state.ts';
import { collapsible } from './markdown.ts';

const MAX_ROWS = 50;

/**
 * Returns the slowest segments in a collapsed section. They show hot partitions and uneven segments.
 *
 * @param total number of segments; `segments` has fewer if some were not started or not recorded
 */
export function segmentTable(segments: readonly Readonly<SegmentCounts>[], total: number): string[] {
  if (segments.length < 2) return [];
  const slowest = segments.toSorted((a, b) => secondsOf(b) - secondsOf(a)).slice(0, MAX_ROWS);
  const kept = segments.length === total ? '' : `the first ${formatCount(segments.length)} of `;
  const title =
    slowest.length === total
      ? `${formatCount(total)} segments, slowest first`
      : `${formatCount(slowest.length)} slowest of ${kept}${formatCount(total)} segments`;
  return collapsible(title, [
    '| Segment | Items read | Read capacity units | Time |',
    '|--:|--:|--:|--:|',
    ...slowest.map((segment) => `| ${cells(segment).join(' | ')} |`),
    '',
  ]);
}

function cells(segment: Readonly<SegmentCounts>): string[] {
  const { index, itemCount, readUnits, endedAt } = segment;
  const time = endedAt === undefined ? 'not finished' : formatSeconds(secondsOf(segment));
  return [String(index), formatCount(itemCount), formatCount(readUnits), time];
}

/**
 * Returns the duration in seconds. An unfinished segment counts as the slowest, because the run may have failed there.
 */
function secondsOf({ startedAt, endedAt }: Readonly<SegmentCounts>): number {
  return endedAt === undefined ? Number.POSITIVE_INFINITY : (endedAt - startedAt) / 1000;
}
