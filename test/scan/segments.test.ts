import assert from 'node:assert/strict';
import test from 'node:test';
import {
  effectiveFileSize,
  MAX_OBJECTS,
  MAX_WORKERS,
  needsProbe,
  planSegments,
  SEGMENTS_PER_SHARD,
  type Segment,
  type SegmentSizing,
  scatterSegments,
} from '../../src/scan/segments.ts';
import { mulberry32 } from '../emulators/replay-pages.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

function request(change: Partial<SegmentSizing> = {}): SegmentSizing {
  return {
    requested: 'auto',
    shard: undefined,
    hasStartKey: false,
    sizeBytes: 10 * GiB,
    sizeMayBeStale: false,
    fileSize: 128 * MiB,
    cores: 4,
    ...change,
  };
}

const COUNTS: readonly { name: string; change: Partial<SegmentSizing>; segments: number; workers: number }[] = [
  { name: '32 MiB', change: { sizeBytes: 32 * MiB }, segments: 1, workers: 1 },
  { name: 'a little more', change: { sizeBytes: 32 * MiB + 1 }, segments: 2, workers: 2 },
  { name: '1 GiB', change: { sizeBytes: GiB }, segments: 32, workers: 32 },
  { name: '10 GiB', change: {}, segments: 320, workers: 64 },
  { name: 'as many as workers, and one', change: { sizeBytes: 2 * GiB + 1 }, segments: 128, workers: 64 },
  { name: 'more than eight segments a worker', change: { sizeBytes: 10_000 * GiB }, segments: 512, workers: 64 },
  { name: 'the same on one core', change: { sizeBytes: 10_000 * GiB, cores: 1 }, segments: 128, workers: 16 },
  { name: 'the same on two cores', change: { sizeBytes: 10_000 * GiB, cores: 2 }, segments: 256, workers: 32 },
  { name: 'the same on 96 cores', change: { sizeBytes: 10_000 * GiB, cores: 96 }, segments: 512, workers: 64 },
  { name: 'a smaller file-size', change: { sizeBytes: GiB, fileSize: 16 * MiB }, segments: 64, workers: 64 },
  { name: 'an empty table', change: { sizeBytes: 0 }, segments: 1, workers: 1 },
  {
    name: 'a table of unknown size',
    change: { sizeBytes: undefined, sizeMayBeStale: true },
    segments: 16,
    workers: 16,
  },
  {
    name: 'a small count that may be late',
    change: { sizeBytes: MiB, sizeMayBeStale: true },
    segments: 16,
    workers: 16,
  },
  { name: 'a large count that may be late', change: { sizeMayBeStale: true }, segments: 320, workers: 64 },
  { name: 'one asked for', change: { requested: 1 }, segments: 1, workers: 1 },
  { name: '100 asked for', change: { requested: 100, cores: 1 }, segments: 100, workers: 16 },
  { name: 'all that Scan allows', change: { requested: 1_000_000 }, segments: 1_000_000, workers: 64 },
];

for (const { name, change, segments, workers } of COUNTS) {
  test(`${name}: ${segments} segments, ${workers} at a time`, () => {
    const plan = planSegments(request(change));
    assert.equal(plan.segments.length, segments);
    assert.equal(plan.workers, workers);
    assertWhole(plan.segments, segments);
  });
}

/** Segments that are all of a Scan with that many, each once. */
function assertWhole(segments: readonly Segment[], total: number): void {
  for (const [i, segment] of segments.entries()) {
    // A Scan of one segment is one without segments.
    if (segment.index !== i || segment.total !== (total === 1 ? undefined : total)) {
      assert.deepEqual(segment, { index: i, total: total === 1 ? undefined : total });
    }
  }
  assert.equal(segments.length, total);
}

for (const totalSegments of [1, 2, 3, 7, 100]) {
  for (const requested of ['auto', 1, 2, 5] as const) {
    test(`${totalSegments} shards of ${requested} segments are the whole, without an overlap, on whatever runners`, () => {
      const shards = Array.from({ length: totalSegments }, (_, segment) => {
        const shard = { segment, totalSegments };
        // Each leg of the matrix has a runner of its own, and sees the table's size of another moment.
        const sizing = { cores: 1 + (segment % 8), sizeBytes: segment * GiB, sizeMayBeStale: segment % 2 === 0 };
        return planSegments(request({ requested, shard, ...sizing })).segments;
      });
      const each = requested === 'auto' ? SEGMENTS_PER_SHARD : requested;
      assert.ok(shards.every((segments) => segments.length === each));
      assertWhole(shards.flat(), totalSegments * each);
    });
  }
}

test('a shard without segments of its own has 16, which no later version may change for a matrix under way', () => {
  assert.equal(SEGMENTS_PER_SHARD, 16);
  const { segments } = planSegments(request({ shard: { segment: 2, totalSegments: 4 } }));
  assert.deepEqual(segments[0], { index: 32, total: 64 });
  assert.deepEqual(segments.at(-1), { index: 47, total: 64 });
});

