import { createHash } from 'node:crypto';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { StrictJson } from '../strict-json.ts';

/** Plan of a copy that several jobs write, one shard each. The jobs pass it on as text. */
export interface CopyPlan extends PlanHashes {
  /** ID of the copy. It contains the time of the plan: see `startTimeOf`. */
  readonly exportId: string;
  /** Key prefix with resolved placeholders, without leading and trailing slashes; '' if there is none. */
  readonly prefix: string;
  /** Number of shards, from 1 to `MAX_SHARDS`. */
  readonly shards: number;
  /** Number of segments of all shards together, a multiple of `shards`. */
  readonly segments: number;
  /** Uncompressed bytes at which a data object is completed. */
  readonly fileSize: number;
  /** Read capacity units (RCU) per second of all shards together; undefined for no limit. */
  readonly readCapacity: number | undefined;
  /**
   * Fraction of the read capacity that all shards together may use, if `readCapacity` is such a fraction: it decreases
   * with the read capacity of the table.
   */
  readonly readFraction: number | undefined;
  /** Maximum number of shards that are copied at the same time, from 1 to `shards`. */
  readonly maxParallel: number;
  /** Index that is read instead of the table. */
  readonly indexName: string | undefined;
  readonly consistentRead: boolean;
  /** Version of the Action that made the plan. */
  readonly version: string;
}

/**
 * Short hashes, so that a job detects a plan for another table or bucket. They detect mistakes, not attacks. A plan does
 * not contain the names: the runner drops an output of a job if it contains a masked value, and account IDs and bucket
 * names often are masked.
 * https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs
 */
export interface PlanHashes {
  readonly tableArnHash: string;
  /** Differs if the table was deleted and created again with the same name. */
  readonly tableHash: string;
  readonly bucketHash: string;
}

/** Maximum number of shards: a job matrix has at most 256 jobs. https://docs.github.com/actions/reference/limits */
export const MAX_SHARDS = 256;

/**
 * Maximum number of segments of a plan. Each segment has at least one data object, and a copy has at most 40,000. The
 * others are left for segments that need several objects.
 */
export const MAX_PLANNED_SEGMENTS = 20_000;

/**
 * Returns the hashes of a plan.
 *
 * @param table description of the table, with its ARN
 */
export function planHashes(exportId: string, table: TableDescription, bucket: string): PlanHashes {
  const { TableArn = '', TableId = '', CreationDateTime } = table;
  const hash = (...values: readonly (string | number)[]) =>
    createHash('sha256')
      .update(JSON.stringify([exportId, ...values]))
      .digest('hex')
      .slice(0, 8);
  return {
    tableArnHash: hash(TableArn),
    tableHash: hash(TableArn, TableId, CreationDateTime?.getTime() ?? 0),
    bucketHash: hash(bucket),
  };
}

/** First characters of a plan as text. They change with the format. */
const FORMAT = 'v1.';

/** Returns a plan as one word of letters, digits, dots, hyphens and underscores, for an output of a job. */
export function formatPlan(plan: CopyPlan): string {
  const { exportId, prefix, shards, segments, fileSize, maxParallel } = plan;
  const {
    readCapacity = null,
    readFraction = null,
    indexName = null,
    consistentRead,
    tableArnHash,
    tableHash,
    bucketHash,
    version,
  } = plan;
  const sizes = { shards, segments, fileSize, readCapacity, readFraction, maxParallel };
  const hashes = { tableArnHash, tableHash, bucketHash };
  const json = JSON.stringify({ exportId, prefix, ...sizes, indexName, consistentRead, ...hashes, version });
  return FORMAT + Buffer.from(json).toString('base64url');
}

/** Returns the plan of a text from `formatPlan`; undefined if the text is anything else. */
export function parsePlan(text: string): CopyPlan | undefined {
  if (!text.startsWith(FORMAT)) return undefined;
  try {
    const plan = readMembers(StrictJson.parse(Buffer.from(text.slice(FORMAT.length), 'base64url')));
    // Rejects additional members, and characters that Buffer ignores.
    return formatPlan(plan) === text ? plan : undefined;
  } catch {
    return undefined;
  }
}

function readMembers(json: StrictJson): CopyPlan {
  const shards = json.member('shards').integer(1, MAX_SHARDS);
  const segmentsPerShard = json.member('segments').integer(shards, MAX_PLANNED_SEGMENTS) / shards;
  const hash = (name: string) => json.member(name).text(/^[\da-f]{8}$/);
  const plan: CopyPlan = {
    exportId: json.member('exportId').text(/^\d{14}-[\da-f]{8}$/),
    prefix: json.member('prefix').text(/^(?!\/)[^\p{Cc}\p{Cs}]*(?<!\/)$/u),
    shards,
    segments: shards * segmentsPerShard,
    fileSize: json.member('fileSize').integer(1),
    readCapacity: json.member('readCapacity').optional((value) => value.amount()),
    readFraction: json.member('readFraction').optional((value) => value.amount()),
    maxParallel: json.member('maxParallel').integer(1, shards),
    indexName: json.member('indexName').optional((value) => value.text(/^[a-zA-Z0-9_.-]{3,255}$/)),
    consistentRead: json.member('consistentRead').boolean(),
    tableArnHash: hash('tableArnHash'),
    tableHash: hash('tableHash'),
    bucketHash: hash('bucketHash'),
    version: json.member('version').text(/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/),
  };
  const { readCapacity, readFraction = 1 } = plan;
  const areLimits = readCapacity !== 0 && readFraction > 0 && readFraction <= 1;
  if (!Number.isInteger(segmentsPerShard) || !areLimits) throw json.malformed();
  return plan;
}

/**
 * Returns the name of a shard, such as `3-of-8`.
 *
 * @param index 1 for the first shard
 */
export function shardName(index: number, count: number): string {
  return `${index}-of-${count}`;
}

/** Returns whether a text is the name of a shard of any plan. */
export function isShardName(text: string): boolean {
  const [, index = '', count = ''] = /^([1-9]\d{0,2})-of-([1-9]\d{0,2})$/.exec(text) ?? [];
  return index !== '' && Number(index) <= Number(count) && Number(count) <= MAX_SHARDS;
}

/** Returns the names of all shards of a plan, in order. */
export function namesOfShards({ shards }: Pick<CopyPlan, 'shards'>): string[] {
  return Array.from({ length: shards }, (_, i) => shardName(i + 1, shards));
}

/** Shard of a plan. */
export interface PlannedShard {
  readonly plan: CopyPlan;
  /** 1 for the first shard. */
  readonly index: number;
  /** Number of shards of the plan. */
  readonly count: number;
  /** Such as `3-of-8`. */
  readonly name: string;
}

/** Returns the shard of a plan with this name; undefined if the plan has no such shard. */
export function findShard(plan: CopyPlan, name: string): PlannedShard | undefined {
  const position = namesOfShards(plan).indexOf(name);
  return position === -1 ? undefined : { plan, index: position + 1, count: plan.shards, name };
}
