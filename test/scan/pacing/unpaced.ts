import { Pacing, type SegmentPace } from '../../../src/scan/pacing/pacing.ts';

/** The pace of a segment of a table without a cap. */
export function unpaced(onThrottle = () => {}): SegmentPace {
  const options = { unitsPerSecond: undefined, consistentRead: false, bytesPerItem: undefined, onThrottle };
  return new Pacing(options).startSegment();
}
