import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';

/**
 * The runner passes this state to the post step as STATE_uploads. A workflow can set that variable too, to any value.
 */
const NAME = 'uploads';

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Returns the path of a new journal of open multipart uploads, and saves its random ID as state for the post step.
 *
 * State is an environment variable and limited in size, so it must not contain the uploads, whose number grows with the
 * table. An ID cannot point to a file outside RUNNER_TEMP. Call this first: the post step must find the journal even if
 * the step is killed early.
 */
export function newJournalPath(env: NodeJS.ProcessEnv): string {
  const id = randomUUID();
  if (env['GITHUB_STATE']) core.saveState(NAME, id);
  return uploadsPath(env, id);
}

/**
 * Returns the path of the journal whose ID the step saved.
 *
 * @returns undefined if the step saved no ID, or if the value is not a valid ID
 */
export function savedJournalPath(env: NodeJS.ProcessEnv): string | undefined {
  const id = env[`STATE_${NAME}`] ?? '';
  return ID.test(id) ? uploadsPath(env, id) : undefined;
}

function uploadsPath(env: NodeJS.ProcessEnv, id: string): string {
  return join(env['RUNNER_TEMP'] || tmpdir(), `dynamodb-to-s3-uploads-${id}.jsonl`);
}
