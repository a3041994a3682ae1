import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';

/** The runner hands it to the step's `post` as STATE_uploads, and to nobody else. */
const NAME = 'uploads';

/**
 * Where the step notes its open uploads. The path alone is saved: state travels as environment variables, and may not
 * grow with the table. It is saved before anything else, since it also tells `post` that it is not the step itself.
 */
export function newUploadsPath(env: NodeJS.ProcessEnv): string {
  const path = join(env['RUNNER_TEMP'] || tmpdir(), `dynamodb-to-s3-uploads-${randomUUID()}.jsonl`);
  if (env['GITHUB_STATE']) core.saveState(NAME, path);
  return path;
}

/** @returns what the step has saved; undefined in the step itself */
export function savedUploadsPath(env: NodeJS.ProcessEnv): string | undefined {
  return env[`STATE_${NAME}`];
}
