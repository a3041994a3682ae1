import { Pacing, type SegmentPace } from '../../../src/scan/pacing/pacing.ts';

/** Returns the pace of a segment without a read limit. */
export function unpaced(onThrottle = () => {}): SegmentPace {
  const options = { unitsPerSecond: undefined, consistentRead: false, bytesPerItem: undefined, onThrottle };
  return new Pacing(options).startSegment();
}
