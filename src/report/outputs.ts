import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import type { CompleteExport, StartedExport } from '../export/export-progress.ts';
import type { Narrator } from '../logger.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { Preview } from '../preflight/preview.ts';
import type { ScanFigures } from '../scan/scan-progress.ts';
import type { CopyState } from './copy-state.ts';

/**
 * Maximum length of the output s3-keys, in UTF-16 characters. GitHub limits the outputs of a job to 1 MB of UTF-16,
 * about 524,000 characters. The difference is left for the other steps of the job.
 */
const MAX_CHARACTERS = 450_000;

/**
 * Maximum size of the output s3-keys in an environment variable, in bytes. Linux limits an environment variable,
 * including its name, to 128 KiB: a step with a longer one in `env:` does not start. The difference is left for text
 * that a workflow adds to the list.
 */
const MAX_IN_ENVIRONMENT = 100_000;

/**
 * Outputs by their name in action.yml; a test compares the two lists. Unknown values are left out, and a workflow reads
 * them as ''.
 */
export type Outputs = Readonly<Record<string, string>>;

/**
 * Returns the outputs that are known for a copy, even if the run failed.
 *
 * @param copy undefined if the run ended before it started to copy
 */
export function outputsOf(copy: CopyState | undefined, durationSeconds: number): Outputs {
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
export function previewOutputs(preview: Preview): Outputs {
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

/**
 * Sets the outputs of the step and writes the keys to a file. If the list of keys is too long for an output, the output
 * is '': fromJSON then fails instead of reading an incomplete list.
 */
export function setOutputs(outputs: Outputs, env: NodeJS.ProcessEnv, narrator: Narrator): void {
  const keys = outputs['s3-keys'];
  if (keys !== undefined && env['RUNNER_TEMP']) {
    const path = join(env['RUNNER_TEMP'], `dynamodb-to-s3-keys-${outputs['export-id']}.json`);
    writeFileSync(path, keys);
    core.setOutput('s3-keys-file', path);
  }
  const fits = (keys?.length ?? 0) <= MAX_CHARACTERS;
  if (!fits) {
    narrator.warning(
      `The output s3-keys is empty because ${outputs['file-count']} keys exceed the GitHub size limit for job outputs.${env['RUNNER_TEMP'] ? ' Read the keys from the file in the output s3-keys-file.' : ''}`,
    );
  }
  const bytes = Buffer.byteLength(keys ?? '');
  if (fits && bytes > MAX_IN_ENVIRONMENT && env['RUNNER_TEMP']) {
    narrator.warning(
      `The output s3-keys has ${bytes.toLocaleString('en')} bytes. Linux limits an environment variable to 128 KiB, so a step that passes this output in \`env:\` can fail to start. Read the keys from the file in the output s3-keys-file.`,
    );
  }
  for (const [name, value] of Object.entries(outputs)) {
    core.setOutput(name, name === 's3-keys' && !fits ? '' : value);
  }
}
