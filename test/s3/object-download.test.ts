import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Bucket } from '../../src/s3/bucket.ts';
import { ObjectDownload } from '../../src/s3/object-download.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { type ReceivedRequest, type Reply, s3Failure, startScriptedServer } from '../aws/scripted-server.ts';
import { type Fault, s3Error } from '../emulators/faults.ts';
import { openStore } from '../emulators/store.ts';

const CONTENT = randomBytes(3_000_000);
const MD5 = createHash('md5').update(CONTENT).digest('base64');
const NEVER = new AbortController().signal;

async function download(bucket: Bucket, signal = NEVER, betweenChunks = async () => {}) {
  const reader = new ObjectDownload(bucket, 'a', new PendingWaits(), signal);
  const chunks: Buffer[] = [];
  for await (const chunk of reader.chunks()) {
    chunks.push(Buffer.from(chunk));
    await betweenChunks();
  }
  return { content: Buffer.concat(chunks), md5: reader.md5(), received: reader.received };
}

for (const [what, faults] of Object.entries<readonly Fault[]>({
  'in one response': [],
  'whose connection closed in the middle, twice': ['cut', 'cut'],
  'after throttling, a lost response and a response that was cut off': [s3Error('SlowDown', 503), 'drop', 'cut'],
})) {
  test(`ObjectDownload returns every byte once of an object ${what}`, async () => {
    await using store = await openStore();
    const name = await store.createBucket();
    using client = clientOfBucket(store.endpoint);
    await store.client.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: CONTENT }));
    store.inject((_, nth) => faults[nth - 1]);
    const { content, md5, received } = await download(new Bucket({ client, name }));
    assert.ok(content.equals(CONTENT));
    assert.deepEqual([md5, received], [MD5, CONTENT.length]);
    assert.equal(store.requests.length, faults.length + 1);
  });
}

/** Sends the bytes from `start` to `end` of the object and then closes the connection, unless all bytes were sent. */
function part(start: number, end: number, etag = '"v1"', status = start > 0 ? 206 : 200): Reply {
  return (response) => {
    response.writeHead(status, {
      etag,
      'content-length': String(CONTENT.length - start),
      ...(status === 206 && { 'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}` }),
    });
    response.write(CONTENT.subarray(start, end), () => (end === CONTENT.length ? response.end() : response.destroy()));
  };
}

interface Downloaded {
  readonly content?: Buffer;
  readonly md5?: string;
  readonly error?: Error;
  readonly requests: readonly ReceivedRequest[];
}

/** Downloads from a server that sends these responses in order, and the last one repeatedly. */
async function downloadFrom(replies: readonly Reply[]): Promise<Downloaded> {
  await using server = await startScriptedServer((_, nth) => replies[Math.min(nth, replies.length) - 1] as Reply);
  using client = clientOfBucket(server.endpoint);
  try {
    return {
      ...(await download(new Bucket({ client, name: 'bucket', owner: '111122223333' }))),
      requests: server.requests,
    };
  } catch (error) {
    return { error: error as Error, requests: server.requests };
  }
}

test('ObjectDownload requests the remaining bytes of the same version', async () => {
  const { content, requests } = await downloadFrom([
    part(0, 1_000_000),
    part(1_000_000, 1_000_001),
    part(1_000_001, CONTENT.length),
  ]);
  assert.ok(content?.equals(CONTENT));
  assert.deepEqual(
    requests.map(({ headers }) => [headers['range'], headers['if-match'], headers['x-amz-expected-bucket-owner']]),
    [
      [undefined, undefined, '111122223333'],
      ['bytes=1000000-', '"v1"', '111122223333'],
      ['bytes=1000001-', '"v1"', '111122223333'],
    ],
  );
});

test('ObjectDownload skips bytes that it has if the store ignores Range', async () => {
  const { content, md5 } = await downloadFrom([part(0, 70_000), part(0, CONTENT.length)]);
  assert.ok(content?.equals(CONTENT));
  assert.equal(md5, MD5);
});

const rest = (etag?: string) => part(70_000, CONTENT.length, etag);
for (const [what, second] of Object.entries<Reply>({
  'S3 reports that it was replaced': s3Failure('PreconditionFailed', 412),
  'S3 reports that it was deleted': s3Failure('NoSuchKey', 404),
  'the ETag of the remaining bytes differs': rest('"v2"'),
  'the store sends other bytes than requested': part(60_000, CONTENT.length),
})) {
  test(`ObjectDownload fails if ${what} in the middle of a download`, async () => {
    const { error } = await downloadFrom([part(0, 70_000), second]);
    assert.equal(error?.name, 'ObjectChanged');
  });
}

test('ObjectDownload ends at once when it is aborted, during a response and between chunks', async () => {
  const stalled: Reply = (response) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': '100' });
    response.write('x');
  };
  for (const betweenChunks of [async () => {}, () => sleep(50)]) {
    await using server = await startScriptedServer(() => stalled);
    using client = clientOfBucket(server.endpoint);
    const stop = new AbortController();
    const chunkReceived = () => {
      setTimeout(() => stop.abort(new Error('stopped')), 20);
      return betweenChunks();
    };
    await assert.rejects(download(new Bucket({ client, name: 'bucket' }), stop.signal, chunkReceived), /stopped/);
    assert.equal(server.requests.length, 1);
  }
});
