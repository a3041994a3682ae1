/** One part of the key space, as Scan counts them; `total` is undefined for a Scan without segments. */
export interface Segment {
  readonly index: number;
  readonly total: number | undefined;
}

/** Which segments a run reads, and how many of them at once. */
export interface SegmentPlan {
  readonly segments: readonly Segment[];
  readonly workers: number;
}

/** A share of a job matrix is cut into this many segments, on every runner alike, so that shares never overlap. */
export const SEGMENTS_A_SHARE = 16;

/** Segments a table of unknown size gets at the least. */
const SEGMENTS_UNSIZED = 16;
/** Segments need not be as large as an object: large tables have several for each worker, and so no long tail. */
const SEGMENT_BYTES = 32 * 1024 * 1024;
/** Where a third of a table lies in a tenth of its key space, this ends at 1.4 times the ideal time, and 4 at 1.7. */
const SEGMENTS_A_WORKER = 8;
const WORKERS_A_CORE = 16;
export const MOST_WORKERS = 64;

/** An import reads 50,000 objects at the most; the rest is room for a table that has grown since it was counted. */
export const MOST_OBJECTS = 40_000;

export interface SegmentRequest {
  readonly requested: number | 'auto';
  readonly share?: { readonly segment: number; readonly totalSegments: number } | undefined;
  /** True where ExclusiveStartKey is given: a key belongs to one segment. */
  readonly hasStartKey: boolean;
  readonly sizeBytes: number | undefined;
  /** True where the table may be much larger than `sizeBytes`, which DynamoDB counts every six hours or so. */
  readonly sizeMayBeStale: boolean;
  readonly fileSize: number;
  readonly cores: number;
}

/** True where the segments depend on what a first page shows: `auto`, and nothing that fixes them. */
export function wantsProbe({
  requested,
  share,
  hasStartKey,
}: Pick<SegmentRequest, 'requested' | 'share' | 'hasStartKey'>): boolean {
  return requested === 'auto' && !share && !hasStartKey;
}

/**
 * Decides what is read. More segments than workers, so that one segment much larger than the others does not leave the
 * other workers idle in the end; but segments that are worth their requests, of `SEGMENT_BYTES` each.
 */
export function planSegments(request: SegmentRequest): SegmentPlan {
  const segments = chooseSegments(request);
  return { segments, workers: Math.min(segments.length, mostWorkers(request.cores)) };
}

function chooseSegments(request: SegmentRequest): Segment[] {
  const { requested, share, hasStartKey } = request;
  if (hasStartKey)
    return [share ? { index: share.segment, total: share.totalSegments } : { index: 0, total: undefined }];
  if (share) {
    const each = requested === 'auto' ? SEGMENTS_A_SHARE : requested;
    return segmentsFrom(share.segment * each, each, share.totalSegments * each);
  }
  const total = requested === 'auto' ? automaticTotal(request) : requested;
  return segmentsFrom(0, total, total);
}

function automaticTotal({ sizeBytes = 0, sizeMayBeStale, fileSize, cores }: SegmentRequest): number {
  const least = sizeMayBeStale ? SEGMENTS_UNSIZED : 1;
  const worthwhile = Math.max(least, Math.ceil(sizeBytes / Math.min(fileSize, SEGMENT_BYTES)));
  const workers = mostWorkers(cores);
  if (worthwhile <= workers) return worthwhile;
  // Segments are about the same size and so end about the same time: those left over would be read by a few workers.
  const rounds = Math.ceil(worthwhile / workers);
  return workers * Math.min(SEGMENTS_A_WORKER, rounds);
}

function segmentsFrom(first: number, count: number, total: number): Segment[] {
  return Array.from({ length: count }, (_, i) => ({ index: first + i, total: total === 1 ? undefined : total }));
}

/** Workers that a runner with so many cores reads with at the most. */
export function mostWorkers(cores: number): number {
  return Math.min(WORKERS_A_CORE * cores, MOST_WORKERS);
}

/**
 * The bytes at which an object ends, so that the copy stays importable: as asked for, unless the table would then make
 * more than `MOST_OBJECTS` objects.
 */
export function effectiveFileSize(fileSize: number, sizeBytes: number | undefined, segmentCount: number): number {
  const objects = Math.max(1, MOST_OBJECTS - segmentCount);
  return Math.max(fileSize, Math.ceil((sizeBytes ?? 0) / objects));
}

/**
 * The same segments in the order in which they are to be read: places in the list counted with their bits reversed, so
 * that those read at the same time lie far apart. Neighbours in the key space may share a partition, and would heat it.
 */
export function scattered(segments: readonly Segment[]): Segment[] {
  const bits = Math.ceil(Math.log2(Math.max(1, segments.length)));
  const order: Segment[] = [];
  for (let place = 0; place < 2 ** bits; place += 1) {
    const segment = segments[reversed(place, bits)];
    if (segment) order.push(segment);
  }
  return order;
}

function reversed(place: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result = result * 2 + ((place >> bit) & 1);
  return result;
}
