import { CopyError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied, isPreconditionFailed, isUnsupported } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { WriteCondition } from '../s3/put-request.ts';
import type { ObjectContent } from '../s3/s3-objects.ts';
import { formatChecksums, sha256 } from './checksum-list.ts';
import { CHECKSUMS_NAME, type Layout, pathInCopy } from './layout.ts';
import { type DataFile, type ManifestSummary, manifestFiles, manifestSummary, md5File } from './manifests.ts';
import { parseTableManifest } from './parse-table-manifest.ts';
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
  /** Undefined for a copy that no other attempt writes. */
  readonly confirm: ConfirmLock | undefined;
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
 * @throws {CopyError} COPY_INCOMPLETE if `target.confirm` is undefined and another writer has written a manifest of the copy
 */
export async function writeManifests(
  { bucket, layout, parameters, confirm, signal }: ManifestTarget,
  { files, summary, copy, table }: Manifests,
): Promise<WrittenManifests> {
  const filesJson = manifestFiles(files);
  const summaryJson = manifestSummary(summary);
  const inOrder = [
    [layout.manifestFilesMd5, md5File(filesJson)],
    [layout.manifestFiles, filesJson],
    [layout.manifestCopy, Buffer.from(JSON.stringify({ ...copy, checksumsFile: CHECKSUMS_NAME }))],
    [layout.manifestTable, tableManifestJson(table), (found: Buffer) => describesSameTable(found, table)],
    [layout.manifestSummaryMd5, md5File(summaryJson)],
  ] as const;
  const target = { bucket, parameters, signal, confirm: confirm && (() => confirm(false)) };
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

/** A manifest as it is stored. */
interface StoredManifest {
  readonly etag: string;
  readonly content: Buffer;
}

/** How one manifest is written. */
interface Target {
  readonly bucket: Bucket;
  readonly parameters: ObjectParameters;
  readonly signal: AbortSignal;
  readonly confirm: (() => Promise<void>) | undefined;
}

/** Maximum number of tries per manifest. Only a few late writes of earlier attempts can interfere. */
const MAX_TRIES = 10;

/** Maximum number of bytes of a manifest-table.json that an earlier attempt wrote: 20 indexes, 50 tags and a policy. */
const MAX_TABLE_MANIFEST_BYTES = 1024 * 1024;

/**
 * Writes a manifest if it does not exist. An existing one may be the same manifest, after a PUT whose response was
 * lost, or the manifest of an earlier attempt, which is replaced.
 *
 * @param keeps returns true for the manifest of an earlier attempt that is not replaced. By default, only equal ones
 *   are not.
 */
async function putManifest(
  target: Target,
  key: string,
  content: Buffer,
  keeps: (found: Buffer) => boolean = () => false,
): Promise<StoredManifest> {
  const { bucket, parameters, signal, confirm } = target;
  let replaces: WriteCondition | undefined = 'none';
  for (let tries = 1; ; tries += 1) {
    try {
      const { etag } = await bucket.put(
        { key, body: content, parameters, replaces, beforeEachAttempt: confirm },
        signal,
      );
      return { etag, content };
    } catch (error) {
      if (!confirm && replaces && isUnsupported(error)) {
        // The S3-compatible store does not support conditional writes.
        replaces = undefined;
        continue;
      }
      if (!isPreconditionFailed(error) || tries === MAX_TRIES) throw error;
      const found = await readManifest(target, key, Math.max(content.length, MAX_TABLE_MANIFEST_BYTES), error);
      if (found === 'not authorized') {
        replaces = undefined;
        continue;
      }
      if (found?.content.equals(content)) return found;
      if (found && !confirm) throw writtenByAnother(key);
      if (found && keeps(found.content)) return found;
      replaces = found ?? 'none';
    }
  }
}

/**
 * Reads the existing manifest. If it is larger than `maxBytes`, it is not the manifest to write.
 *
 * @returns 'not authorized' if the role is not authorized to read it and it is probably the one that was just sent: the
 *   PUT was retried, and no other attempt writes this copy
 */
async function readManifest(
  { bucket, signal, confirm }: Target,
  key: string,
  maxBytes: number,
  unmet: unknown,
): Promise<ObjectContent | 'not authorized' | undefined> {
  try {
    return await bucket.get(key, signal, maxBytes);
  } catch (error) {
    if (confirm || !isDenied(error)) throw error;
    const { attempts = 1 } = (unmet as { $metadata?: { attempts?: number } }).$metadata ?? {};
    if (attempts > 1) return 'not authorized';
    throw writtenByAnother(key);
  }
}

function writtenByAnother(key: string): CopyError {
  return new CopyError(
    'COPY_INCOMPLETE',
    `${key.split('/').at(-1)} of this copy already exists, but this step did not write it.`,
    'Find out what else writes to the folder of this copy, whose name is unique. Then re-run the job.',
  );
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
