import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import type { CopyRecord } from '../backup/copy-record.ts';
import type { Narrator } from '../narrator.ts';
import type { Preview } from '../prepare/preview.ts';

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
 * @param record undefined where the run did not come to copying
 */
export function outputsOf(record: CopyRecord | undefined, durationSeconds: number): Outputs {
  const duration = { 'duration-seconds': durationSeconds.toFixed(1) };
  if (!record) return duration;
  const { bucket, layout, snapshotTime } = record;
  return {
    ...duration,
    engine: record.engine,
    scope: record.scope,
    ...(record.exportId && { 'export-id': record.exportId }),
    ...(record.exportArn && { 'export-arn': record.exportArn }),
    ...(snapshotTime && { 'snapshot-time': snapshotTime.toISOString() }),
    ...(layout && { 's3-uri': `s3://${bucket}/${layout.root}`, 'data-uri': `s3://${bucket}/${layout.data}` }),
    ...(record.engine === 'scan' ? scanCounts(record) : exportCounts(record)),
    ...(record.manifestKey && { 'manifest-key': record.manifestKey }),
  };
}

/** Of a dry run: an export takes no read units, and those of a table that was never counted are not known. */
export function previewOutputs(preview: Preview): Outputs {
  const units = preview.engine === 'export' ? 0 : preview.plan.readUnits;
  return units === undefined ? {} : { 'estimated-read-capacity': String(units) };
}

function scanCounts(record: CopyRecord): Outputs {
  if (!record.layout) return {};
  return {
    ...fileOutputs(record),
    'item-count': String(record.itemCount),
    'dropped-count': String(record.droppedCount),
    'size-bytes': String(record.sizeBytes),
    'uncompressed-bytes': String(record.uncompressedBytes),
    'consumed-read-capacity': String(record.consumedReadCapacity),
  };
}

/** DynamoDB tells the items; the rest is known once the bucket could be read. */
function exportCounts(record: CopyRecord): Outputs {
  return {
    ...(record.manifestKey && { 'item-count': String(record.itemCount) }),
    ...(record.manifestsRead && fileOutputs(record)),
    ...(record.sizeKnown && { 'size-bytes': String(record.sizeBytes) }),
  };
}

function fileOutputs({ files }: CopyRecord): Outputs {
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
