import { CopyError } from '../errors.ts';
import { type Counts, readCounts } from '../manifest/counts.ts';
import { checkDataObjects } from '../manifest/data-objects.ts';
import { type CopyIdentity, SCOPES } from '../manifest/layout.ts';
import {
  MAX_FILES_BYTES,
  MAX_MANIFEST_BYTES,
  type ManifestSource,
  readJson,
  readWithoutMd5,
} from '../manifest/manifest-content.ts';
import type { DataFile } from '../manifest/manifests.ts';
import { openCopy } from '../manifest/open-copy.ts';
import type { ScanDescription, ShardFigures } from '../manifest/scan-manifests.ts';
import { remedies } from '../remedies.ts';
import { getIfListed } from '../s3/find-listed.ts';
import type { StrictJson } from '../strict-json.ts';
import type { FinishContext } from './finish-request.ts';
import { damagedShards } from './read-shards.ts';

/** A complete copy that several jobs have written. */
export interface FinishedCopy
  extends CopyIdentity,
    Pick<ScanDescription, 'scope' | 'narrowedBy' | 'outputFormat' | 'compression'> {
  /** Time of the plan. */
  readonly snapshotTime: Date;
  readonly counts: Readonly<Counts>;
  /** In the order of manifest-files.json. */
  readonly files: readonly Pick<DataFile, 'key'>[];
  /** Total size of the data objects in bytes, as stored. */
  readonly sizeBytes: number;
  readonly totalSegments: number;
  /** In the order of the shards. */
  readonly shards: readonly ShardFigures[];
  /** Content of manifest-sha256.txt. */
  readonly checksums: Buffer;
}

/**
 * Opens the copy of a plan if it is complete already, and verifies its manifests and the list of its data objects.
 *
 * @returns undefined if the copy has no manifest-summary.json
 * @throws {CopyError} COPY_DAMAGED if the copy is damaged; ACCESS_DENIED if the data objects cannot be listed
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function openFinishedCopy({ request, waits, signal }: FinishContext): Promise<FinishedCopy | undefined> {
  const { bucket, copy } = request;
  const { exportId, layout } = copy;
  const summary = await getIfListed(bucket, layout.manifestSummary, signal, MAX_MANIFEST_BYTES);
  if (!summary || summary.size === 0) return undefined;
  const invalid = damagedShards(request);
  const access = { bucket, signal };
  try {
    const stored = await waits.during('S3 to return the manifests', openCopy(copy, access));
    const { tableArn, tableId, snapshotTime, outputFormat, compression, files } = stored;
    if (tableArn !== request.tableArn || (tableId !== undefined && tableId !== request.table.TableId)) {
      throw invalid(layout.manifestSummary, 'describes another table');
    }
    const { sizeBytes } = await waits.during('S3 to list the data objects', checkDataObjects(stored, access));
    const source = { bucket, signal, invalid };
    const facts = readJson(await readOrThrow(source, layout.manifestCopy), layout.manifestCopy, invalid, readFacts);
    const checksums = await readOrThrow(source, layout.manifestChecksums);
    return { exportId, layout, snapshotTime, outputFormat, compression, ...facts, files, sizeBytes, checksums };
  } catch (error) {
    if (!(error instanceof CopyError) || error.code !== 'COPY_DAMAGED') throw error;
    throw new CopyError(error.code, error.message, remedies.copyShardsAgain(true), { cause: error });
  }
}

async function readOrThrow(source: ManifestSource, key: string): Promise<Buffer> {
  const content = await readWithoutMd5(source, key, MAX_FILES_BYTES);
  if (!content) throw source.invalid(key, 'does not exist in the bucket');
  return content;
}

/** Reads the members of manifest-copy.json that no other manifest has. */
function readFacts(
  json: StrictJson,
): Pick<FinishedCopy, 'scope' | 'narrowedBy' | 'counts' | 'totalSegments' | 'shards'> {
  return {
    scope: json.member('scope').oneOf(SCOPES),
    narrowedBy: json.member('narrowedBy').list((name) => name.text(/^[\w-]{1,50}$/)),
    counts: readCounts(json),
    totalSegments: json.member('totalSegments').integer(1),
    shards: json.member('shards').list((shard) => ({
      shard: shard.member('shard').text(/^\d{1,3}-of-\d{1,3}$/),
      startTime: shard.member('startTime').text(ISO_TIME),
      endTime: shard.member('endTime').text(ISO_TIME),
      fileCount: shard.member('fileCount').integer(),
      sizeBytes: shard.member('sizeBytes').integer(),
      ...readCounts(shard),
    })),
  };
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
