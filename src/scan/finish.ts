import { countsOf } from '../backup/counts.ts';
import { takeBackSummary } from '../backup/take-back-summary.ts';
import { writeManifests } from '../backup/write-manifests.ts';
import { CopyError, type ErrorCode } from '../errors.ts';
import type { Acknowledgement } from '../s3/objects.ts';
import { ACTION } from '../version.ts';
import type { Copy, ScanRequest } from './copy.ts';
import { narrowings } from './parameters.ts';
import { compareWithBucket, explainNotListed, type Listing, proveCounts, proveNoDifference } from './prove.ts';
import type { CompleteScan } from './scan-progress.ts';
import { describeTable } from './table.ts';

/**
 * Proves that the copy is complete, then writes its manifests.
 *
 * @throws {CopyError} COPY_INCOMPLETE, TABLE_REPLACED or EMPTY_COPY; the manifests are not written then. TAKEN_OVER if a
 *   later attempt has taken the copy over
 */
export async function finish(copy: Copy, marker: Acknowledgement): Promise<CompleteScan> {
  const { request, identity, progress, resumption, signal } = copy;
  const { layout: keys, exportId, snapshotTime: startTime } = identity;
  await resumption.confirmOwner();
  let listing: Listing;
  try {
    listing = await check(copy);
  } catch (error) {
    // What does not pass once does not pass later: the next attempt is to read it all again.
    if (error instanceof CopyError && HOPELESS.includes(error.code)) {
      progress.setResumable(false);
      await resumption.condemn();
    }
    throw error;
  }

  const { table, tableArn, scan, bucket, prefix, processModule } = request;
  const outputFormat = processModule ? 'CUSTOM' : request.format;
  const { figures } = progress;
  // In an order that does not depend on which attempt has stored which object.
  const files = figures.files.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const endTime = new Date(await resumption.recordProof(countsOf(figures)));
  const summaryEtag = await writeManifests(
    bucket,
    keys,
    request.parametersOf('manifest'),
    {
      files,
      summary: {
        exportArn: `${tableArn}/export/${exportId}`,
        startTime,
        endTime,
        tableArn,
        tableId: table.TableId ?? null,
        exportTime: startTime,
        bucket: bucket.name,
        prefix,
        sseAlgorithm: sseAlgorithm(marker.serverSideEncryption),
        kmsKeyId: marker.kmsKeyId ?? null,
        manifestFilesKey: keys.manifestFiles,
        itemCount: figures.itemCount,
        outputFormat,
      },
      copy: {
        engine: 'scan',
        action: `${ACTION.name}@${ACTION.version}`,
        runUrl: request.runUrl ?? null,
        scope: request.scope,
        // Names only: a filter's values may be somebody's data.
        narrowedBy: [...narrowings(scan), ...(processModule ? ['process-func'] : [])],
        consistentRead: scan.request.ConsistentRead ?? false,
        processFuncSha256: processModule?.sha256 ?? null,
        outputFormat,
        compression: request.compression,
        startTime: startTime.toISOString(),
        endTime: endTime.toISOString(),
        totalSegments: figures.segments.total,
        itemCount: figures.itemCount,
        droppedCount: figures.droppedCount,
        scannedCount: figures.scannedCount,
        fileCount: figures.files.length,
        sizeBytes: figures.sizeBytes,
        uncompressedBytes: figures.uncompressedBytes,
        consumedReadCapacity: figures.consumedReadCapacity,
        listing,
      },
    },
    resumption.isClaimed ? (completes) => resumption.confirmClaim(completes) : undefined,
    signal,
  );
  await confirmCompletion(copy, summaryEtag);
  return progress.complete(identity, files);
}

/**
 * Confirms the claim once the summary is written: it may have arrived late, when a later attempt had taken the copy over.
 * The summary stays then if the copy is whole: a later attempt may have resumed and completed it with the same summary,
 * even if the one that has the claim now copies something else.
 *
 * @throws {CopyError} TAKEN_OVER
 */
async function confirmCompletion(
  { request, identity, progress, resumption }: Copy,
  summaryEtag: string,
): Promise<void> {
  if (!resumption.isClaimed) return;
  try {
    await resumption.confirmClaim(true);
  } catch (error) {
    // The claim was held when the summary was sent, and the copy was whole. A request that fails now does not change that.
    if (!(error instanceof CopyError)) return;
    const { bucket } = request;
    const keys = identity.layout;
    const isWhole = async () => {
      const difference = await compareWithBucket(bucket, keys, progress.figures.files, new AbortController().signal);
      return typeof difference === 'string' || difference.missing.length + difference.foreign.length === 0;
    };
    if (!(await isWhole())) {
      await takeBackSummary(bucket, keys.manifestSummary, summaryEtag, request.parametersOf('manifest'));
    }
    throw error;
  }
}

const HOPELESS: readonly ErrorCode[] = ['COPY_INCOMPLETE', 'EMPTY_COPY'];

async function check({ request, identity, progress, narrator, signal }: Copy): Promise<Listing> {
  const { figures } = progress;
  proveCounts(figures);
  const difference = await compareWithBucket(request.bucket, identity.layout, figures.files, signal);
  const isListed = typeof difference === 'object';
  if (isListed) proveNoDifference(difference);
  else narrator.notice(explainNotListed(difference));
  await checkSameTable(request, signal);
  if (figures.itemCount === 0 && request.ifEmpty === 'error') {
    throw new CopyError(
      'EMPTY_COPY',
      'The copy holds no item, and if-empty is error.',
      'Check the table and, where there is one, the filter or process-func; set if-empty to warn where an empty copy is fine.',
    );
  }
  return isListed ? 'verified' : difference;
}

/** A table dropped and made again meanwhile has another id, and the copy would be part of each. */
async function checkSameTable({ client, tableName, table }: ScanRequest, signal: AbortSignal): Promise<void> {
  const now = await describeTable(client, tableName, signal);
  const same = now.TableId === table.TableId && now.CreationDateTime?.getTime() === table.CreationDateTime?.getTime();
  if (same) return;
  throw new CopyError(
    'TABLE_REPLACED',
    'The table was deleted and created again while it was read: the copy may hold items of both.',
    'Run the step again. What it wrote has no manifest-summary.json and counts as no copy.',
  );
}

/** As the manifests of DynamoDB's own exports name it. */
function sseAlgorithm(reported: string | undefined): 'AES256' | 'KMS' | null {
  if (reported === undefined) return null;
  return reported.startsWith('aws:kms') ? 'KMS' : 'AES256';
}
