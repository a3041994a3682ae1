import { CopyError } from '../errors.ts';
import {
  MAX_SHARD_MANIFEST_BYTES,
  parseShardManifest,
  type ShardManifest,
  shardManifestKey,
} from '../manifest/shard-manifest.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isPreconditionFailed } from '../s3/error-status.ts';
import type { ScanRequest, ShardRequest } from './scan-request.ts';
import type { ScanIdentity } from './scan-state.ts';
import { differentSettings, hashOfSettings } from './share-settings.ts';

/** Returns the keys of the manifest of the shard and of manifest-summary.json, if they exist. */
async function completionKeys(
  bucket: Bucket,
  { layout }: ScanIdentity,
  shard: ShardRequest,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const expected of [shardManifestKey(layout, shard), layout.manifestSummary]) {
    // For an object that does not exist, S3 returns 403 unless the role is allowed to list the whole bucket.
    for await (const { key, size } of bucket.list(expected, signal)) if (key === expected && size > 0) keys.add(key);
  }
  return keys;
}

/** Returns whether nothing of the shard may be written any more, because the shard or the copy is complete. */
export async function isShardComplete(
  bucket: Bucket,
  identity: ScanIdentity,
  shard: ShardRequest,
  signal: AbortSignal,
): Promise<boolean> {
  return (await completionKeys(bucket, identity, shard, signal)).size > 0;
}

/**
 * Takes the key of the manifest of a shard with an empty object, which does not count as a manifest. The request for the
 * manifest of an earlier attempt cannot store it after that. The manifest of this attempt replaces the empty object.
 *
 * @returns false if nothing of the shard may be written any more, because the shard or the copy is complete
 */
export async function takeManifestKey(
  { bucket, parametersOf }: Pick<ScanRequest, 'bucket' | 'parametersOf'>,
  identity: ScanIdentity,
  shard: ShardRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const key = shardManifestKey(identity.layout, shard);
  try {
    const parameters = parametersOf('manifest', identity.snapshotTime);
    await bucket.put({ key, body: Buffer.alloc(0), parameters, replaces: 'none' }, signal);
    return true;
  } catch (error) {
    if (!isPreconditionFailed(error)) throw error;
    return !(await isShardComplete(bucket, identity, shard, signal));
  }
}

/**
 * Returns the manifest of a shard that an earlier attempt has completed; undefined if none has.
 *
 * @throws {CopyError} PLAN_MISMATCH if the shard was copied with other settings; COPY_DAMAGED if its manifest is invalid,
 *   or if the copy is complete without it
 */
export async function findCompleteShard(
  bucket: Bucket,
  identity: ScanIdentity,
  shard: ShardRequest,
  signal: AbortSignal,
): Promise<ShardManifest | undefined> {
  const { layout } = identity;
  const keys = await completionKeys(bucket, identity, shard, signal);
  if (keys.size === 0) return undefined;
  const key = shardManifestKey(layout, shard);
  const damaged = (_: string, problem: string) =>
    new CopyError(
      'COPY_DAMAGED',
      `The copy s3://${bucket.name}/${layout.root} is damaged: ${key.slice(layout.root.length)} ${problem}.`,
      remedies.copyShardsAgain(true),
    );
  if (!keys.has(key)) throw damaged(key, 'does not exist, but the copy is complete');
  const object = await bucket.get(key, signal, MAX_SHARD_MANIFEST_BYTES);
  if (!object) throw damaged(key, 'was deleted while it was read');
  if (object.size > MAX_SHARD_MANIFEST_BYTES) throw damaged(key, 'is too large');
  const manifest = parseShardManifest(object.content, identity, shard, damaged);
  if (manifest.request !== hashOfSettings(shard.settings)) {
    throw differentSettings(['the settings with which an earlier attempt copied this shard']);
  }
  return manifest;
}
