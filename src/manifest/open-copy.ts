import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { Compression } from '../s3/compression.ts';
import { unquoteEtag } from '../s3/s3-objects.ts';
import { sha256 } from './checksum-list.ts';
import { type DescribeExportScope, decideScope, readScanFacts, type ScanFacts } from './copy-scope.ts';
import { type CopySummary, parseCopySummary } from './copy-summary.ts';
import type { CopyIdentity, CopyScope } from './layout.ts';
import { type InvalidManifest, type ManifestSource, parseDataFiles, readWithMd5 } from './manifest-content.ts';
import type { DataFile } from './manifests.ts';
import { readChecksums } from './read-checksums.ts';
import { readTableManifest } from './read-table-manifest.ts';
import type { TableManifest } from './table-manifest.ts';

/** The bucket of the copies, and how to find out what an export contains. */
export interface CopyAccess {
  readonly bucket: Bucket;
  /** Undefined if DynamoDB cannot be requested. Exports without manifest-table.json then have the scope `unknown`. */
  readonly describeExportScope?: DescribeExportScope | undefined;
  readonly signal: AbortSignal;
}

/** A complete copy whose manifests are verified. Its data objects are not. */
export interface StoredCopy extends CopyIdentity, CopySummary {
  readonly engine: 'scan' | 'export';
  readonly scope: CopyScope;
  readonly compression: Compression;
  /** Total size of the lines in bytes; undefined for exports. */
  readonly uncompressedBytes: number | undefined;
  /** Total size of the data objects in bytes as stored; undefined for exports. */
  readonly sizeBytes: number | undefined;
  /** Data objects, with the keys that they have in this bucket. */
  readonly files: readonly DataFile[];
  /** Folder of the data objects, with a trailing slash. All incremental exports under a prefix share one. */
  readonly dataFolder: string;
  /** Content of manifest-table.json; undefined if the copy has none. */
  readonly table: TableManifest | undefined;
  /**
   * SHA-256 of each data object in lower-case hexadecimal digits, by its key in this bucket. Undefined if the copy has
   * no manifest-sha256.txt, such as an export.
   */
  readonly checksums: ReadonlyMap<string, string> | undefined;
}

/**
 * Reads the manifests of a copy and verifies them against their MD5s, their SHA-256s and each other. The copy can be a scan or a
 * DynamoDB export, full or incremental, of anyone. It can be moved or replicated: the keys of its data objects are those
 * beside the manifests, whatever bucket and prefix the manifests name.
 *
 * @throws {CopyError} COPY_NOT_FOUND if the folder has no manifest-summary.json; COPY_DAMAGED if a manifest is missing,
 *   corrupted or inconsistent
 * @throws errors of the SDK if the bucket or DynamoDB cannot be read
 */
export async function openCopy(copy: CopyIdentity, access: CopyAccess): Promise<StoredCopy> {
  const { bucket, signal } = access;
  const { exportId, layout } = copy;
  const invalid = damagedCopy(bucket, copy);
  const manifests = new Map<string, string>();
  const onRead = (key: string, content: Buffer) => void manifests.set(key, sha256(content));
  const source: ManifestSource = { bucket, signal, invalid, onRead };
  const summaryJson = await readWithMd5(source, layout.manifestSummary);
  if (!summaryJson) throw incompleteCopy(bucket, copy);
  const summary = parseCopySummary(summaryJson, copy, invalid);
  const dataFolder = summary.exportType === 'FULL_EXPORT' ? layout.data : sharedDataFolder(copy);
  const filesJson = await readWithMd5(source, layout.manifestFiles);
  if (!filesJson) throw invalid(layout.manifestFiles, 'does not exist in the bucket');
  const files = parseDataFiles(filesJson, layout.manifestFiles, { itemCount: summary.itemCount, invalid }, (file) =>
    fileBeside(file, copy, dataFolder, invalid),
  );
  const scan = await readScanFacts(source, copy);
  if (scan) requireSameCount(scan, files, copy, invalid);
  else requireExport(summary, files, copy, invalid);
  const table = await readTableManifest(source, copy, summary);
  const isExpected = scan?.hasChecksums === true;
  const checksums = await readChecksums({ bucket, signal, invalid }, { ...copy, isExpected, manifests, files });
  return {
    exportId,
    layout,
    ...summary,
    engine: scan ? 'scan' : 'export',
    scope: await decideScope(scan, table?.scope, summary.exportArn, access.describeExportScope),
    compression: scan?.compression ?? 'gzip',
    uncompressedBytes: scan?.uncompressedBytes,
    sizeBytes: scan?.sizeBytes,
    files,
    dataFolder,
    table,
    checksums,
  };
}

