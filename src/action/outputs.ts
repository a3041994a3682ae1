import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import type { CopyRecord } from '../backup/copy-record.ts';
import type { Narrator } from '../narrator.ts';

/**
 * GitHub keeps 1 MB of outputs a job, counted in UTF-16: about 524,000 characters, of which this leaves some to the
 * job's other steps.
 */
const MOST_CHARACTERS = 450_000;

/** Every output of action.yml; a test holds the two equal. Unknown ones are left out, which a workflow reads as ''. */
export type Outputs = Readonly<Record<string, string>>;

/** What is known of a copy as the step's outputs, also when the run has failed. */
export function outputsOf(record: CopyRecord, durationSeconds: number): Outputs {
  const { bucket, layout, snapshotTime } = record;
  return {
    engine: record.engine,
    scope: record.scope,
    'duration-seconds': durationSeconds.toFixed(1),
    ...(record.exportId && { 'export-id': record.exportId }),
    ...(snapshotTime && { 'snapshot-time': snapshotTime.toISOString() }),
    ...(layout && {
      's3-keys': JSON.stringify(record.files.map((file) => file.key)),
      's3-uri': `s3://${bucket}/${layout.root}`,
      'data-uri': `s3://${bucket}/${layout.data}`,
      'item-count': String(record.itemCount),
      'dropped-count': String(record.droppedCount),
      'file-count': String(record.files.length),
      'size-bytes': String(record.sizeBytes),
      'uncompressed-bytes': String(record.uncompressedBytes),
      'consumed-read-capacity': String(record.consumedReadCapacity),
    }),
    ...(record.manifestKey && { 'manifest-key': record.manifestKey }),
  };
}

/**
 * Hands the outputs to the runner, the keys also as a file: a list that is too long for an output is '' there, so that
 * fromJSON fails instead of reading half of it.
 */
export function setOutputs(outputs: Outputs, record: CopyRecord, env: NodeJS.ProcessEnv, narrator: Narrator): void {
  const keys = outputs['s3-keys'];
  if (keys !== undefined && env['RUNNER_TEMP']) {
    const path = join(env['RUNNER_TEMP'], `dynamodb-to-s3-keys-${record.exportId}.json`);
    writeFileSync(path, keys);
    core.setOutput('s3-keys-file', path);
  }
  const fits = (keys?.length ?? 0) <= MOST_CHARACTERS;
  if (!fits) {
    narrator.warning(
      `The output s3-keys is left empty: ${record.files.length} keys are more than GitHub lets a job hand on. The output s3-keys-file names a file with all of them.`,
    );
  }
  for (const [name, value] of Object.entries(outputs)) {
    core.setOutput(name, name === 's3-keys' && !fits ? '' : value);
  }
}
