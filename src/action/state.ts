import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';

/** The runner passes it to the step's `post` as STATE_uploads. A workflow can set that variable too, to anything. */
const NAME = 'uploads';

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Path of the step's journal of open uploads. Only its random id is saved: state travels as an environment variable, so
 * it must not grow with the table, and an id cannot name a file outside RUNNER_TEMP. It is saved before anything else
 * happens, so that `post` finds the journal however early the step is killed.
 */
export function newUploadsPath(env: NodeJS.ProcessEnv): string {
  const id = randomUUID();
  if (env['GITHUB_STATE']) core.saveState(NAME, id);
  return uploadsPath(env, id);
}

/** @returns undefined if the step saved nothing, or if the value is not one that `newUploadsPath` saves */
export function savedUploadsPath(env: NodeJS.ProcessEnv): string | undefined {
  const id = env[`STATE_${NAME}`] ?? '';
  return ID.test(id) ? uploadsPath(env, id) : undefined;
}

function uploadsPath(env: NodeJS.ProcessEnv, id: string): string {
  return join(env['RUNNER_TEMP'] || tmpdir(), `dynamodb-to-s3-uploads-${id}.jsonl`);
}
