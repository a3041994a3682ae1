import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import type { DataFile } from '../backup/manifests.ts';
import type { CopyState } from '../copy-state.ts';
import type { CompleteExport, StartedExport } from '../export/export-progress.ts';
import type { Narrator } from '../narrator.ts';
import type { Preview } from '../prepare/preview.ts';
import type { ScanFigures } from '../scan/scan-progress.ts';

/**
 * GitHub keeps 1 MB of outputs a job, counted in UTF-16: about 524,000 characters, of which this leaves some to the
 * job's other steps.
 */
const MOST_CHARACTERS = 450_000;

/**
 * Linux limits an environment variable, its name included, to 128 KiB: a step with a longer one in `env:` does not start.
 * In bytes, with room for what a workflow puts around the list.
 */
const MAX_IN_ENVIRONMENT = 100_000;

/** Every output of action.yml; a test holds the two equal. Unknown ones are left out, which a workflow reads as ''. */
export type Outputs = Readonly<Record<string, string>>;

/**
 * What is known of a copy as the step's outputs, also when the run has failed.
 *
 * @param copy undefined where the run did not come to copying
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

/** Of a dry run: an export takes no read units, and those of a table that was never counted are not known. */
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

/** DynamoDB tells the items; the rest is known once the bucket could be read. */
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
 * Hands the outputs to the runner, the keys also as a file: a list that is too long for an output is '' there, so that
 * fromJSON fails instead of reading half of it.
 */
export function setOutputs(outputs: Outputs, env: NodeJS.ProcessEnv, narrator: Narrator): void {
  const keys = outputs['s3-keys'];
  if (keys !== undefined && env['RUNNER_TEMP']) {
    const path = join(env['RUNNER_TEMP'], `dynamodb-to-s3-keys-${outputs['export-id']}.json`);
    writeFileSync(path, keys);
    core.setOutput('s3-keys-file', path);
  }
  const fits = (keys?.length ?? 0) <= MOST_CHARACTERS;
  if (!fits) {
    narrator.warning(
      `The output s3-keys is left empty: ${outputs['file-count']} keys are more than GitHub lets a job hand on.${env['RUNNER_TEMP'] ? ' The output s3-keys-file names a file with all of them.' : ''}`,
    );
  }
  const bytes = Buffer.byteLength(keys ?? '');
  if (fits && bytes > MAX_IN_ENVIRONMENT && env['RUNNER_TEMP']) {
    narrator.warning(
      `The output s3-keys is ${bytes.toLocaleString('en')} bytes long. An environment variable holds at most 128 KiB on Linux, so \`env:\` may not pass it to a later step. Read the keys from the file that the output s3-keys-file names.`,
    );
  }
  for (const [name, value] of Object.entries(outputs)) {
    core.setOutput(name, name === 's3-keys' && !fits ? '' : value);
  }
}
