import { CopyError } from '../errors.ts';
import { addCounts, type Counts, zeroCounts } from '../manifest/counts.ts';
import type { DataFile } from '../manifest/manifests.ts';
import { type CopyEncryption, type ScanDescription, type ShardFigures, totalSize } from '../manifest/scan-manifests.ts';
import type { ShardManifest } from '../manifest/shard-manifest.ts';
import { remedies } from '../remedies.ts';
import { ACTION } from '../version.ts';
import { type CopyPlan, planHashes } from './copy-plan.ts';

/** All shards of a copy. They were copied with the same inputs, from the same table. */
export interface MergedShards extends ScanDescription {
  readonly tableId: string | null;
  /** End of the last shard. */
  readonly endTime: Date;
  readonly encryption: CopyEncryption;
  readonly counts: Readonly<Counts>;
  /** Data objects of all shards. */
  readonly files: readonly Required<DataFile>[];
  /** Figures of each shard, in the order of the shards. */
  readonly shards: readonly ShardFigures[];
  /** Keys of objects that do not belong to the copy although their requests may still arrive. */
  readonly givenUp: ReadonlySet<string>;
  /** Time from which on no request of abandoned attempts can arrive; milliseconds since 1970 by the clock of S3. */
  readonly lateUntil: number;
}

/**
 * Combines the manifests of all shards. The result depends on nothing else.
 *
 * @param manifests of each shard of the plan, in order
 * @param bucket name of the bucket
 * @throws {CopyError} PLAN_MISMATCH if a shard is not one of this plan, or if shards were copied with different inputs
 */
export function mergeShards(plan: CopyPlan, manifests: readonly ShardManifest[], bucket: string): MergedShards {
  const [first] = manifests;
  if (!first || manifests.length !== plan.shards) throw new Error('the manifests are not those of the plan');
  requireOnePlan(plan, manifests, bucket);
  const counts = zeroCounts();
  const givenUp = new Set<string>();
  for (const manifest of manifests) {
    addCounts(counts, manifest.counts);
    for (const key of manifest.givenUp) givenUp.add(key);
  }
  return {
    scope: first.scope,
    narrowedBy: first.narrowedBy,
    consistentRead: first.consistentRead,
    processFuncSha256: first.processFuncSha256,
    outputFormat: first.outputFormat,
    compression: first.compression,
    tableId: first.tableId,
    endTime: new Date(Math.max(...manifests.map(({ endTime }) => Date.parse(endTime)))),
    encryption: first.encryption,
    counts,
    files: manifests.flatMap(({ files }) => files),
    shards: manifests.map(shardFigures),
    givenUp,
    lateUntil: Math.max(...manifests.map(({ lateUntil }) => lateUntil)),
  };
}

function shardFigures({ shard, startTime, endTime, files, counts }: ShardManifest): ShardFigures {
  return { shard, startTime, endTime, fileCount: files.length, sizeBytes: totalSize(files), ...counts };
}

/** Compares what each shard has recorded with the plan and with the first shard. */
function requireOnePlan(plan: CopyPlan, manifests: readonly ShardManifest[], bucket: string): void {
  const { tableHash } = plan;
  const rejectWhere = (what: string, isWrong: (manifest: ShardManifest) => boolean) => {
    const wrong = manifests.filter(isWrong).map(({ shard }) => shard);
    if (wrong.length > 0) throw mismatch(what, wrong);
  };
  rejectWhere('were copied by another version of the Action', ({ action }) => {
    return action !== `${ACTION.name}@${ACTION.version}`;
  });
  rejectWhere('were copied from another table than the plan names', (manifest) => {
    return tableHashOf(plan, manifest, bucket) !== tableHash;
  });
  rejectWhere('were divided into other segments than the plan has', ({ segments }) => segments.total !== plan.segments);
  const [first] = manifests;
  const description = first && describe(first);
  rejectWhere(`were copied with other inputs than shard ${first?.shard}`, (manifest) => {
    return manifest.request !== first?.request || describe(manifest) !== description;
  });
}

/** Returns everything that shards with the same inputs have in common. */
function describe(manifest: ShardManifest): string {
  const { scope, narrowedBy, consistentRead, processFuncSha256, outputFormat, compression, tableId } = manifest;
  return JSON.stringify([scope, narrowedBy, consistentRead, processFuncSha256, outputFormat, compression, tableId]);
}

function tableHashOf({ exportId }: CopyPlan, manifest: ShardManifest, bucket: string): string {
  const { tableArn, tableId, tableCreated } = manifest;
  const table = {
    TableArn: tableArn,
    ...(tableId !== null && { TableId: tableId }),
    ...(tableCreated !== null && { CreationDateTime: new Date(tableCreated) }),
  };
  return planHashes(exportId, table, bucket).tableHash;
}

function mismatch(what: string, shards: readonly string[]): CopyError {
  const names = shards.length > 3 ? `${shards.slice(0, 3).join(', ')} and others` : shards.join(', ');
  return new CopyError(
    'PLAN_MISMATCH',
    `The shards of this copy do not fit together: ${names} ${what}.`,
    remedies.copyShardsAgain(false),
  );
}
