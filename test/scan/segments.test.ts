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
  { name: 'a table of 32 MiB', change: { sizeBytes: 32 * MiB }, segments: 1, workers: 1 },
  { name: 'a table of 32 MiB and 1 byte', change: { sizeBytes: 32 * MiB + 1 }, segments: 2, workers: 2 },
  { name: 'a table of 1 GiB', change: { sizeBytes: GiB }, segments: 32, workers: 32 },
  { name: 'a table of 10 GiB', change: {}, segments: 320, workers: 64 },
  { name: 'a table of 2 GiB and 1 byte', change: { sizeBytes: 2 * GiB + 1 }, segments: 128, workers: 64 },
  { name: 'a table of 10,000 GiB on four cores', change: { sizeBytes: 10_000 * GiB }, segments: 512, workers: 64 },
  {
    name: 'a table of 10,000 GiB on one core',
    change: { sizeBytes: 10_000 * GiB, cores: 1 },
    segments: 128,
    workers: 16,
  },
  {
    name: 'a table of 10,000 GiB on two cores',
    change: { sizeBytes: 10_000 * GiB, cores: 2 },
    segments: 256,
    workers: 32,
  },
  {
    name: 'a table of 10,000 GiB on 96 cores',
    change: { sizeBytes: 10_000 * GiB, cores: 96 },
    segments: 512,
    workers: 64,
  },
  {
    name: 'a table of 1 GiB with a file-size of 16 MiB',
    change: { sizeBytes: GiB, fileSize: 16 * MiB },
    segments: 64,
    workers: 64,
  },
  { name: 'an empty table', change: { sizeBytes: 0 }, segments: 1, workers: 1 },
  {
    name: 'a table of unknown size',
    change: { sizeBytes: undefined, sizeMayBeStale: true },
    segments: 16,
    workers: 16,
  },
  {
    name: 'a table whose small size may be stale',
    change: { sizeBytes: MiB, sizeMayBeStale: true },
    segments: 16,
    workers: 16,
  },
  { name: 'a table whose large size may be stale', change: { sizeMayBeStale: true }, segments: 320, workers: 64 },
  { name: 'total-segments 1', change: { requested: 1 }, segments: 1, workers: 1 },
  { name: 'total-segments 100 on one core', change: { requested: 100, cores: 1 }, segments: 100, workers: 16 },
  {
    name: 'total-segments 1000000, the maximum of Scan',
    change: { requested: 1_000_000 },
    segments: 1_000_000,
    workers: 64,
  },
];

for (const { name, change, segments, workers } of COUNTS) {
  test(`planSegments returns segments: ${segments} and workers: ${workers} for ${name}`, () => {
    const plan = planSegments(request(change));
    assert.equal(plan.segments.length, segments);
    assert.equal(plan.workers, workers);
    assertWhole(plan.segments, segments);
  });
}

/** Asserts that `segments` are all segments of a Scan with `total` segments, in order. */
function assertWhole(segments: readonly Segment[], total: number): void {
  for (const [i, segment] of segments.entries()) {
    // A Scan of one segment has no Segment parameter.
    if (segment.index !== i || segment.total !== (total === 1 ? undefined : total)) {
      assert.deepEqual(segment, { index: i, total: total === 1 ? undefined : total });
    }
  }
  assert.equal(segments.length, total);
}

for (const totalSegments of [1, 2, 3, 7, 100]) {
  for (const [requested, each] of [
    ['auto', SEGMENTS_PER_SHARD],
    [1, 1],
    [2, 2],
    [5, 5],
  ] as const) {
    test(`a matrix of ${totalSegments} shards with total-segments ${requested} covers the table without overlap, on any runners`, () => {
      const shards = Array.from({ length: totalSegments }, (_, segment) => {
        const shard = { segment, totalSegments };
        // Each job of the matrix has its own runner and reads the size of the table at another time.
        const sizing = { cores: 1 + (segment % 8), sizeBytes: segment * GiB, sizeMayBeStale: segment % 2 === 0 };
        return planSegments(request({ requested, shard, ...sizing })).segments;
      });
      assert.ok(shards.every((segments) => segments.length === each));
      assertWhole(shards.flat(), totalSegments * each);
    });
  }
}

test('a shard has 16 segments by default, which must not change between versions while a matrix is running', () => {
  assert.equal(SEGMENTS_PER_SHARD, 16);
  const { segments } = planSegments(request({ shard: { segment: 2, totalSegments: 4 } }));
  assert.deepEqual(segments[0], { index: 32, total: 64 });
  assert.deepEqual(segments.at(-1), { index: 47, total: 64 });
});