test('a start key belongs to one segment: the given one as it was given, else the table as one', () => {
  for (const requested of ['auto', 32] as const) {
    const whole = planSegments(request({ requested, hasStartKey: true }));
    assert.deepEqual(whole, { segments: [{ index: 0, total: undefined }], workers: 1 });
    const shard = { segment: 3, totalSegments: 5 };
    const one = planSegments(request({ requested, hasStartKey: true, shard }));
    assert.deepEqual(one, { segments: [{ index: 3, total: 5 }], workers: 1 });
  }
});

test('only a whole table of segments nobody has fixed is probed', () => {
  const shard = { segment: 0, totalSegments: 2 };
  assert.equal(needsProbe(request()), true);
  assert.equal(needsProbe(request({ requested: 4 })), false);
  assert.equal(needsProbe(request({ shard })), false);
  assert.equal(needsProbe(request({ hasStartKey: true })), false);
});

test('there are never more workers than segments, 16 a core, or 64', () => {
  for (const cores of [1, 2, 3, 4, 5, 64]) {
    for (const requested of [1, 15, 16, 17, 63, 64, 65, 1_000]) {
      const { workers, segments } = planSegments(request({ requested, cores }));
      assert.equal(workers, Math.min(segments.length, 16 * cores, MAX_WORKERS));
    }
  }
});

test('file-size is as asked for, unless the copy would be more objects than an import reads', () => {
  const asked = 128 * MiB;
  assert.equal(effectiveFileSize(asked, undefined, 16), asked);
  assert.equal(effectiveFileSize(asked, 0, 16), asked);
  assert.equal(effectiveFileSize(asked, (MAX_OBJECTS - 16) * asked, 16), asked);
  assert.ok(effectiveFileSize(asked, (MAX_OBJECTS - 16) * asked + 1, 16) > asked);
});

test('the objects of a copy stay below the limit: one of each segment may be less than full', () => {
  for (const [sizeBytes, segmentCount] of [
    [100_000 * GiB, 256],
    [5_000 * GiB, 16],
    [10_000 * GiB, 30_000],
  ] as const) {
    const fileSize = effectiveFileSize(64 * 1024, sizeBytes, segmentCount);
    assert.ok(sizeBytes / fileSize + segmentCount <= MAX_OBJECTS, `${sizeBytes} bytes, ${segmentCount} segments`);
    assert.ok(sizeBytes / (fileSize - 1) + segmentCount > MAX_OBJECTS - 1, 'and are not made larger than need be');
  }
  assert.ok(effectiveFileSize(64 * 1024, GiB, 1_000_000) >= GiB, 'where the segments alone are too many');
});

test('segments are read in bit-reversed order, each once', () => {
  const order = (count: number) =>
    scatterSegments(planSegments(request({ requested: count })).segments).map((s) => s.index);
  assert.deepEqual(order(1), [0]);
  assert.deepEqual(order(8), [0, 4, 2, 6, 1, 5, 3, 7]);
  assert.deepEqual(order(6), [0, 4, 2, 1, 5, 3]);
  for (const count of [2, 3, 5, 16, 100, 255, 257, 1_000]) {
    assert.deepEqual(
      order(count).toSorted((a, b) => a - b),
      [...Array(count).keys()],
    );
  }
  assert.equal(scatterSegments(planSegments(request({ requested: 1_000_000 })).segments).length, 1_000_000);
});

test('segments that are read at the same time lie far apart', () => {
  const { segments, workers } = planSegments(request({ sizeBytes: 100 * GiB }));
  const first = scatterSegments(segments)
    .slice(0, workers)
    .map((segment) => segment.index)
    .toSorted((a, b) => a - b);
  assert.ok(first.every((index, i) => i === 0 || index - (first[i - 1] as number) === segments.length / workers));
});

test('a shard of a matrix is scattered within itself', () => {
  const shard = { segment: 2, totalSegments: 4 };
  const order = scatterSegments(planSegments(request({ shard })).segments).map((segment) => segment.index);
  assert.deepEqual(order.slice(0, 4), [32, 40, 36, 44]);
});

test('a skewed table has no long tail: the last worker ends soon after all could have', (t) => {
  const random = mulberry32(20_261_123);
  /** A third of the table lies in a tenth of the key space. */
  const slowdown = (segments: readonly Segment[], workers: number) => {
    const skewed = ({ index }: Segment) => (index < segments.length / 10 ? 4.5 : 1) * (0.5 + random());
    const weights = scatterSegments(segments).map(skewed);
    return (makespan(weights, workers) * workers) / weights.reduce((sum, weight) => sum + weight, 0);
  };
  const { segments, workers } = planSegments(request({ sizeBytes: 100 * GiB }));
  const planned = slowdown(segments, workers);
  const control = slowdown(planSegments(request({ requested: workers })).segments, workers);
  t.diagnostic(`${planned.toFixed(2)} times the ideal time; with a segment a worker ${control.toFixed(2)} times`);
  assert.ok(planned < 1.5, `${planned}`);
  assert.ok(control > 3, `control: ${control}`);
});

/** How long workers take that each take the next segment as soon as they are done with one. */
function makespan(weights: readonly number[], workers: number): number {
  const busyUntil = Array.from({ length: workers }, () => 0);
  for (const weight of weights) {
    const first = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[first] = (busyUntil[first] as number) + weight;
  }
  return Math.max(...busyUntil);
}