/** Returns the constructor of the errors for a copy whose manifests are invalid. */
export function damagedCopy(bucket: Bucket, { layout }: CopyIdentity): InvalidManifest {
  return (key, problem) =>
    new CopyError(
      'COPY_DAMAGED',
      `The copy s3://${bucket.name}/${layout.root} is damaged: ${key.split('/').at(-1)} ${problem}.`,
      remedies.useOlderCopy,
    );
}

function incompleteCopy(bucket: Bucket, { layout }: CopyIdentity): CopyError {
  return new CopyError(
    'COPY_NOT_FOUND',
    `s3://${bucket.name}/${layout.root} contains no manifest-summary.json. The copy is incomplete, or it does not exist.`,
    remedies.changeCopy,
  );
}

/** The folder of an incremental export's data objects, beside the folder of its manifests. */
function sharedDataFolder({ exportId, layout }: CopyIdentity): string {
  return `${layout.root.slice(0, -`${exportId}/`.length)}data/`;
}

const OUTSIDE = 'lists an object outside the folder of the copy';

/**
 * Returns a data object of manifest-files.json as it is stored beside the manifests.
 *
 * @throws {CopyError} of `invalid`
 */
function fileBeside(file: DataFile, copy: CopyIdentity, dataFolder: string, invalid: InvalidManifest): DataFile {
  const key = copy.layout.manifestFiles;
  const name = file.key.slice(file.key.lastIndexOf('/') + 1);
  // `AWSDynamoDB/<export id>/data/`, or `AWSDynamoDB/data/` for incremental exports.
  const folder = dataFolder.slice(dataFolder.lastIndexOf('AWSDynamoDB/'));
  const original = `${folder}${name}`;
  const isInFolder = file.key === original || file.key.endsWith(`/${original}`);
  if (!isInFolder || !NAME.test(name)) throw invalid(key, OUTSIDE);
  if (!MD5.test(file.md5)) throw invalid(key, 'has a missing or invalid md5Checksum');
  const etag = unquoteEtag(file.etag);
  if (etag === '') throw invalid(key, 'has a missing or invalid etag');
  return { ...file, key: `${dataFolder}${name}`, etag };
}

/** Name of a data object: no folder, and not a name such as `..` that clients resolve. */
const NAME = /^(?!\.)[\w.+=@-]{1,255}$/;

const MD5 = /^[A-Za-z0-9+/]{22}==$/;

function requireSameCount(
  { fileCount }: ScanFacts,
  files: readonly DataFile[],
  { layout }: CopyIdentity,
  invalid: InvalidManifest,
): void {
  if (fileCount === undefined || fileCount === files.length) return;
  throw invalid(layout.manifestCopy, 'has a fileCount that differs from manifest-files.json');
}

/**
 * DynamoDB exports only these formats, and compresses all data objects with gzip. Only manifest-copy.json names the
 * compression of a scan.
 */
function requireExport(
  { outputFormat }: CopySummary,
  files: readonly DataFile[],
  { layout }: CopyIdentity,
  invalid: InvalidManifest,
): void {
  const missing = 'does not exist, but the';
  if (outputFormat !== 'DYNAMODB_JSON' && outputFormat !== 'ION') {
    throw invalid(layout.manifestCopy, `${missing} format is not that of an export`);
  }
  if (files.every(({ key }) => key.endsWith('.gz'))) return;
  throw invalid(layout.manifestCopy, `${missing} names of the data objects are not those of an export`);
}
