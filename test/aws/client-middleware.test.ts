import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { clientOfBucket, clientOfTable } from './clients-for-tests.ts';
import {
  dynamoDbFailure,
  dynamoDbReply,
  type HttpResponse,
  s3Failure,
  startScriptedServer,
} from './scripted-server.ts';

const describe = new DescribeTableCommand({ TableName: 'table' });
const whole = dynamoDbReply({ Table: { TableId: 'one' } });

/** Other bytes under the checksum of the ones that were sent. */
function changed(reply: HttpResponse, from: string, to: string): HttpResponse {
  return { ...reply, body: String(reply.body).replace(from, to) };
}

test('the client retries a response with a corrupted byte', async () => {
  await using server = await startScriptedServer((_, nth) => (nth === 1 ? changed(whole, 'one', 'two') : whole));
  using client = clientOfTable(server.endpoint);
  const { Table, $metadata } = await client.send(describe);
  assert.equal(Table?.TableId, 'one');
  assert.equal($metadata.attempts, 2);
});

test('the client retries an error response with a corrupted byte', async () => {
  const refusal = changed(dynamoDbFailure('ResourceNotFoundException', 'x'), 'NotFound', 'InUse');
  await using server = await startScriptedServer((_, nth) => (nth === 1 ? refusal : whole));
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describe)).Table?.TableId, 'one');
});

test('a connection that breaks in the middle of a response is a network error', async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth > 1
      ? whole
      : (response) => {
          response.writeHead(200, { ...whole.headers, 'content-length': '100' });
          response.write('{"Table"', () => response.destroy());
        },
  );
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describe)).Table?.TableId, 'one');
});

test('a response without a checksum is accepted', async () => {
  await using server = await startScriptedServer(() => ({ status: 200, body: '{"Table":{"TableId":"one"}}' }));
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describe)).Table?.TableId, 'one');
});

const part = (number: number) =>
  new UploadPartCommand({ Bucket: 'bucket', Key: 'key', UploadId: 'id', PartNumber: number, Body: Buffer.alloc(10) });

const TAKEN = { status: 200, headers: { etag: '"x"' } } as const;

test('at most 16 uploads are in progress at a time, all are sent in the end, and other requests do not wait', async () => {
  const may = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  let [underWay, most, parts] = [0, 0, 0];
  await using server = await startScriptedServer(async ({ method }) => {
    if (method !== 'PUT') return { status: 200 };
    parts += 1;
    underWay += 1;
    most = Math.max(most, underWay);
    if (underWay === 16) full.resolve();
    await may.promise;
    underWay -= 1;
    return TAKEN;
  });
  using client = clientOfBucket(server.endpoint);
  const sent = Promise.all(Array.from({ length: 50 }, (_, i) => client.send(part(i + 1))));
  await full.promise;
  await client.send(new HeadBucketCommand({ Bucket: 'bucket' }));
  assert.equal(parts, 16);
  may.resolve();
  await sent;
  assert.deepEqual([parts, most], [50, 16]);
});

test('an upload that fails or is aborted makes room for the next one', async () => {
  const stop = new AbortController();
  let hanging = 0;
  await using server = await startScriptedServer(({ url }) => {
    if (!url.includes('partNumber=1&')) return s3Failure('AccessDenied', 403);
    hanging += 1;
    return () => {};
  });
  using client = clientOfBucket(server.endpoint);
  const hung = Array.from({ length: 16 }, () => client.send(part(1), { abortSignal: stop.signal }));
  const all = Promise.allSettled(hung);
  while (hanging < 16) await new Promise((resolve) => setTimeout(resolve, 1));
  const refused = Promise.allSettled(Array.from({ length: 40 }, () => client.send(part(2))));
  stop.abort();
  await all;
  for (const end of await refused) assert.equal(end.status, 'rejected');
});
