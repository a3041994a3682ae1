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
const SEGMENTS_A_WORKER = 4;
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
 * Decides what is read. More segments than workers, so that a large segment at the end does not leave the other
 * workers idle, but no more than the table has objects' worth of data.
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
  return Math.min(SEGMENTS_A_WORKER * mostWorkers(cores), Math.max(least, Math.ceil(sizeBytes / fileSize)));
}

function segmentsFrom(first: number, count: number, total: number): Segment[] {
  return Array.from({ length: count }, (_, i) => ({ index: first + i, total: total === 1 ? undefined : total }));
}

function mostWorkers(cores: number): number {
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
