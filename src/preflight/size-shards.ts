import { formatCountOf } from '../message-text.ts';
import { MAX_OBJECTS_BY_AGE } from '../scan/object-age-limit.ts';
import { RCU_BYTES } from '../scan/pacing/read-capacity.ts';
import { formatCapacityUnits } from '../scan/pacing/read-limit.ts';
import { effectiveFileSize, SEGMENT_BYTES } from '../scan/segments.ts';
import { MAX_PLANNED_SEGMENTS } from '../shards/copy-plan.ts';
import { BYTES_PER_CORE } from './scan-plan.ts';

/** What the size of a plan depends on. */
export interface PlanSizing {
  readonly shards: number | 'auto';
  /** Number of segments of all shards together. */
  readonly totalSegments: number | 'auto';
  /** Maximum number of shards that are copied at the same time; undefined for all of them. */
  readonly maxParallel: number | undefined;
  readonly fileSize: number;
  /** Size of the table or index as reported by DynamoDB; undefined or 0 if it has no count. */
  readonly sizeBytes: number | undefined;
  /** Read capacity units (RCU) per second of all shards together; undefined for no limit. */
  readonly readLimit: number | undefined;
  readonly consistentRead: boolean;
}

/** Size of a plan. */
export interface PlanSize {
  readonly shards: number;
  /** Why this number of shards, for the log. */
  readonly why: string;
  /** Number of segments of all shards together, a multiple of `shards`. */
  readonly segments: number;
  readonly maxParallel: number;
  readonly fileSize: number;
}

const GIB = 1024 ** 3;
/** Size of a shard with `auto`: one runner reads it in about 4 minutes, so its start takes little of the time. */
const SHARD_BYTES = 32 * GIB;
const MAX_AUTOMATIC_SHARDS = 16;

/** Cores of a GitHub-hosted runner. https://docs.github.com/actions/reference/runners/github-hosted-runners */
export const RUNNER_CORES = 4;

/** A shard has a segment for each of the 64 workers of a runner. More keep them busy until the end. */
const MIN_SEGMENTS_PER_SHARD = 64;
const MAX_SEGMENTS_PER_SHARD = 512;

/** Returns the size of a plan, with the reason for the number of shards. */
export function sizePlan(sizing: PlanSizing): PlanSize {
  const { shards, why } = chooseShards(sizing);
  const segments = shards * segmentsPerShard(sizing, shards);
  return {
    shards,
    why,
    segments,
    maxParallel: Math.min(sizing.maxParallel ?? shards, shards),
    // Each segment can add one object, and age can add more.
    fileSize: effectiveFileSize(sizing.fileSize, sizing.sizeBytes, segments + MAX_OBJECTS_BY_AGE),
  };
}

function chooseShards({
  shards,
  sizeBytes = 0,
  readLimit,
  consistentRead,
}: PlanSizing): Pick<PlanSize, 'shards' | 'why'> {
  if (shards !== 'auto') return { shards, why: 'as requested' };
  if (sizeBytes === 0) return { shards: 1, why: 'DynamoDB reports no size of the table yet' };
  const needed = Math.ceil(sizeBytes / SHARD_BYTES);
  const bySize = Math.min(needed, MAX_AUTOMATIC_SHARDS);
  const unitsPerRunner = readableUnits(consistentRead);
  const byLimit = readLimit === undefined ? bySize : Math.ceil(readLimit / unitsPerRunner);
  if (readLimit !== undefined && byLimit < bySize) {
    const runners = `${formatCountOf(byLimit, 'runner')} with ${RUNNER_CORES} cores`;
    return {
      shards: byLimit,
      why: `${runners} can consume the read limit of ${formatCapacityUnits(readLimit)} RCU per second`,
    };
  }
  const reason = 'one for each 32 GiB';
  return { shards: bySize, why: needed > bySize ? `${reason}, at most ${MAX_AUTOMATIC_SHARDS}` : reason };
}

/** Returns the read capacity units (RCU) per second that a runner consumes with the default compression. */
function readableUnits(consistentRead: boolean): number {
  return (RUNNER_CORES * BYTES_PER_CORE.gzip) / (consistentRead ? RCU_BYTES : 2 * RCU_BYTES);
}

function segmentsPerShard({ totalSegments, sizeBytes = 0, fileSize }: PlanSizing, shards: number): number {
  const max = Math.floor(MAX_PLANNED_SEGMENTS / shards);
  if (totalSegments !== 'auto') return Math.min(Math.ceil(totalSegments / shards), max);
  const needed = Math.ceil(sizeBytes / shards / Math.min(fileSize, SEGMENT_BYTES));
  return Math.min(Math.max(needed, MIN_SEGMENTS_PER_SHARD), MAX_SEGMENTS_PER_SHARD, max);
}
