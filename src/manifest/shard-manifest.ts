import type { StrictJson } from '../strict-json.ts';
import { OUTPUT_FORMATS, TABLE_ARN } from './copy-summary.ts';
import { type Counts, readCounts } from './counts.ts';
import { isDataObjectName, shardNames } from './export-id.ts';
import { type CopyIdentity, type Layout, SCOPES } from './layout.ts';
import { type InvalidManifest, readJson } from './manifest-content.ts';
import type { DataFile } from './manifests.ts';
import type { CopyEncryption, ScanDescription } from './scan-manifests.ts';

/** Shard of a copy: the part that one of several jobs writes. */
export interface ShardIdentity {
  /** 1 for the first shard. */
  readonly index: number;
  /** Number of shards of the copy. */
  readonly count: number;
  /** Such as `3-of-8`. */
  readonly name: string;
}

/**
 * Contents of a shard manifest, the last object that a shard writes: if it exists, the shard is complete and verified. The
 * manifests of the copy are made from those of its shards. The content is the same for every attempt that can write it.
 */
export interface ShardManifest extends ScanDescription {
  readonly exportId: string;
  /** Name of the shard, such as `3-of-8`. */
  readonly shard: string;
  /** Hash of the settings that all shards of a copy must share; 64 hexadecimal digits. */
  readonly request: string;
  /** Name and version of the Action. */
  readonly action: string;
  readonly tableArn: string;
  /** Null for servers that report none. */
  readonly tableId: string | null;
  /** Milliseconds since 1970; null for servers that report none. */
  readonly tableCreated: number | null;
  /** Start of the first attempt whose objects the shard contains, in ISO 8601. */
  readonly startTime: string;
  /** Time at which the shard was verified, in ISO 8601. */
  readonly endTime: string;
  /** The shard read the segments `first` to `first + count - 1` of `total`. */
  readonly segments: { readonly first: number; readonly count: number; readonly total: number };
  readonly encryption: CopyEncryption;
  readonly counts: Readonly<Counts>;
  /** Data objects of the shard, sorted by key. */
  readonly files: readonly Required<DataFile>[];
  /**
   * Keys of objects that do not belong to the copy, sorted. Attempts that were not resumed may have sent requests for
   * them that arrive late. No other attempt uses these keys. Not all of them may be known.
   */
  readonly givenUp: readonly string[];
  /**
   * Time from which on no request of such an attempt can arrive; milliseconds since 1970 by the clock of S3, 0 if there
   * was none.
   */
  readonly lateUntil: number;
}

/** Version of the JSON format. A manifest with another version is invalid. */
const VERSION = 1;

/** Maximum size in bytes of a shard manifest. One with 40,000 objects and long keys has less than half of that. */
export const MAX_SHARD_MANIFEST_BYTES = 128 * 1024 * 1024;

/** Returns the key of the manifest of a shard. */
export function shardManifestKey({ root }: Pick<Layout, 'root'>, { name }: Pick<ShardIdentity, 'name'>): string {
  return `${root}manifest-shard-${name}.json`;
}

/** Returns the start of the keys of all data objects of a shard. No other object of the bucket has such a key. */
export function shardDataPrefix({ data }: Pick<Layout, 'data'>, { index }: Pick<ShardIdentity, 'index'>): string {
  return `${data}${shardNames(index)}`;
}

/** Returns the content of a shard manifest. The order of the members is stable. */
export function formatShardManifest(manifest: ShardManifest): Buffer {
  const { exportId, shard, request, action, tableArn, tableId, tableCreated, scope, narrowedBy } = manifest;
  const { consistentRead, outputFormat, compression, processFuncSha256, startTime, endTime } = manifest;
  const { segments, encryption, counts, givenUp, lateUntil } = manifest;
  const { itemCount, droppedCount, scannedCount, uncompressedBytes, consumedReadCapacity } = counts;
  const files = manifest.files.map(({ key, itemCount: items, md5, sha256, etag, size }) => {
    return { key, itemCount: items, md5, sha256, etag, size };
  });
  return Buffer.from(
    JSON.stringify({
      ...{ version: VERSION, exportId, shard, request, action, tableArn, tableId, tableCreated, scope, narrowedBy },
      ...{ consistentRead, outputFormat, compression, processFuncSha256, startTime, endTime },
      segments: { first: segments.first, count: segments.count, total: segments.total },
      encryption: { algorithm: encryption.algorithm, kmsKeyId: encryption.kmsKeyId },
      counts: { itemCount, droppedCount, scannedCount, uncompressedBytes, consumedReadCapacity },
      ...{ files, givenUp, lateUntil },
    }),
  );
}

