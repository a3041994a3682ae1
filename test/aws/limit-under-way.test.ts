import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { HeadBucketCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { clientOfBucket } from './clients-for-tests.ts';
import { s3Failure, startScriptedServer } from './scripted-server.ts';

const part = (number: number) =>
  new UploadPartCommand({ Bucket: 'bucket', Key: 'key', UploadId: 'id', PartNumber: number, Body: Buffer.alloc(10) });

const STORED = { status: 200, headers: { etag: '"x"' } } as const;

test('at most 16 request bodies are sent at once, and requests without a body do not wait', async () => {
  const respond = Promise.withResolvers<void>();
  const limitReached = Promise.withResolvers<void>();
  let [active, maxActive, parts] = [0, 0, 0];
  await using server = await startScriptedServer(async ({ method }) => {
    if (method !== 'PUT') return { status: 200 };
    parts += 1;
    active += 1;
    maxActive = Math.max(maxActive, active);
    if (active === 16) limitReached.resolve();
    await respond.promise;
    active -= 1;
    return STORED;
  });
  using client = clientOfBucket(server.endpoint);
  const sent = Promise.all(Array.from({ length: 50 }, (_, i) => client.send(part(i + 1))));
  await limitReached.promise;
  await client.send(new HeadBucketCommand({ Bucket: 'bucket' }));
  assert.equal(parts, 16);
  respond.resolve();
  await sent;
  assert.deepEqual([parts, maxActive], [50, 16]);
});

test('a failed or aborted upload lets the next body be sent', async () => {
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
  const rejected = Promise.allSettled(Array.from({ length: 40 }, () => client.send(part(2))));
  stop.abort();
  await all;
  for (const end of await rejected) assert.equal(end.status, 'rejected');
});
