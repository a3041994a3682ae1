import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { s3Error } from '../emulators/faults.ts';
import { openStore, type Store } from '../emulators/store.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';

/** Returns the error code with which `action` fails, or 'ok'. */
async function outcome(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return 'ok';
  } catch (error) {
    return (error as Error).name;
  }
}

async function openUpload(store: Store, Bucket: string, Key: string): Promise<string> {
  const { UploadId = '' } = await store.proxiedClient.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }),
  );
  return UploadId;
}

test('a store returns an object byte for byte, with special characters in its key', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  const key = `backups/a b+c=é😀/AWSDynamoDB/${randomBytes(4).toString('hex')}/_started`;
  const body = randomBytes(100_000);
  await store.proxiedClient.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));

  assert.deepEqual(await store.read(bucket, key), body);
  const [listed] = await store.list(bucket, 'backups/');
  assert.equal(listed?.key, key);
  assert.equal(listed?.size, body.length);
  const [request] = store.requests;
  assert.equal(request?.operation, 'PutObject');
  assert.equal(request?.key, key);
  assert.equal(request?.status, 200);
});

test('openUploads returns open uploads, but not completed or aborted ones', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  const left = await openUpload(store, bucket, 'left');
  const aborted = await openUpload(store, bucket, 'aborted');
  const completed = await openUpload(store, bucket, 'completed');

  const upload = { Bucket: bucket, Key: 'completed', UploadId: completed };
  const body = randomBytes(6 * 1024 * 1024);
  const part = await store.proxiedClient.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: body }));
  await store.proxiedClient.send(
    new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }] },
    }),
  );
  await store.proxiedClient.send(
    new AbortMultipartUploadCommand({ Bucket: bucket, Key: 'aborted', UploadId: aborted }),
  );

  assert.deepEqual(await store.openUploads(bucket), [{ bucket, key: 'left', uploadId: left }]);
  assert.deepEqual(store.uploads.aborted(), [{ bucket, key: 'aborted', uploadId: aborted }]);
  assert.deepEqual(store.uploads.completed(), [{ bucket, key: 'completed', uploadId: completed }]);
  assert.deepEqual(await store.read(bucket, 'completed'), body);
  assert.match((await store.list(bucket, 'completed'))[0]?.etag ?? '', /^[0-9a-f]{32}-1$/);
});

test('openUploads includes an upload whose CreateMultipartUpload response was lost', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  store.inject((request, nth) => {
    return request.operation === 'CreateMultipartUpload' && nth === 1 ? 'lose-httpResponse' : undefined;
  });
  await openUpload(store, bucket, 'twice');
  assert.equal((await store.openUploads(bucket)).length, 2);
});

test('openUploads waits for requests of clients that have disconnected', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  const upload = { Bucket: bucket, Key: 'completed', UploadId: await openUpload(store, bucket, 'completed') };
  const { ETag, ChecksumCRC32 } = await store.proxiedClient.send(
    new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part' }),
  );
  store.inject(() => ({ delayMs: 300 }));
  const abandon = { abortSignal: AbortSignal.timeout(100) };
  const commands = [
    store.proxiedClient.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'created' }), abandon),
    store.proxiedClient.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
      }),
      abandon,
    ),
  ];
  assert.deepEqual(await Promise.all(commands.map((command) => outcome(command))), ['AbortError', 'AbortError']);
  assert.deepEqual(
    (await store.openUploads(bucket)).map(({ key }) => key),
    ['created'],
  );
});

test('the faults cut and truncate do not change a response to HEAD, which has no body', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'x', Body: 'twelve bytes' }));
  for (const fault of ['cut', 'truncate'] as const) {
    store.inject(() => fault);
    const { ContentLength } = await store.proxiedClient.send(new HeadObjectCommand({ Bucket: bucket, Key: 'x' }));
    assert.equal(ContentLength, 12, fault);
  }
});

test('a client receives the injected faults of the store', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  const client = new S3Client({
    endpoint: store.endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  const put = (): Promise<string> =>
    outcome(client.send(new PutObjectCommand({ Bucket: bucket, Key: 'x', Body: 'x' })));
  store.inject(() => s3Error('SlowDown', 503));
  assert.equal(await put(), 'SlowDown');
  assert.deepEqual(await store.list(bucket), [], 'the store must not receive the request');
  store.inject(() => 'drop');
  assert.notEqual(await put(), 'ok');
  store.inject();
  assert.equal(await put(), 'ok');
  assert.deepEqual(
    store.requests.map((request) => request.status),
    [503, undefined, 200],
  );
  client.destroy();
});

suite('declared abilities of the store', () => {
  let store: Store;
  let bucket: string;
  before(async () => {
    store = await openStore();
    bucket = await store.createBucket();
  });
  after(() => store[Symbol.asyncDispose]());

  const put = (parameters: object, client = store.proxiedClient): Promise<string> =>
    outcome(client.send(new PutObjectCommand({ Bucket: bucket, Key: 'object', Body: 'body', ...parameters })));

  test('the store rejects a wrong signature if and only if it declares checkSignatures', async () => {
    const stranger = new S3Client({
      endpoint: store.endpoint,
      region: REGION,
      credentials: { ...CREDENTIALS, secretAccessKey: 'wrong' },
      forcePathStyle: true,
    });
    assert.equal(await put({}, stranger), store.can.checkSignatures ? 'SignatureDoesNotMatch' : 'ok');
    stranger.destroy();
  });
  test('the store rejects a wrong checksum if and only if it declares checkChecksums', async () => {
    assert.equal((await put({ ChecksumCRC32: 'AAAAAA==' })) !== 'ok', store.can.checkChecksums);
  });
  test('the store rejects a wrong bucket owner if and only if it declares refuseWrongOwner', async () => {
    assert.equal((await put({ ExpectedBucketOwner: '999999999999' })) !== 'ok', store.can.refuseWrongOwner);
  });
  test('the store rejects failed write conditions if and only if it declares writeConditionally', async () => {
    await put({});
    const conflict = store.can.writeConditionally ? 'PreconditionFailed' : 'ok';
    assert.equal(await put({ IfNoneMatch: '*' }), conflict);
    const { ETag = '' } = await store.head(bucket, 'object');
    assert.equal(await put({ IfMatch: ETag }), 'ok');
    assert.equal(await put({ IfMatch: '"00000000000000000000000000000000"' }), conflict);
  });
  test('the store returns the Region of a bucket if and only if it declares tellRegion', async () => {
    const { BucketRegion } = await store.client.send(new HeadBucketCommand({ Bucket: bucket }));
    assert.equal(BucketRegion, store.can.tellRegion ? REGION : undefined);
  });
  test('the store returns encryption and storage class as declared by tellEncryption and keepStorageClass', async () => {
    await put({ ServerSideEncryption: 'AES256', StorageClass: 'STANDARD_IA' });
    const { ServerSideEncryption, StorageClass } = await store.head(bucket, 'object');
    assert.equal(ServerSideEncryption, store.can.tellEncryption ? 'AES256' : undefined);
    assert.equal(StorageClass === 'STANDARD_IA', store.can.keepStorageClass);
  });
});