/**
 * Reads a shard manifest. Anyone with write access to the bucket can have written it.
 *
 * @param copy the copy in whose folder the manifest is
 * @param shard the shard whose name is in the key of the manifest
 * @throws {CopyError} of `invalid` if the manifest is not one of this shard, names an object twice or an object that
 *   another shard may have written, or if its counts do not add up
 */
export function parseShardManifest(
  content: Buffer,
  copy: CopyIdentity,
  shard: ShardIdentity,
  invalid: InvalidManifest,
): ShardManifest {
  const manifestKey = shardManifestKey(copy.layout, shard);
  const manifest = readJson(content, manifestKey, invalid, (json) => readMembers(json, copy, shard));
  const { files, counts, givenUp } = manifest;
  const keys = files.map(({ key }) => key);
  if (!isSortedSet(keys) || !isSortedSet(givenUp)) throw invalid(manifestKey, 'lists an object twice or out of order');
  const used = new Set(keys);
  if (givenUp.some((key) => used.has(key))) throw invalid(manifestKey, 'lists an abandoned object');
  if (files.reduce((sum, { itemCount }) => sum + itemCount, 0) !== counts.itemCount) {
    throw invalid(manifestKey, 'has an itemCount that differs from its list of objects');
  }
  return manifest;
}

function readMembers(json: StrictJson, { exportId, layout }: CopyIdentity, shard: ShardIdentity): ShardManifest {
  json.member('version').integer(VERSION, VERSION);
  const prefix = shardDataPrefix(layout, shard);
  const readKey = (key: StrictJson): string => {
    const text = key.text();
    if (!text.startsWith(prefix) || !isDataObjectName(text.slice(layout.data.length))) throw key.malformed();
    return text;
  };
  const givenUp = json.member('givenUp').list(readKey);
  return {
    exportId: json.member('exportId').oneOf([exportId]),
    shard: json.member('shard').oneOf([shard.name]),
    request: json.member('request').text(SHA256),
    action: json.member('action').text(/^[\w.@+-]{1,100}$/),
    tableArn: json.member('tableArn').text(TABLE_ARN),
    tableId: json.member('tableId').optional((id) => id.text(/^[\w-]{1,255}$/)) ?? null,
    tableCreated: json.member('tableCreated').optional((time) => time.integer()) ?? null,
    scope: json.member('scope').oneOf(SCOPES),
    narrowedBy: json.member('narrowedBy').list((name) => name.text(/^[\w-]{1,50}$/)),
    consistentRead: json.member('consistentRead').boolean(),
    outputFormat: json.member('outputFormat').oneOf(OUTPUT_FORMATS),
    compression: json.member('compression').oneOf(['gzip', 'zstd', 'none']),
    processFuncSha256: json.member('processFuncSha256').optional((hash) => hash.text(SHA256)) ?? null,
    startTime: readTime(json.member('startTime')),
    endTime: readTime(json.member('endTime')),
    segments: readSegments(json.member('segments'), shard),
    encryption: readEncryption(json.member('encryption')),
    counts: readCounts(json.member('counts')),
    files: json.member('files').list((file) => ({
      key: readKey(file.member('key')),
      itemCount: file.member('itemCount').integer(),
      md5: file.member('md5').text(/^[A-Za-z\d+/]{22}==$/),
      sha256: file.member('sha256').text(SHA256),
      etag: file.member('etag').text(/^[^"]+$/),
      size: file.member('size').integer(),
    })),
    givenUp,
    lateUntil: json.member('lateUntil').integer(givenUp.length > 0 ? 1 : 0),
  };
}

const SHA256 = /^[\da-f]{64}$/;

function readTime(from: StrictJson): string {
  const time = from.text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  if (Number.isNaN(Date.parse(time))) throw from.malformed();
  return time;
}

/** Every shard reads the same number of segments, in the order of the shards. */
function readSegments(segments: StrictJson, { index, count: shards }: ShardIdentity): ShardManifest['segments'] {
  const count = segments.member('count').integer(1);
  const [first, total] = [(index - 1) * count, shards * count];
  return {
    first: segments.member('first').integer(first, first),
    count,
    total: segments.member('total').integer(total, total),
  };
}

function readEncryption(encryption: StrictJson): CopyEncryption {
  return {
    algorithm: encryption.member('algorithm').optional((name) => name.oneOf(['AES256', 'KMS'])) ?? null,
    kmsKeyId: encryption.member('kmsKeyId').optional((id) => id.text(/^.{1,2048}$/)) ?? null,
  };
}

function isSortedSet(keys: readonly string[]): boolean {
  return keys.every((key, i) => i === 0 || (keys[i - 1] as string) < key);
}
