import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { type Fault, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { openSource } from '../emulators/source.ts';
import { SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { DEST_ROLE, openCredentialPair, SOURCE_ROLE } from '../fixtures/credential-pair.ts';
import { largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** 12 MB in two segments, each of which creates a multipart upload. */
const table = await fill(120);
const COPY = {
  'dynamodb-table-name': table,
  compression: 'none',
  'total-segments': '2',
  's3-put-object-kwargs': 'RequestPayer: requester',
};
const FOREIGN_KEY = 'AWSDynamoDB/not-of-this-step';
const DATA_KEY = 'AWSDynamoDB/01792195200000-0123abcd/data/a.json';

/** Inputs for a table of 6 MB, which becomes a single multipart upload. */
const ONE_UPLOAD = { compression: 'none', 'total-segments': '1' };

suite('post step', { concurrency: 2 }, () => {
  test('aborts the multipart uploads of a killed step, and no others', async () => {
    await using pair = await openPair();
    const foreign = await createForeignUpload(pair);
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    assert.equal(run.signal, 'SIGKILL');
    const left = pair.store.uploads.open().filter(({ uploadId }) => uploadId !== foreign);
    assert.equal(left.length, 2, 'control: without the post step, they remain open');

    const before = pair.store.requests.length;
    await using post = await runPost(pair, run);
    assert.match(post.log, /Aborted \d+ multipart uploads/);
    assert.deepEqual(
      (await pair.store.openUploads(pair.bucket)).map(({ uploadId }) => uploadId),
      [foreign],
    );
    // A part that was in flight when the step was killed can still arrive.
    const requests = pair.store.requests.slice(before).filter(({ operation }) => operation !== 'UploadPart');
    assert.deepEqual([...new Set(requests.map(({ operation }) => operation))].sort(), [
      'AbortMultipartUpload',
      'ListMultipartUploads',
    ]);
    const keys = new Set(left.map(({ key }) => key));
    for (const { operation, key, headers, query } of requests) {
      assert.ok(keys.has(operation === 'ListMultipartUploads' ? (query.get('prefix') ?? '') : key));
      assert.equal(headers['x-amz-request-payer'], 'requester');
    }
  });

  slowTest('deletes the upload journal from the runner, and sends no request to DynamoDB', async () => {
    await using pair = await openPair();
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    assert.notDeepEqual(journalsIn(run.temp), [], 'control: the killed step leaves its journal');
    await using _post = await runPost(pair, run);
    assert.equal(pair.source.requests.filter(({ operation }) => operation === 'DescribeTable').length, 1);
    assert.deepEqual(journalsIn(run.temp), []);
  });

  slowTest('aborts a multipart upload whose ID never reached the killed step', async () => {
    await using pair = await openPair();
    await using run = await killDuring(pair, 'CreateMultipartUpload', 'mute');
    await until(() => pair.store.uploads.open().length > 0);
    await using post = await runPost(pair, run);
    assert.equal(post.exitCode, 0);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('requires no permission except s3:AbortMultipartUpload', async () => {
    await using pair = await openPair();
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    pair.store.inject(({ operation }) =>
      operation === 'AbortMultipartUpload' ? undefined : s3Error('AccessDenied', 403),
    );
    await using post = await runPost(pair, run);
    assert.deepEqual(post.warnings, []);
    assert.deepEqual(pair.store.uploads.open(), []);
  });

  slowTest('warns and does not fail the job if S3 denies the abort', async () => {
    await using pair = await openPair();
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    pair.store.inject(() => s3Error('AccessDenied', 403));
    await using post = await runPost(pair, run);
    assert.equal(post.warnings.length, 1);
    assert.match(post.warnings[0] ?? '', /could not be aborted.*AbortIncompleteMultipartUpload.*ACCESS_DENIED/s);
    assert.ok(pair.store.uploads.open().length > 1);
  });

  slowTest('retries while S3 returns SlowDown', async () => {
    await using pair = await openPair();
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    pair.store.inject((_, nth) => (nth < 3 ? s3Error('SlowDown', 503) : undefined));
    await using post = await runPost(pair, run);
    assert.deepEqual(post.warnings, []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('sends no request after a step that completed', async () => {
    await using pair = await openPair();
    await using run = await pair.run(COPY);
    await pair.copyOf(run);
    const before = pair.store.requests.length;
    await using post = await runPost(pair, run);
    assert.match(post.log, /No multipart uploads to abort/);
    assert.equal(pair.store.requests.length, before);
    assert.deepEqual(post.outputs, {});
    assert.equal(post.summary, '');
  });

  slowTest('does not run the copy after a step whose inputs were invalid', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, compression: 'rar' });
    assert.equal(run.exitCode, 1);
    await using post = await pair.run({ ...COPY, compression: 'rar' }, { postOf: run });
    assert.equal(post.exitCode, 0);
    assert.deepEqual([...post.errors, ...post.warnings], []);
    assert.deepEqual(pair.source.requests, []);
  });

  slowTest('assumes the role in dest-role-to-assume, and no other', async () => {
    await using credentials = await openCredentialPair({
      sts: { roles: { [SOURCE_ROLE]: { subject: SUBJECT }, [DEST_ROLE]: { subject: SUBJECT } } },
      items: largeItems(60),
    });
    const { pair, sts, start } = credentials;
    const accessDenied = (request: S3Request) => sts.refusal(request.headers, 's3');
    pair.store.inject((request) => accessDenied(request) ?? (request.operation === 'UploadPart' ? 'hang' : undefined));
    const inputs = { ...ONE_UPLOAD, 'source-role-to-assume': SOURCE_ROLE, 'dest-role-to-assume': DEST_ROLE };
    const step = start(inputs);
    await until(() => pair.store.requests.some(({ operation }) => operation === 'UploadPart'));
    step.kill('SIGKILL');
    await using run = await step.result;
    pair.store.inject(accessDenied);
    assert.equal(pair.store.uploads.open().length, 1, 'control: without the post step, it remains open');

    const before = sts.requests.length;
    await using post = await credentials.run(inputs, { options: { postOf: run } });
    assert.deepEqual([...post.errors, ...post.warnings], []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    const roles = sts.requests.slice(before).map(({ parameters }) => parameters['RoleArn']);
    assert.deepEqual(roles, [DEST_ROLE]);
  });

  slowTest('does not replace the step if the workflow sets STATE_uploads', async () => {
    await using pair = await openPair();
    await using run = await pair.run(COPY, { env: { STATE_uploads: 'uploads.jsonl' } });
    await pair.copyOf(run);
  });

  slowTest('aborts nothing if STATE_uploads does not name a journal of this Action in RUNNER_TEMP', async () => {
    await using pair = await openPair();
    const uploadId = await createForeignUpload(pair);
    await using run = await pair.run(COPY);
    await pair.copyOf(run);
    const name = `dynamodb-to-s3-uploads-${randomUUID()}.jsonl`;
    const forged = join(run.folder, name);
    const events = [
      { event: 'bucket', bucket: pair.bucket, region: 'us-east-1', startedAt: new Date().toISOString() },
      { event: 'creating', key: FOREIGN_KEY },
      { event: 'created', key: FOREIGN_KEY, uploadId },
    ];
    writeFileSync(forged, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const before = pair.store.requests.length;
    for (const uploads of [forged, `../${name}`]) {
      await using post = await pair.run(COPY, { postOf: { state: { uploads }, temp: run.temp } });
      assert.equal(post.exitCode, 0, post.log);
      assert.deepEqual([...post.errors, ...post.warnings], []);
      assert.equal(pair.store.requests.length, before);
    }
  });

  slowTest('aborts nothing and warns if its journal names uploads that the step cannot have created', async () => {
    await using pair = await openPair();
    const uploadId = await createForeignUpload(pair);
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    const [journal = ''] = journalsIn(run.temp);
    const forge = (events: readonly object[]) =>
      writeFileSync(join(run.temp, journal), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const header = { event: 'bucket', bucket: pair.bucket, region: 'us-east-1', startedAt: new Date().toISOString() };
    const before = pair.store.requests.length;
    for (const [bucket, key] of [
      [pair.bucket, FOREIGN_KEY],
      ['another-bucket', DATA_KEY],
    ]) {
      forge([
        { ...header, bucket },
        { event: 'creating', key },
        { event: 'created', key, uploadId },
      ]);
      await using post = await runPost(pair, run);
      assert.equal(post.warnings.length, 1);
      assert.match(post.warnings[0] ?? '', /was changed after the step wrote it/);
    }
    assert.deepEqual(
      pair.store.requests.slice(before).filter(({ operation }) => operation !== 'UploadPart'),
      [],
    );
  });

  slowTest('receives one state variable of less than 500 characters', async () => {
    await using pair = await openPair();
    await using run = await killDuring(pair, 'UploadPart', 'hang');
    assert.deepEqual(Object.keys(run.state), ['uploads']);
    assert.ok((run.state['uploads'] ?? '').length < 500);
    await using post = await runPost(pair, run);
    assert.deepEqual(post.state, {});
  });
});

/** Kills the step with SIGKILL, as a runner does, once both segments have sent a request of this operation. */
async function killDuring(pair: Pair, operation: string, fault: Fault): Promise<RunResult> {
  const keys = () => pair.store.requests.filter((request) => request.operation === operation).map(({ key }) => key);
  pair.store.inject((request) => (request.operation === operation ? fault : undefined));
  const step = pair.start(COPY);
  await until(() => new Set(keys()).size === 2);
  step.kill('SIGKILL');
  const run = await step.result;
  pair.store.inject();
  return run;
}

/** Runs the post step after this step, and asserts that it does not fail. */
async function runPost(pair: Pair, run: RunResult): Promise<RunResult> {
  const post = await pair.run(COPY, { postOf: run });
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual(post.errors, []);
  return post;
}

async function createForeignUpload({ store, bucket }: Pair): Promise<string> {
  const { UploadId } = await store.proxiedClient.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: FOREIGN_KEY }),
  );
  return UploadId ?? '';
}

function journalsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
}

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await sleep(5);
}

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
