import type { Bucket } from '../s3/bucket.ts';
import { isDenied, isPreconditionFailed, isUnsupported } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import { formatChecksums, sha256 } from './checksum-list.ts';
import { CHECKSUMS_NAME, type Layout, pathInCopy } from './layout.ts';
import { type DataFile, type ManifestSummary, manifestFiles, manifestSummary, md5File } from './manifests.ts';
import { parseTableManifest } from './parse-table-manifest.ts';
import { putManifest } from './put-manifest.ts';
import { type TableManifest, tableManifestJson } from './table-manifest.ts';

export interface Manifests {
  readonly files: readonly Required<DataFile>[];
  readonly summary: ManifestSummary;
  /**
   * Content of manifest-copy.json without the name of manifest-sha256.txt: facts that DynamoDB's manifests have no
   * members for.
   */
  readonly copy: Readonly<Record<string, unknown>>;
  /** Content of manifest-table.json. */
  readonly table: TableManifest;
}

/**
 * Confirms that this attempt still holds the run lock of the copy. Called before each attempt of each PUT, after the
 * request was signed. If it throws, nothing is sent.
 *
 * @param completes true for manifest-summary.json
 */
export type ConfirmLock = (completes: boolean) => Promise<void>;

/** The copy whose manifests are written, and how they are written. */
export interface ManifestTarget {
  readonly bucket: Bucket;
  readonly layout: Layout;
  readonly parameters: ObjectParameters;
  /** Undefined without a run lock. */
  readonly confirm: ConfirmLock | undefined;
  /**
   * True if other steps may write the manifests of the same copy at the same time, without a run lock. Their manifests
   * are kept, and the store must support conditional writes. False or undefined without a run lock: no other step writes
   * this copy.
   */
  readonly isShared?: boolean;
  readonly signal: AbortSignal;
}

/** What the caller needs of the manifests that were written. */
export interface WrittenManifests {
  /** ETag of manifest-summary.json, without quotes. */
  readonly summaryEtag: string;
  /** Content of manifest-sha256.txt. */
  readonly checksums: Buffer;
}

/**
 * Writes the manifests, which turn the data objects into a copy. manifest-summary.json is written last: if it exists,
 * the copy is complete, and no other object indicates this. Every write is conditional, so a late one replaces nothing.
 *
 * @throws {CopyError} COPY_INCOMPLETE if `target.confirm` is undefined and another writer has written a manifest of the
 *   copy; with `target.isShared`, only if that manifest describes another copy
 */
export async function writeManifests(
  { bucket, layout, parameters, confirm, isShared = false, signal }: ManifestTarget,
  { files, summary, copy, table }: Manifests,
): Promise<WrittenManifests> {
  const filesJson = manifestFiles(files);
  const summaryJson = manifestSummary(summary);
  const inOrder = [
    [layout.manifestFilesMd5, md5File(filesJson)],
    [layout.manifestFiles, filesJson],
    [layout.manifestCopy, copyJson(copy), (found: Buffer) => isShared && describesSameCopy(found, copy)],
    [layout.manifestTable, tableManifestJson(table), (found: Buffer) => describesSameTable(found, table)],
    [layout.manifestSummaryMd5, md5File(summaryJson)],
  ] as const;
  const target = { bucket, parameters, signal, confirm: confirm && (() => confirm(false)), isShared };
  const hashes = files.map((file) => [pathInCopy(layout, file.key), file.sha256] as const);
  for (const [key, content, keeps] of inOrder) {
    const stored = await putManifest(target, key, content, keeps);
    hashes.push([pathInCopy(layout, key), sha256(stored.content)]);
  }
  const checksums = formatChecksums([...hashes, [pathInCopy(layout, layout.manifestSummary), sha256(summaryJson)]]);
  await putManifest(target, layout.manifestChecksums, checksums);
  signal.throwIfAborted();
  // This write is not aborted: otherwise the step could report a missing copy although the write succeeds.
  const last = { ...target, signal: new AbortController().signal, confirm: confirm && (() => confirm(true)) };
  const { etag: summaryEtag } = await putManifest(last, layout.manifestSummary, summaryJson);
  return { summaryEtag, checksums };
}

function copyJson(copy: Manifests['copy']): Buffer {
  return Buffer.from(JSON.stringify({ ...copy, checksumsFile: CHECKSUMS_NAME }));
}

/** Returns whether a manifest-copy.json states the same. The workflow run that wrote it can be another one. */
function describesSameCopy(content: Buffer, copy: Manifests['copy']): boolean {
  try {
    const found = JSON.parse(content.toString()) as { readonly runUrl?: unknown };
    return copyJson({ ...copy, runUrl: found.runUrl }).equals(content);
  } catch {
    return false;
  }
}

/**
 * Returns whether a manifest-table.json of an earlier attempt can stay. The settings of the table may have changed
 * since, so that this attempt would write another one.
 */
function describesSameTable(content: Buffer, { tableArn, tableId, scope }: TableManifest): boolean {
  try {
    const found = parseTableManifest(content);
    return found.tableArn === tableArn && found.tableId === tableId && found.scope === scope;
  } catch {
    return false;
  }
}

/**
 * Deletes the manifest-summary.json of a copy that must not count as complete, unless another writer has replaced it.
 * If the role is not authorized to delete it, replaces it with an empty object.
 *
 * @param etag ETag of the summary that was written
 */
export async function withdrawSummary(
  bucket: Bucket,
  key: string,
  etag: string,
  parameters: ObjectParameters,
): Promise<void> {
  // The summary must be deleted even if the signal of the run is aborted.
  const { signal } = new AbortController();
  try {
    await bucket.deleteUnchanged(key, etag, signal);
  } catch (error) {
    if (!isDenied(error) && !isUnsupported(error)) throw error;
    const empty = { key, body: Buffer.alloc(0), parameters, replaces: { etag } };
    await bucket.put(empty, signal).catch((failed: unknown) => {
      if (!isPreconditionFailed(failed)) throw failed;
    });
  }
}
