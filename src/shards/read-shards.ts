import { CopyError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { type InvalidManifest, MAX_FILES_BYTES, readWithoutMd5 } from '../manifest/manifest-content.ts';
import {
  MAX_SHARD_MANIFEST_BYTES,
  parseShardManifest,
  type ShardManifest,
  shardManifestKey,
} from '../manifest/shard-manifest.ts';
import { formatBytes } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { findShard, namesOfShards, type PlannedShard } from './copy-plan.ts';
import type { FinishContext, FinishRequest } from './finish-request.ts';
import { shardsMissing } from './missing-shards.ts';

/**
 * Reads the manifests of all shards of a plan, which requires s3:ListBucket.
 *
 * @returns in the order of the shards
 * @throws {CopyError} SHARDS_MISSING, with the names of the shards that have none; COPY_DAMAGED if one is invalid
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readShards(context: FinishContext): Promise<ShardManifest[]> {
  const { request, waits, signal } = context;
  const { bucket, plan, copy } = request;
  const invalid = damagedShards(request);
  const shards = namesOfShards(plan).map((name) => findShard(plan, name) as PlannedShard);
  const sizes = new Map<string, number>(shards.map((shard) => [shardManifestKey(copy.layout, shard), 0]));
  for await (const { key, size } of bucket.list(`${copy.layout.root}manifest-shard-`, signal)) {
    if (sizes.has(key)) sizes.set(key, size);
  }
  // A manifest that was withdrawn and could not be deleted is empty.
  const missing = shards.filter((shard) => sizes.get(shardManifestKey(copy.layout, shard)) === 0);
  if (missing.length > 0) {
    throw await shardsMissing(
      context,
      missing.map(({ name }) => name),
    );
  }
  // Anyone with write access to the bucket can choose the sizes, and all of the manifests are in memory in the end.
  if ([...sizes.values()].reduce((sum, size) => sum + size, 0) > MAX_FILES_BYTES) {
    throw invalid(
      `${copy.layout.root}manifest-shard-*.json`,
      `have more than ${formatBytes(MAX_FILES_BYTES)} in total`,
    );
  }
  const manifests = new Map<number, ShardManifest>();
  await inParallel(shards, async (shard) => {
    const key = shardManifestKey(copy.layout, shard);
    const content = await readWithoutMd5({ bucket, signal, invalid }, key, MAX_SHARD_MANIFEST_BYTES);
    if (!content?.length) throw await shardsMissing(context, [shard.name]);
    manifests.set(shard.index, parseShardManifest(content, copy, shard, invalid));
    waits.noteProgress();
  });
  return shards.map(({ index }) => manifests.get(index) as ShardManifest);
}

/** Returns the constructor of the errors for shards whose manifests are invalid. */
export function damagedShards({ bucket, copy }: Pick<FinishRequest, 'bucket' | 'copy'>): InvalidManifest {
  return (key, problem) =>
    new CopyError(
      'COPY_DAMAGED',
      `The copy s3://${bucket.name}/${copy.layout.root} cannot be finished: ${key.split('/').at(-1)} ${problem}.`,
      remedies.copyShardsAgain(true),
    );
}
