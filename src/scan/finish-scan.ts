import { CopyError, type ErrorCode } from '../errors.ts';
import { pickCounts } from '../manifest/counts.ts';
import { describeDifference } from '../manifest/describe-difference.ts';
import { copyEncryption, type ScanDescription, scanManifests } from '../manifest/scan-manifests.ts';
import { withdrawSummary, writeManifests } from '../manifest/write-manifests.ts';
import { remedies } from '../remedies.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import { narrowingParameters } from './scan-parameters.ts';
import { outputFormatOf, type ScanContext, type ScanRequest, type WholeCopyContext } from './scan-request.ts';
import type { CompleteScan } from './scan-state.ts';
import { describeTable, isUnchangedTable } from './table.ts';
import { compareWithListing, explainNotListed, type Listing, verifyCounts, verifyNoDifference } from './verify-scan.ts';

/**
 * Verifies that the copy is complete, then writes its manifests.
 *
 * @throws {CopyError} COPY_INCOMPLETE, TABLE_RECREATED or EMPTY_COPY, before any manifest is written; TAKEN_OVER if a
 *   later attempt has taken over the copy
 */
export async function finishScan(copy: WholeCopyContext, marker: StoredObject): Promise<CompleteScan> {
  const { request, identity, progress, resumption, signal } = copy;
  const { layout: keys, exportId, snapshotTime: startTime } = identity;
  await resumption.confirmOwner();
  let listing: Listing;
  try {
    listing = await check(copy);
  } catch (error) {
    // These errors would occur again if the next attempt resumed this copy, so it has to start over.
    if (error instanceof CopyError && FINAL_ERRORS.includes(error.code)) {
      progress.setResumable(false);
      await resumption.markBroken();
    }
    throw error;
  }

  const { table, tableArn, bucket, prefix } = request;
  const { figures } = progress;
  const definition = await copy.tableManifest();
  const endTime = new Date(await resumption.recordVerifiedCounts(pickCounts(figures)));
  const manifests = scanManifests({
    exportId,
    layout: keys,
    ...describeScan(request),
    bucket: bucket.name,
    prefix,
    tableArn,
    tableId: table.TableId ?? null,
    startTime,
    endTime,
    encryption: copyEncryption(marker),
    runUrl: request.runUrl ?? null,
    totalSegments: figures.segments.total,
    counts: figures,
    listing,
    files: figures.files,
    table: definition,
  });
  const target = {
    bucket,
    layout: keys,
    parameters: request.parametersOf('manifest', startTime),
    confirm: resumption.isLocked ? (completes: boolean) => resumption.confirmLock(completes) : undefined,
    signal,
  };
  const { summaryEtag, checksums } = await writeManifests(target, manifests);
  await confirmCompletion(copy, { key: keys.manifestSummary, etag: summaryEtag, dataPrefix: keys.data });
  return progress.complete(identity, manifests.files, checksums);
}

/** The manifest that completes a copy or a shard. */
export interface LastManifest {
  readonly key: string;
  readonly etag: string;
  /** Start of the keys of the data objects. */
  readonly dataPrefix: string;
}

/**
 * Confirms the run lock after the last manifest is written, which is manifest-summary.json or that of a shard: the
 * request may have arrived late, after a later attempt had taken over the copy. In that case, the manifest stays only if
 * the copy is complete: a later attempt may have resumed the copy and completed it with the same manifest, even if the
 * attempt that holds the lock now copies something else.
 *
 * @throws {CopyError} TAKEN_OVER
 */
export async function confirmCompletion(
  { request, identity, progress, resumption }: ScanContext,
  { key, etag, dataPrefix }: LastManifest,
): Promise<void> {
  if (!resumption.isLocked) return;
  try {
    await resumption.confirmLock(true);
  } catch (error) {
    // The lock was held when the summary was sent, and the copy was complete. A request that fails now does not change
    // that.
    if (!(error instanceof CopyError)) return;
    const { bucket } = request;
    const isComplete = async () => {
      const difference = await compareWithListing(
        bucket,
        dataPrefix,
        progress.figures.files,
        new AbortController().signal,
      );
      return typeof difference === 'string' || describeDifference(difference, 0) === undefined;
    };
    if (!(await isComplete())) {
      await withdrawSummary(bucket, key, etag, request.parametersOf('manifest', identity.snapshotTime));
    }
    throw error;
  }
}

/** Errors after which a copy cannot be resumed. */
const FINAL_ERRORS: readonly ErrorCode[] = ['COPY_INCOMPLETE', 'EMPTY_COPY'];

/** Lists the data objects and describes the table at the same time. If both fail, throws the error of the data objects. */
async function check(copy: ScanContext): Promise<Listing> {
  const { request, progress, signal } = copy;
  const { figures } = progress;
  verifyCounts(figures);
  const stopped = new AbortController();
  const comparingTable = checkSameTable(request, 'Re-run the job.', AbortSignal.any([signal, stopped.signal]));
  // It can fail before the data objects are listed, and nothing awaits it if their check fails.
  comparingTable.catch(() => {});
  let listing: Listing;
  try {
    listing = await checkDataObjects(copy);
  } catch (error) {
    // Retries would keep the process alive.
    stopped.abort();
    throw error;
  }
  await comparingTable;
  if (figures.itemCount === 0 && request.ifEmpty === 'error') {
    throw new CopyError('EMPTY_COPY', 'The copy contains no items.', remedies.allowEmptyCopies);
  }
  return listing;
}

async function checkDataObjects({ request, identity, progress, logger, signal }: ScanContext): Promise<Listing> {
  const { files } = progress.figures;
  const difference = await compareWithListing(request.bucket, identity.layout.data, files, signal);
  if (typeof difference === 'object') {
    verifyNoDifference(difference, files.length);
    return 'verified';
  }
  logger.notice(explainNotListed(difference));
  return difference;
}

/**
 * Checks the table ID and creation time. If the table was deleted and re-created, the copy can contain items of both
 * tables.
 *
 * @throws {CopyError} TABLE_RECREATED
 */
export async function checkSameTable(
  { client, tableName, table }: ScanRequest,
  remedy: string,
  signal: AbortSignal,
): Promise<void> {
  if (isUnchangedTable(await describeTable(client, tableName, signal), table)) return;
  throw new CopyError(
    'TABLE_RECREATED',
    'The table was deleted and re-created during the scan, so the copy can contain items of both tables. It has no manifest-summary.json and does not count as a copy.',
    remedy,
  );
}

/** Returns what the manifests state about a scan with these settings. */
export function describeScan({ scan, scope, format, compression, transform }: ScanRequest): ScanDescription {
  return {
    scope,
    narrowedBy: [...narrowingParameters(scan), ...(transform ? ['process-func'] : [])],
    consistentRead: scan.request.ConsistentRead ?? false,
    processFuncSha256: transform?.sha256 ?? null,
    outputFormat: outputFormatOf({ format, transform }),
    compression,
  };
}
