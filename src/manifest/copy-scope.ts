import { COMPRESSIONS, type Compression } from '../s3/compression.ts';
import type { StrictJson } from '../strict-json.ts';
import { CHECKSUMS_NAME, type CopyIdentity, type CopyScope, SCOPES, type Scope } from './layout.ts';
import { type ManifestSource, readJson, readWithoutMd5 } from './manifest-content.ts';

/**
 * Returns the scope of an export by the description that DynamoDB keeps for 90 days. `manifest/` does not import the
 * export engine, so the caller passes its `describeExportScope`.
 */
export type DescribeExportScope = (exportArn: string) => Promise<'table' | 'subset' | 'unknown'>;

/** Facts about a scan from its manifest-copy.json, which copies by scan have and exports do not. */
export interface ScanFacts {
  readonly scope: CopyScope;
  readonly compression: Compression;
  /** Total size of the data objects in bytes as stored; undefined if the manifest does not contain it. */
  readonly sizeBytes: number | undefined;
  /** Total size of the lines in bytes; undefined if the manifest does not contain it. */
  readonly uncompressedBytes: number | undefined;
  /** Number of data objects; undefined if the manifest does not contain it. */
  readonly fileCount: number | undefined;
  /** True if the copy has a manifest-sha256.txt. Earlier versions of the Action wrote none. */
  readonly hasChecksums: boolean;
}

/**
 * Reads manifest-copy.json.
 *
 * @returns undefined if it does not exist
 * @throws {CopyError} of `invalid` if it is invalid
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readScanFacts(source: ManifestSource, { layout }: CopyIdentity): Promise<ScanFacts | undefined> {
  const key = layout.manifestCopy;
  const content = await readWithoutMd5(source, key);
  if (!content) return undefined;
  return readJson(content, key, source.invalid, parseScanFacts);
}

function parseScanFacts(copy: StrictJson): ScanFacts {
  const count = (name: string) => copy.member(name).optional((value) => value.integer());
  const narrowedBy = copy.member('narrowedBy').optional((names) => names.list((name) => name.text())) ?? [];
  const transform = copy.member('processFuncSha256').optional((hash) => hash.text());
  // A scope of a later version of the Action is unknown to this one.
  const stated = copy.member('scope').optional((scope) => scope.text());
  const scope = SCOPES.find((known) => known === stated) ?? 'unknown';
  return {
    scope: transform !== undefined || narrowedBy.includes('process-func') ? 'transformed' : scope,
    compression: copy.member('compression').oneOf(COMPRESSION_NAMES),
    sizeBytes: count('sizeBytes'),
    uncompressedBytes: count('uncompressedBytes'),
    fileCount: count('fileCount'),
    hasChecksums: copy.member('checksumsFile').optional((name) => name.oneOf([CHECKSUMS_NAME])) !== undefined,
  };
}

const COMPRESSION_NAMES = Object.keys(COMPRESSIONS) as Compression[];

/**
 * Returns the scope of a copy: by manifest-copy.json if a scan wrote it, otherwise by manifest-table.json, otherwise by
 * DynamoDB's description of the export. DynamoDB's own manifests do not show that an export was filtered.
 *
 * @param table scope in manifest-table.json; undefined if the copy has none
 */
export async function decideScope(
  scan: ScanFacts | undefined,
  table: Scope | undefined,
  exportArn: string,
  describeExportScope: DescribeExportScope | undefined,
): Promise<CopyScope> {
  return scan?.scope ?? table ?? (await describeExportScope?.(exportArn)) ?? 'unknown';
}
