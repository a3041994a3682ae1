import { rmSync } from 'node:fs';
import { s3Client } from './aws/clients.ts';
import { createIdentities } from './aws/credentials/identities.ts';
import { explainError } from './aws/explain-error.ts';
import { setSavedStatus } from './github/commit-status.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { runContext } from './github/run-context.ts';
import { savedJournalPath } from './github/step-state.ts';
import { StopMark } from './github/stop-mark.ts';
import { requestedCommitStatus } from './inputs/commit-status-inputs.ts';
import { readInputs } from './inputs/inputs.ts';
import { isUploadableKey } from './manifest/layout.ts';
import { formatCountOf } from './message-text.ts';
import { Bucket } from './s3/bucket.ts';
import { abortUpload, abortUploadsOf } from './s3/open-uploads.ts';
import { type JournaledUploads, readUploadJournal } from './s3/upload-journal.ts';
import { POST_STEP } from './timeouts.ts';

/**
 * Runs the post step. The runner starts it after the steps of the job, even if it killed this step. Aborts the
 * multipart uploads in the journal of the step, and sets its commit status if the step could not. It never fails the
 * job, which already has its result.
 */
export async function post(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const log = new Log(env);
  const run = runContext(env);
  await Promise.all([abortOpenUploads(env, log), setSavedStatus(requestedCommitStatus(env, run), run, log, env)]);
}

async function abortOpenUploads(env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  const uploadsPath = savedJournalPath(env);
  // Created before the journal is read: a step that is still running starts no upload after that.
  if (uploadsPath !== undefined) new StopMark(uploadsPath).create();
  const open = uploadsPath === undefined ? undefined : readUploadJournal(uploadsPath);
  if (uploadsPath === undefined || !open) {
    log.info('No multipart uploads to abort.');
    return;
  }
  try {
    await abortAll(open, uploadsPath, env, log);
  } catch {
    log.warning(`The multipart uploads that the step left open could not be aborted. ${COST_OF_OPEN_UPLOADS}`);
  }
}

const COST_OF_OPEN_UPLOADS =
  'S3 charges for their parts until the lifecycle rule AbortIncompleteMultipartUpload deletes them.';

async function abortAll(open: JournaledUploads, uploadsPath: string, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  // These are the inputs of the step, which were valid when it started.
  const run = runContext(env);
  const inputs = readInputs(env, run, open.startedAt);
  const uploads = [...open.uploads].filter(([key]) => isUploadableKey(key));
  // Other steps of the job can also write to RUNNER_TEMP.
  if (open.bucket !== inputs.bucket || uploads.length < open.uploads.size) {
    log.warning(
      'No multipart uploads were aborted, because the journal of open uploads in RUNNER_TEMP was changed after the step wrote it.',
    );
    return;
  }
  const deadline = AbortSignal.timeout(POST_STEP);
  const regions = { source: inputs.sourceRegion, dest: open.region };
  const identities = createIdentities(inputs.roles, regions, credentialContext(env, run, inputs.roles, log), deadline);
  const { forcePathStyle, payloadSigningEnabled, bucketOwner: owner } = inputs;
  const options = { region: open.region, concurrency: 8, forcePathStyle, payloadSigningEnabled };
  const client = s3Client({ ...options, identity: identities.dest });
  const bucket = new Bucket({ client, name: open.bucket, owner, payer: inputs.putObject.RequestPayer });
  const results = await Promise.allSettled(uploads.map(([key, ids]) => abortUploads(bucket, key, ids, deadline)));
  bucket.close();
  identities.close();
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const abortedCount = results.length - failures.length;
  if (abortedCount > 0) log.info(`Aborted ${formatCountOf(abortedCount, 'multipart upload')} that the step left open.`);
  if (failures.length === 0) {
    rmSync(uploadsPath, { force: true });
  } else {
    const { code, message } = explainError(failures[0], inputs);
    log.warning(
      `${formatCountOf(failures.length, 'multipart upload')} that the step left open could not be aborted. ${COST_OF_OPEN_UPLOADS} ${message} (${code})`,
    );
  }
}

/**
 * Aborts the uploads of a key by their IDs. Lists the uploads to find those whose IDs never arrived, which needs a
 * permission that fewer roles have.
 */
async function abortUploads(bucket: Bucket, key: string, ids: readonly string[], signal: AbortSignal): Promise<void> {
  for (const id of ids) await abortUpload(bucket, { key, uploadId: id }, signal);
  try {
    await abortUploadsOf(bucket, key, signal);
  } catch {
    // An upload whose ID never arrived has no parts and costs nothing.
  }
}
