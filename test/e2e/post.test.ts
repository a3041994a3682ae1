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

/** 12 MB in two segments: each makes a multipart upload. */
const table = await fill(120);
const COPY = {
  'dynamodb-table-name': table,
  compression: 'none',
  'total-segments': '2',
  's3-put-object-kwargs': 'RequestPayer: requester',
};
const KEY_OF_SOMEBODY_ELSE = 'AWSDynamoDB/somebody-else';
const KEY_OF_DATA = 'AWSDynamoDB/01792195200000-0123abcd/data/a.json';

/** For a table of one such segment. */
const ONE = { compression: 'none', 'total-segments': '1' };

suite('post', { concurrency: 2 }, () => {
  test('ends what a killed step left open, and touches nothing else', async () => {
    await using pair = await openPair();
    const other = await openUploadOfSomebodyElse(pair);
    await using run = await killWhile(pair, 'UploadPart', 'hang');
    assert.equal(run.signal, 'SIGKILL');
    const left = pair.store.uploads.open().filter(({ uploadId }) => uploadId !== other);
    assert.equal(left.length, 2, 'control: without post they stay open');

    const before = pair.store.requests.length;
    await using post = await postOf(pair, run);
    assert.match(post.log, /Aborted \d+ multipart uploads/);
    assert.deepEqual(
      (await pair.store.openUploads(pair.bucket)).map(({ uploadId }) => uploadId),
      [other],
    );
    // A part that was on its way when the step was killed may arrive after all.
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
    assert.equal(pair.source.requests.filter(({ operation }) => operation === 'DescribeTable').length, 1);
    assert.deepEqual(
      readdirSync(run.temp).filter((name) => name.endsWith('.jsonl')),
      [],
      'its journal is removed from the runner',
    );
  });

  slowTest('finds by its key an upload whose id never arrived', async () => {
    await using pair = await openPair();
    await using run = await killWhile(pair, 'CreateMultipartUpload', 'mute');
    await until(() => pair.store.uploads.open().length > 0);
    await using post = await postOf(pair, run);
    assert.equal(post.exitCode, 0);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('has enough of s3:AbortMultipartUpload', async () => {
    await using pair = await openPair();
    await using run = await killWhile(pair, 'UploadPart', 'hang');
    pair.store.inject(({ operation }) =>
      operation === 'AbortMultipartUpload' ? undefined : s3Error('AccessDenied', 403),
    );
    await using post = await postOf(pair, run);
    assert.deepEqual(post.warnings, []);
    assert.deepEqual(pair.store.uploads.open(), []);
  });

  slowTest('warns where it could not, and does not fail the job', async () => {
    await using pair = await openPair();
    await using run = await killWhile(pair, 'UploadPart', 'hang');
    pair.store.inject(() => s3Error('AccessDenied', 403));
    await using post = await postOf(pair, run);
    assert.equal(post.warnings.length, 1);
    assert.match(post.warnings[0] ?? '', /could not be aborted.*AbortIncompleteMultipartUpload.*ACCESS_DENIED/s);
    assert.ok(pair.store.uploads.open().length > 1);
  });

  slowTest('tries again while S3 is busy', async () => {
    await using pair = await openPair();
    await using run = await killWhile(pair, 'UploadPart', 'hang');
    pair.store.inject((_, nth) => (nth < 3 ? s3Error('SlowDown', 503) : undefined));
    await using post = await postOf(pair, run);
    assert.deepEqual(post.warnings, []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('has nothing to do after a step that ended by itself', async () => {
    await using pair = await openPair();
    await using run = await pair.run(COPY);
    await pair.copyOf(run);
    const before = pair.store.requests.length;
    await using post = await postOf(pair, run);
    assert.match(post.log, /No multipart uploads to abort/);
    assert.equal(pair.store.requests.length, before);
    assert.deepEqual(post.outputs, {});
    assert.equal(post.summary, '');
  });

  slowTest('is not the step itself after one whose inputs were wrong', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, compression: 'rar' });
    assert.equal(run.exitCode, 1);
    await using post = await pair.run({ ...COPY, compression: 'rar' }, { postOf: run });
    assert.equal(post.exitCode, 0);
    assert.deepEqual([...post.errors, ...post.warnings], []);
    assert.deepEqual(pair.source.requests, []);
  });

  slowTest('acts as the role of the destination, which it assumes anew', async () => {
    await using credentials = await openCredentialPair({
      sts: { roles: { [SOURCE_ROLE]: { subject: SUBJECT }, [DEST_ROLE]: { subject: SUBJECT } } },
      items: largeItems(60),
    });
    const { pair, sts, start } = credentials;
    const refusal = (request: S3Request) => sts.refusal(request.headers, 's3');
    pair.store.inject((request) => refusal(request) ?? (request.operation === 'UploadPart' ? 'hang' : undefined));
    const inputs = { ...ONE, 'source-role-to-assume': SOURCE_ROLE, 'dest-role-to-assume': DEST_ROLE };
    const step = start(inputs);
    await until(() => pair.store.requests.some(({ operation }) => operation === 'UploadPart'));
    step.kill('SIGKILL');
    await using run = await step.result;
    pair.store.inject(refusal);
    assert.equal(pair.store.uploads.open().length, 1, 'control: without post it stays open');

    const before = sts.requests.length;
    await using post = await credentials.run(inputs, { options: { postOf: run } });
    assert.deepEqual([...post.errors, ...post.warnings], []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    const roles = sts.requests.slice(before).map(({ parameters }) => parameters['RoleArn']);
    assert.deepEqual(roles, [DEST_ROLE]);
  });

  test('does not run instead of the step if the workflow sets STATE_uploads', async () => {
    await using pair = await openPair();
    await using run = await pair.run(COPY, { env: { STATE_uploads: 'uploads.jsonl' } });
    await pair.copyOf(run);
  });

  test('aborts nothing if STATE_uploads names no journal of this Action in RUNNER_TEMP', async () => {
    await using pair = await openPair();
    const uploadId = await openUploadOfSomebodyElse(pair);
    await using run = await pair.run(COPY);
    await pair.copyOf(run);
    const name = `dynamodb-to-s3-uploads-${randomUUID()}.jsonl`;
    const forged = join(run.folder, name);
    const events = [
      { event: 'bucket', bucket: pair.bucket, region: 'us-east-1', startedAt: new Date().toISOString() },
      { event: 'creating', key: KEY_OF_SOMEBODY_ELSE },
      { event: 'created', key: KEY_OF_SOMEBODY_ELSE, uploadId },
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

  test('aborts nothing if its journal names uploads that the step cannot have made', async () => {
    await using pair = await openPair();
    const uploadId = await openUploadOfSomebodyElse(pair);
    await using run = await killWhile(pair, 'UploadPart', 'hang');
    const [journal = ''] = readdirSync(run.temp).filter((name) => name.endsWith('.jsonl'));
    const forge = (events: readonly object[]) =>
      writeFileSync(join(run.temp, journal), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const place = { event: 'bucket', bucket: pair.bucket, region: 'us-east-1', startedAt: new Date().toISOString() };
    const before = pair.store.requests.length;
    for (const [bucket, key] of [
      [pair.bucket, KEY_OF_SOMEBODY_ELSE],
      ['another-bucket', KEY_OF_DATA],
    ]) {
      forge([
        { ...place, bucket },
        { event: 'creating', key },
        { event: 'created', key, uploadId },
      ]);
      await using post = await postOf(pair, run);
      assert.equal(post.warnings.length, 1);
      assert.match(post.warnings[0] ?? '', /was changed after the step wrote it/);
    }
    assert.deepEqual(
      pair.store.requests.slice(before).filter(({ operation }) => operation !== 'UploadPart'),
      [],
    );
  });

  slowTest('is told by one short variable, whatever the table holds', async () => {
    await using pair = await openPair();
    await using run = await killWhile(pair, 'UploadPart', 'hang');
    assert.deepEqual(Object.keys(run.state), ['uploads']);
    assert.ok((run.state['uploads'] ?? '').length < 500);
    await using post = await postOf(pair, run);
    assert.deepEqual(post.state, {});
  });
});

/** Kills the step without a warning, as a runner does in the end, once both segments have such a request under way. */
async function killWhile(pair: Pair, operation: string, fault: Fault): Promise<RunResult> {
  const keys = () => pair.store.requests.filter((request) => request.operation === operation).map(({ key }) => key);
  pair.store.inject((request) => (request.operation === operation ? fault : undefined));
  const step = pair.start(COPY);
  await until(() => new Set(keys()).size === 2);
  step.kill('SIGKILL');
  const run = await step.result;
  pair.store.inject();
  return run;
}

async function postOf(pair: Pair, run: RunResult): Promise<RunResult> {
  const post = await pair.run(COPY, { postOf: run });
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual(post.errors, []);
  return post;
}

async function openUploadOfSomebodyElse({ store, bucket }: Pair): Promise<string> {
  const { UploadId } = await store.proxiedClient.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: KEY_OF_SOMEBODY_ELSE }),
  );
  return UploadId ?? '';
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(5);
}

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
