import type { CompleteExport, StartedExport } from '../export/export-progress.ts';
import type { Outputs } from '../github/set-outputs.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { Preview } from '../preflight/preview.ts';
import type { ScanFigures } from '../scan/scan-state.ts';
import type { CopyState } from './copy-state.ts';

/**
 * Returns the outputs that are known for a copy, even if the run failed.
 *
 * @param copy undefined if the run ended before it started to copy
 */
export function copyOutputs(copy: CopyState | undefined, durationSeconds: number): Outputs {
  const duration = { 'duration-seconds': durationSeconds.toFixed(1) };
  if (!copy) return duration;
  const { bucket, engine, scope } = copy;
  const known = { ...duration, engine, scope };
  if (copy.stage === 'not started') return known;
  const { exportId, layout, snapshotTime } = copy;
  return {
    ...known,
    'export-id': exportId,
    ...(copy.engine === 'export' && { 'export-arn': copy.exportArn }),
    ...(snapshotTime && { 'snapshot-time': snapshotTime.toISOString() }),
    's3-uri': `s3://${bucket}/${layout.root}`,
    'data-uri': `s3://${bucket}/${layout.data}`,
    ...(copy.engine === 'scan' ? scanCounts(copy) : exportCounts(copy)),
    ...(copy.stage === 'complete' && { 'manifest-key': copy.manifestKey }),
  };
}

/**
 * Returns the outputs of a dry run. An export consumes no read capacity. For a scan, the estimate is left out if
 * DynamoDB has not counted the table yet.
 */
export function dryRunOutputs(preview: Preview): Outputs {
  const units = preview.engine === 'export' ? 0 : preview.plan.readUnits;
  return units === undefined ? {} : { 'estimated-read-capacity': String(units) };
}

function scanCounts(figures: ScanFigures): Outputs {
  return {
    ...fileOutputs(figures.files),
    'item-count': String(figures.itemCount),
    'dropped-count': String(figures.droppedCount),
    'size-bytes': String(figures.sizeBytes),
    'uncompressed-bytes': String(figures.uncompressedBytes),
    'consumed-read-capacity': String(figures.consumedReadCapacity),
  };
}

/** DynamoDB reports the item count. The other counts are known only after the bucket was read. */
function exportCounts(copy: StartedExport | CompleteExport): Outputs {
  const { files } = copy;
  return {
    ...(typeof files !== 'string' && fileOutputs(files)),
    ...(copy.stage === 'complete' && { 'item-count': String(copy.itemCount) }),
    ...(copy.stage === 'complete' && copy.sizeBytes !== 'not authorized' && { 'size-bytes': String(copy.sizeBytes) }),
  };
}

function fileOutputs(files: readonly DataFile[]): Outputs {
  return { 's3-keys': JSON.stringify(files.map((file) => file.key)), 'file-count': String(files.length) };
}
