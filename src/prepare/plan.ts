import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Compression } from '../s3/compression.ts';
import type { ScanParameters } from '../scan/parameters.ts';
import { planSegments, wantsProbe } from '../scan/segments.ts';
import { type ScanTarget, sizeMayBeStale } from '../scan/table.ts';

/** What a scan would do, as far as it can be told beforehand. */
export interface ScanPlan {
  readonly segments: number;
  readonly workers: number;
  /** By DynamoDB's count of the table's size; undefined where it has none. */
  readonly readUnits: number | undefined;
  /** At the least; undefined where the size is not known. */
  readonly seconds: number | undefined;
}

export interface ScanToPlan {
  readonly table: TableDescription;
  readonly target: ScanTarget;
  readonly scan: ScanParameters;
  readonly totalSegments: number | 'auto';
  readonly fileSize: number;
  readonly compression: Compression;
  readonly cores: number;
  /** Read units a second; undefined for no cap. */
  readonly cap: number | undefined;
}

/** A read unit reads this much with a consistent read, and twice as much without. */
const UNIT_BYTES = 4096;
const PAGE_BYTES = 1024 * 1024;

/**
 * Bytes that one core copies a second: half of what the benchmark measures (MB per CPU-second), as hosted runners are
 * slower and the network has a part in it.
 */
const BYTES_A_CORE: Readonly<Record<Compression, number>> = { gzip: 35e6, zstd: 40e6, none: 65e6 };

export function planScan(request: ScanToPlan): ScanPlan {
  const { table, target, scan, totalSegments, fileSize, cores } = request;
  const sizing = { requested: totalSegments, share: scan.share, hasStartKey: scan.startKey !== undefined };
  const { segments, workers } = planSegments({
    ...sizing,
    sizeBytes: target.sizeBytes,
    sizeMayBeStale: sizeMayBeStale(target, table, 0),
    fileSize,
    cores,
  });
  const probes = wantsProbe(sizing);
  const sizeBytes = target.sizeBytes ?? 0;
  // By the first page the table may turn out to have no other.
  const isOnePage = probes && sizeBytes < PAGE_BYTES;
  const plan = isOnePage ? { segments: 1, workers: 1 } : { segments: segments.length, workers };
  // DynamoDB says 0 of a table that it has not counted yet, and of an empty one.
  if (sizeBytes === 0) return { ...plan, readUnits: undefined, seconds: undefined };

  const share = scan.share ? 1 / scan.share.totalSegments : 1;
  const bytes = sizeBytes * share + (probes && !isOnePage ? PAGE_BYTES : 0);
  const blocks = blocksOf(bytes, plan.segments, target, scan.request.Limit);
  const readUnits = scan.request.ConsistentRead ? blocks : blocks / 2;
  const fastest = bytes / (cores * BYTES_A_CORE[request.compression]);
  const paced = request.cap === undefined ? 0 : readUnits / request.cap;
  return { ...plan, readUnits: Math.round(readUnits * 2) / 2, seconds: Math.max(fastest, paced) };
}

/** By DynamoDB's count; undefined where there is none, and from a start key on, of which nobody knows where it lies. */
export function itemsToRead({ target, scan }: Pick<ScanToPlan, 'target' | 'scan'>): number | undefined {
  if (scan.startKey || target.itemCount === undefined) return undefined;
  return target.itemCount / (scan.share?.totalSegments ?? 1);
}

/** Blocks of 4 KB that are paid for: each page is rounded up, and `Limit` makes for many small ones. */
function blocksOf(bytes: number, segments: number, { sizeBytes = 0, itemCount }: ScanTarget, limit?: number): number {
  const itemBytes = itemCount ? sizeBytes / itemCount : 0;
  const pageBytes = limit !== undefined && itemBytes > 0 ? Math.min(PAGE_BYTES, limit * itemBytes) : PAGE_BYTES;
  const fullPages = Math.floor(bytes / pageBytes);
  const rest = bytes - fullPages * pageBytes;
  // The last page of each segment is half a block too long on average, and not less than one.
  const ends = segments > 1 ? segments / 2 : 0;
  return fullPages * Math.ceil(pageBytes / UNIT_BYTES) + Math.ceil(rest / UNIT_BYTES) + ends;
}
