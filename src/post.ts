import { rmSync } from 'node:fs';
import { readInputs } from './action/inputs.ts';
import { Log } from './action/log.ts';
import { meansOf } from './action/means.ts';
import { savedUploadsPath } from './action/state.ts';
import { s3Client } from './aws/clients.ts';
import { identifySides } from './aws/credentials/sides.ts';
import { explain } from './aws/explain.ts';
import { POST } from './aws/timeouts.ts';
import { mayBeUploaded } from './backup/layout.ts';
import { Bucket } from './s3/bucket.ts';
import { type OpenUploads, readUploadJournal } from './s3/upload-journal.ts';
import { StopMark } from './stop-mark.ts';

/**
 * What the runner runs after the job's steps, also where it has killed this one: ends the uploads that were open then,
 * by the journal that the step kept of them, and touches nothing else. It never fails the job, which has its result.
 */
export async function post(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const log = new Log(env);
  const uploadsPath = savedUploadsPath(env);
  // Before the journal is read: a step that still runs starts no upload after that.
  if (uploadsPath !== undefined) new StopMark(uploadsPath).leave();
  const left = uploadsPath === undefined ? undefined : readUploadJournal(uploadsPath);
  if (uploadsPath === undefined || !left) {
    log.info('The step has left no upload open.');
    return;
  }
  try {
    await endAll(left, uploadsPath, env, log);
  } catch {
    log.warning(`The uploads that the step had left open could not be aborted: ${COST}`);
  }
}

const COST = 'their parts cost money until a lifecycle rule (AbortIncompleteMultipartUpload) removes them.';

async function endAll(left: OpenUploads, uploadsPath: string, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  // The inputs are the step's own, and were good when it started.
  const inputs = readInputs(env, left.startedAt);
  const uploads = [...left.uploads].filter(([key]) => mayBeUploaded(key));
  // Other steps of the job can write to RUNNER_TEMP as well.
  if (left.bucket !== inputs.bucket || uploads.length < left.uploads.size) {
    log.warning('Nothing was aborted: the list of open uploads in RUNNER_TEMP is not the one that the step wrote.');
    return;
  }
  const deadline = AbortSignal.timeout(POST);
  const regions = { source: inputs.sourceRegion, dest: left.region };
  const identities = identifySides(inputs.roles, regions, meansOf(env, inputs.roles, log), deadline);
  const { forcePathStyle, bucketOwner: owner } = inputs;
  const client = s3Client({ region: left.region, concurrency: 8, forcePathStyle, identity: identities.dest });
  const bucket = new Bucket({ client, name: left.bucket, owner, payer: inputs.putObject.RequestPayer });
  const ends = await Promise.allSettled(uploads.map(([key, ids]) => endUploads(bucket, key, ids, deadline)));
  bucket.close();
  identities.close();
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const ended = ends.length - failures.length;
  if (ended > 0) log.info(`Aborted ${ended} multipart uploads that the step had left open.`);
  if (failures.length === 0) {
    rmSync(uploadsPath, { force: true });
  } else {
    const { code, message } = explain(failures[0], inputs);
    log.warning(
      `${failures.length} multipart uploads that the step had left open could not be aborted: ${COST} ${message} (${code})`,
    );
  }
}

/** By their ids, and those whose ids never arrived by a list, which fewer roles may read. */
async function endUploads(bucket: Bucket, key: string, ids: readonly string[], signal: AbortSignal): Promise<void> {
  for (const id of ids) await bucket.abortUpload(key, id, signal);
  try {
    await bucket.abortUploadsOf(key, signal);
  } catch {
    // One without an id has no parts, and costs nothing.
  }
}
