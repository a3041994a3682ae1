/** Segment of a parallel scan; `total` (TotalSegments) is undefined for a Scan without segments. */
export interface Segment {
  readonly index: number;
  readonly total: number | undefined;
}

/** Returns the parameters of a Scan request that select a segment. */
export function segmentParameters({ index, total }: Segment): { Segment?: number; TotalSegments?: number } {
  return total === undefined ? {} : { Segment: index, TotalSegments: total };
}

/** Segments that a run reads, and the number of workers that read them in parallel. */
export interface SegmentPlan {
  readonly segments: readonly Segment[];
  readonly workers: number;
}

/** Segments per shard of a job matrix. The number is the same on every runner; otherwise shards could overlap. */
export const SEGMENTS_PER_SHARD = 16;

/** Minimum number of segments when the table size is unknown. */
const MIN_SEGMENTS_UNKNOWN_SIZE = 16;
/**
 * Target size of a segment. Segments can be smaller than a data object: large tables then have several segments per
 * worker, which keeps all workers busy until the end of the scan.
 */
export const SEGMENT_BYTES = 32 * 1024 * 1024;
/**
 * Maximum number of segments per worker. If a third of a table is in a tenth of its key space, a scan with 8 takes 1.4
 * times the ideal time, and a scan with 4 takes 1.7 times.
 */
const MAX_SEGMENTS_PER_WORKER = 8;
const WORKERS_PER_CORE = 16;
/** Maximum number of workers on any runner. */
export const MAX_WORKERS = 64;

/**
 * Number of objects above which `file-size` is raised. An import reads at most 50,000 objects; the difference allows
 * for growth of the table since DynamoDB last updated its size.
 */
export const MAX_OBJECTS = 40_000;

export interface SegmentSizing {
  readonly requested: number | 'auto';
  readonly shard?: { readonly segment: number; readonly totalSegments: number } | undefined;
  /** True if ExclusiveStartKey is set. A key belongs to one segment, so only that segment is read. */
  readonly hasStartKey: boolean;
  readonly sizeBytes: number | undefined;
  /** True if the table may be much larger than `sizeBytes`, which DynamoDB updates about every 6 hours. */
  readonly sizeMayBeStale: boolean;
  readonly fileSize: number;
  readonly cores: number;
}

/**
 * Returns true if the number of segments depends on the first page: `auto`, without Segment, TotalSegments and
 * ExclusiveStartKey.
 */
export function needsProbe({
  requested,
  shard,
  hasStartKey,
}: Pick<SegmentSizing, 'requested' | 'shard' | 'hasStartKey'>): boolean {
  return requested === 'auto' && !shard && !hasStartKey;
}

/**
 * Returns the segments to read and the number of workers. Plans more segments than workers: otherwise one segment that
 * is much larger than the others would leave the other workers idle at the end. Segments have about `SEGMENT_BYTES`
 * each, enough to justify their requests.
 */
export function planSegments(request: SegmentSizing): SegmentPlan {
  const segments = chooseSegments(request);
  return { segments, workers: Math.min(segments.length, maxWorkers(request.cores)) };
}

function chooseSegments(request: SegmentSizing): Segment[] {
  const { requested, shard, hasStartKey } = request;
  if (hasStartKey)
    return [shard ? { index: shard.segment, total: shard.totalSegments } : { index: 0, total: undefined }];
  if (shard) {
    const each = requested === 'auto' ? SEGMENTS_PER_SHARD : requested;
    return segmentsFrom(shard.segment * each, each, shard.totalSegments * each);
  }
  const total = requested === 'auto' ? automaticTotal(request) : requested;
  return segmentsFrom(0, total, total);
}

function automaticTotal({ sizeBytes = 0, sizeMayBeStale, fileSize, cores }: SegmentSizing): number {
  const minimum = sizeMayBeStale ? MIN_SEGMENTS_UNKNOWN_SIZE : 1;
  const needed = Math.max(minimum, Math.ceil(sizeBytes / Math.min(fileSize, SEGMENT_BYTES)));
  const workers = maxWorkers(cores);
  if (needed <= workers) return needed;
  // Use a multiple of the number of workers. Segments have about the same size and end at about the same time; a
  // remainder would keep only a few workers busy.
  const rounds = Math.ceil(needed / workers);
  return workers * Math.min(MAX_SEGMENTS_PER_WORKER, rounds);
}

function segmentsFrom(first: number, count: number, total: number): Segment[] {
  return Array.from({ length: count }, (_, i) => ({ index: first + i, total: total === 1 ? undefined : total }));
}

/** Returns the maximum number of workers on a runner with this number of cores. */
export function maxWorkers(cores: number): number {
  return Math.min(WORKERS_PER_CORE * cores, MAX_WORKERS);
}

/**
 * Returns the size in bytes at which a data object is completed. This is `fileSize` unless the copy would then have
 * more than `MAX_OBJECTS` objects and could not be imported.
 */
export function effectiveFileSize(fileSize: number, sizeBytes: number | undefined, segmentCount: number): number {
  const objects = Math.max(1, MAX_OBJECTS - segmentCount);
  return Math.max(fileSize, Math.ceil((sizeBytes ?? 0) / objects));
}

/**
 * Returns the segments in the order in which to read them: sorted by their bit-reversed position. Segments read at the
 * same time are then far apart. Neighbors in the key space can share a partition and would overload it.
 */
export function scatterSegments(segments: readonly Segment[]): Segment[] {
  const bits = Math.ceil(Math.log2(Math.max(1, segments.length)));
  const order: Segment[] = [];
  for (let position = 0; position < 2 ** bits; position += 1) {
    const segment = segments[reversed(position, bits)];
    if (segment) order.push(segment);
  }
  return order;
}

function reversed(position: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result = result * 2 + ((position >> bit) & 1);
  return result;
}

/** Returns the range of a plan's segments: `first` to `first + count - 1` of `total`; null for a Scan without segments. */
export function segmentRange(segments: readonly Segment[]): {
  readonly first: number;
  readonly count: number;
  readonly total: number | null;
} {
  const first = segments.reduce((min, { index }) => Math.min(min, index), Number.POSITIVE_INFINITY);
  return { first, count: segments.length, total: segments[0]?.total ?? null };
}
