import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import type { Logger } from '../logger.ts';
import { formatCount } from '../message-text.ts';

/**
 * Maximum length of one output, such as s3-keys, in UTF-16 characters. GitHub limits the outputs of a job to 1 MB of UTF-16,
 * about 524,000 characters. The difference is left for the other steps of the job.
 */
export const MAX_OUTPUT_CHARACTERS = 450_000;

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
 * Sets the outputs of the step and writes the keys to a file. If the list of keys is too long for an output, the output
 * is '': fromJSON then fails instead of reading an incomplete list.
 */
export function setOutputs(outputs: Outputs, env: NodeJS.ProcessEnv, logger: Logger): void {
  const keys = outputs['s3-keys'];
  if (keys !== undefined && env['RUNNER_TEMP']) {
    const path = join(env['RUNNER_TEMP'], `dynamodb-to-s3-keys-${outputs['export-id']}.json`);
    writeFileSync(path, keys);
    core.setOutput('s3-keys-file', path);
  }
  const fits = (keys?.length ?? 0) <= MAX_OUTPUT_CHARACTERS;
  if (!fits) {
    logger.warning(
      `The output s3-keys is empty because ${outputs['file-count']} keys exceed the GitHub size limit for job outputs.${env['RUNNER_TEMP'] ? ' Read the keys from the file in the output s3-keys-file.' : ''}`,
    );
  }
  const bytes = Buffer.byteLength(keys ?? '');
  if (fits && bytes > MAX_IN_ENVIRONMENT && env['RUNNER_TEMP']) {
    logger.warning(
      `The output s3-keys has ${formatCount(bytes)} bytes. Linux limits an environment variable to 128 KiB, so a step that passes this output in \`env:\` can fail to start. Read the keys from the file in the output s3-keys-file.`,
    );
  }
  for (const [name, value] of Object.entries(outputs)) {
    core.setOutput(name, name === 's3-keys' && !fits ? '' : value);
  }
}
