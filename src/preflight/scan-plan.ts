import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { MAX_PAGE_BYTES } from '../dynamodb-limits.ts';
import type { Compression } from '../s3/compression.ts';
import { RCU_BYTES } from '../scan/pacing/read-capacity.ts';
import type { ScanParameters } from '../scan/scan-parameters.ts';
import { needsProbe, planSegments } from '../scan/segments.ts';
import { type ScanTarget, sizeMayBeStale } from '../scan/table.ts';

/** Estimate of what a scan would do. */
export interface ScanPlan {
  readonly segments: number;
  readonly workers: number;
  /** Read capacity units, estimated from the table size that DynamoDB reports; undefined if it reports none. */
  readonly readUnits: number | undefined;
  /** Estimated duration in seconds; undefined if the size is unknown. */
  readonly seconds: number | undefined;
}

export interface ScanPlanRequest {
  readonly table: TableDescription;
  readonly target: ScanTarget;
  readonly scan: ScanParameters;
  readonly totalSegments: number | 'auto';
  readonly fileSize: number;
  readonly compression: Compression;
  /** Number of cores of the runner, or of each of the runners. */
  readonly cores: number;
  /** Number of runners that read different shards at the same time. Default: 1. */
  readonly runners?: number;
  /** Read capacity units per second; undefined for no limit. */
  readonly readLimit: number | undefined;
}

/**
 * Bytes that one core copies per second. At most half of what the benchmark measures (MB per CPU-second), because hosted
 * runners are slower and the network limits throughput.
 */
export const BYTES_PER_CORE: Readonly<Record<Compression, number>> = { gzip: 35e6, zstd: 40e6, none: 65e6 };

/**
 * Bytes that a runner copies per second at most, however many cores it has: its busiest thread cannot use more than one.
 * At most half of what the benchmark measures (MB per second of the busiest thread), for the same reasons.
 */
export const BYTES_PER_RUNNER: Readonly<Record<Compression, number>> = { gzip: 180e6, zstd: 180e6, none: 160e6 };

/** Returns the plan of a scan, estimated from the counts of DynamoDB. */
export function planScan(request: ScanPlanRequest): ScanPlan {
  const { table, target, scan, totalSegments, fileSize, cores, runners = 1 } = request;
  const sizing = { requested: totalSegments, shard: scan.shard, hasStartKey: scan.startKey !== undefined };
  const { segments, workers } = planSegments({
    ...sizing,
    sizeBytes: target.sizeBytes,
    sizeMayBeStale: sizeMayBeStale(target, table, 0),
    fileSize,
    cores,
  });
  const probes = needsProbe(sizing);
  const sizeBytes = target.sizeBytes ?? 0;
  // The first page may turn out to be the only page of the table.
  const isOnePage = probes && sizeBytes < MAX_PAGE_BYTES;
  const plan = isOnePage ? { segments: 1, workers: 1 } : { segments: segments.length, workers };
  // DynamoDB reports 0 for an empty table and for a table that it has not counted yet.
  if (sizeBytes === 0) return { ...plan, readUnits: undefined, seconds: undefined };

  const share = scan.shard ? 1 / scan.shard.totalSegments : 1;
  const bytes = sizeBytes * share + (probes && !isOnePage ? MAX_PAGE_BYTES : 0);
  const blocks = blocksOf(bytes, plan.segments, target, scan.request.Limit);
  const readUnits = scan.request.ConsistentRead ? blocks : blocks / 2;
  const { compression } = request;
  const perRunner = Math.min(cores * BYTES_PER_CORE[compression], BYTES_PER_RUNNER[compression]);
  const fastest = bytes / (runners * perRunner);
  const paced = request.readLimit === undefined ? 0 : readUnits / request.readLimit;
  return { ...plan, readUnits: Math.round(readUnits * 2) / 2, seconds: Math.max(fastest, paced) };
}

/**
 * Returns the number of items to read, from the count of DynamoDB. Undefined if there is no count, or if the scan
 * begins at a start key, because its position in the table is unknown.
 */
export function expectedItemCount({ target, scan }: Pick<ScanPlanRequest, 'target' | 'scan'>): number | undefined {
  if (scan.startKey || target.itemCount === undefined) return undefined;
  return target.itemCount / (scan.shard?.totalSegments ?? 1);
}

/** Returns the number of billed 4 KB blocks. Each page is rounded up, and `Limit` results in many small pages. */
function blocksOf(bytes: number, segments: number, { sizeBytes = 0, itemCount }: ScanTarget, limit?: number): number {
  const itemBytes = itemCount ? sizeBytes / itemCount : 0;
  const pageBytes = limit !== undefined && itemBytes > 0 ? Math.min(MAX_PAGE_BYTES, limit * itemBytes) : MAX_PAGE_BYTES;
  const fullPages = Math.floor(bytes / pageBytes);
  const rest = bytes - fullPages * pageBytes;
  // The last page of each segment is rounded up by half a block on average and costs at least one block.
  const ends = segments > 1 ? segments / 2 : 0;
  return fullPages * Math.ceil(pageBytes / RCU_BYTES) + Math.ceil(rest / RCU_BYTES) + ends;
}
