import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { newDataObjectName } from '../src/manifest/export-id.ts';
import { post } from '../src/post.ts';
import { UploadJournal } from '../src/s3/upload-journal.ts';
import { s3Failure, startScriptedServer } from './aws/scripted-server.ts';
import { CREDENTIALS_ENV } from './fixtures/credentials.ts';
import { createStepFolder } from './runner/runner-files.ts';

const ID = '01234567-89ab-cdef-0123-456789abcdef';

/** Runs the post step of a step that left an upload open in a bucket that denies everything; returns its output. */
async function outputOf(t: TestContext, inputs: NodeJS.ProcessEnv): Promise<string> {
  using folder = createStepFolder();
  const { RUNNER_TEMP = '' } = folder.env;
  const startedAt = new Date().toISOString();
  const journal = new UploadJournal(join(RUNNER_TEMP, `dynamodb-to-s3-uploads-${ID}.jsonl`), {
    ...{ bucket: 'my-backups', region: 'eu-west-1', startedAt },
  });
  const key = `AWSDynamoDB/01715685260608-c488b4e1/data/${newDataObjectName()}.json.gz`;
  journal.creating(key);
  journal.created(key, 'upload');
  await using server = await startScriptedServer(() => s3Failure('AccessDenied', 403));
  let output = '';
  const write = process.stdout.write.bind(process.stdout);
  t.mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => {
    // The test runner reports results in binary.
    if (typeof chunk !== 'string') return write(chunk);
    output += chunk;
    return true;
  });
  Object.assign(process.env, CREDENTIALS_ENV, { AWS_ENDPOINT_URL_S3: server.endpoint });
  await post({ ...CREDENTIALS_ENV, AWS_REGION: 'eu-west-1', RUNNER_TEMP, STATE_uploads: ID, ...inputs });
  t.mock.restoreAll();
  return output;
}

const INPUTS = {
  'INPUT_DYNAMODB-TABLE-NAME': 'orders',
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  'INPUT_S3-FORCE-PATH-STYLE': 'true',
};

test('the post step reports uploads that it is not authorized to abort, and how they are deleted', async (t) => {
  const output = await outputOf(t, INPUTS);
  assert.match(output, /^::warning::1 multipart upload that the step left open could not be aborted\. S3 charges/m);
  assert.match(output, /is not authorized to perform s3:AbortMultipartUpload .*\(ACCESS_DENIED\)/);
});

test('the post step reports uploads that it cannot abort because the inputs are invalid', async (t) => {
  const output = await outputOf(t, { ...INPUTS, 'INPUT_S3-BUCKET-NAME': '' });
  assert.match(output, /^::warning::The multipart uploads that the step left open could not be aborted\. S3 charges/m);
});

test('the post step aborts nothing if the journal names another bucket', async (t) => {
  const output = await outputOf(t, { ...INPUTS, 'INPUT_S3-BUCKET-NAME': 'another-bucket' });
  assert.match(output, /^::warning::No multipart uploads were aborted, because the journal of open uploads/m);
});