test('a start key is read by one segment: the segment of the shard, or the whole table', () => {
  for (const requested of ['auto', 32] as const) {
    const whole = planSegments(request({ requested, hasStartKey: true }));
    assert.deepEqual(whole, { segments: [{ index: 0, total: undefined }], workers: 1 });
    const shard = { segment: 3, totalSegments: 5 };
    const one = planSegments(request({ requested, hasStartKey: true, shard }));
    assert.deepEqual(one, { segments: [{ index: 3, total: 5 }], workers: 1 });
  }
});

test('needsProbe is true only for a whole table with total-segments auto and no start key', () => {
  const shard = { segment: 0, totalSegments: 2 };
  assert.equal(needsProbe(request()), true);
  assert.equal(needsProbe(request({ requested: 4 })), false);
  assert.equal(needsProbe(request({ shard })), false);
  assert.equal(needsProbe(request({ hasStartKey: true })), false);
});

test('planSegments returns at most one worker per segment, 16 per core, and 64 in total', () => {
  for (const cores of [1, 2, 3, 4, 5, 64]) {
    for (const requested of [1, 15, 16, 17, 63, 64, 65, 1_000]) {
      const { workers, segments } = planSegments(request({ requested, cores }));
      assert.equal(workers, Math.min(segments.length, 16 * cores, MAX_WORKERS));
    }
  }
});

test('effectiveFileSize raises file-size only if the copy would have more objects than an import reads', () => {
  const requested = 128 * MiB;
  assert.equal(effectiveFileSize(requested, undefined, 16), requested);
  assert.equal(effectiveFileSize(requested, 0, 16), requested);
  assert.equal(effectiveFileSize(requested, (MAX_OBJECTS - 16) * requested, 16), requested);
  assert.ok(effectiveFileSize(requested, (MAX_OBJECTS - 16) * requested + 1, 16) > requested);
});

test('effectiveFileSize keeps the number of objects within the limit if one object per segment is not full', () => {
  for (const [sizeBytes, segmentCount] of [
    [100_000 * GiB, 256],
    [5_000 * GiB, 16],
    [10_000 * GiB, 30_000],
  ] as const) {
    const fileSize = effectiveFileSize(64 * 1024, sizeBytes, segmentCount);
    assert.ok(sizeBytes / fileSize + segmentCount <= MAX_OBJECTS, `${sizeBytes} bytes, ${segmentCount} segments`);
    assert.ok(
      sizeBytes / (fileSize - 1) + segmentCount > MAX_OBJECTS - 1,
      'file-size must not be larger than necessary',
    );
  }
  assert.ok(effectiveFileSize(64 * 1024, GiB, 1_000_000) >= GiB, 'more segments than the limit');
});

test('scatterSegments returns each segment once, in bit-reversed order', () => {
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

test('segments that are read at the same time are evenly distributed over the table', () => {
  const { segments, workers } = planSegments(request({ sizeBytes: 100 * GiB }));
  const first = scatterSegments(segments)
    .slice(0, workers)
    .map((segment) => segment.index)
    .toSorted((a, b) => a - b);
  assert.ok(first.every((index, i) => i === 0 || index - (first[i - 1] as number) === segments.length / workers));
});

test('scatterSegments reorders the segments of a shard within the shard', () => {
  const shard = { segment: 2, totalSegments: 4 };
  const order = scatterSegments(planSegments(request({ shard })).segments).map((segment) => segment.index);
  assert.deepEqual(order.slice(0, 4), [32, 40, 36, 44]);
});

test('a skewed table is read in less than 1.5 times the ideal time', (t) => {
  const random = mulberry32(20_261_123);
  /** Time in relation to the ideal time. A tenth of the segments contains a third of the table. */
  const slowdown = (segments: readonly Segment[], workers: number) => {
    const skewed = ({ index }: Segment) => (index < segments.length / 10 ? 4.5 : 1) * (0.5 + random());
    const weights = scatterSegments(segments).map(skewed);
    return (makespan(weights, workers) * workers) / weights.reduce((sum, weight) => sum + weight, 0);
  };
  const { segments, workers } = planSegments(request({ sizeBytes: 100 * GiB }));
  const planned = slowdown(segments, workers);
  const control = slowdown(planSegments(request({ requested: workers })).segments, workers);
  t.diagnostic(`${planned.toFixed(2)} times the ideal time; with one segment per worker ${control.toFixed(2)} times`);
  assert.ok(planned < 1.5, `${planned}`);
  assert.ok(control > 3, `control: ${control}`);
});

/** Returns the time that workers need if each takes the next segment when it has finished one. */
function makespan(weights: readonly number[], workers: number): number {
  const busyUntil = Array.from({ length: workers }, () => 0);
  for (const weight of weights) {
    const first = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[first] = (busyUntil[first] as number) + weight;
  }
  return Math.max(...busyUntil);
}
