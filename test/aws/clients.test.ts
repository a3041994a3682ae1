import './shorter-waits.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { ACTION } from '../../src/version.ts';
import { clientOfBucket, clientOfTable, hurry } from './clients-for-tests.ts';
import { startRejectingProxy } from './rejecting-proxy.ts';
import { dynamoDbReply, startScriptedServer } from './scripted-server.ts';

/** Body above the size from which the SDK would send `Expect: 100-continue`. */
const LARGE = Buffer.alloc(5 * 1024 * 1024);

function part(number = 1): UploadPartCommand {
  return new UploadPartCommand({ Bucket: 'bucket', Key: 'key', UploadId: 'id', PartNumber: number, Body: LARGE });
}

test('requests contain the name and the version of the Action in the user agent', async () => {
  await using server = await startScriptedServer(() => dynamoDbReply({ Table: {} }));
  using client = clientOfTable(server.endpoint);
  await client.send(new DescribeTableCommand({ TableName: 'table' }));
  assert.match(String(server.requests[0]?.headers['user-agent']), new RegExp(`${ACTION.name}/${ACTION.version}`));
});

test('a connection is reused, even for large parts', async () => {
  await using server = await startScriptedServer(() => ({ status: 200, headers: { etag: '"x"' } }));
  using client = clientOfBucket(server.endpoint);
  for (let number = 1; number <= 3; number += 1) await client.send(part(number));
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'small' }));
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.expect),
    [undefined, undefined, undefined, undefined],
  );
  assert.equal(server.connections(), 1);
});

test('a client opens no more connections than its concurrency', async () => {
  await using server = await startScriptedServer(() => ({ status: 200, headers: { etag: '"x"' } }));
  using client = clientOfBucket(server.endpoint, 2);
  await Promise.all(Array.from({ length: 6 }, (_, i) => client.send(part(i + 1))));
  assert.equal(server.requests.length, 6);
  assert.equal(server.connections(), 2);
});

test('an upload completes on a store that ignores "Expect: 100-continue"', async () => {
  const server = createServer();
  const accept: RequestListener = (request, response) => {
    request.resume().on('end', () => response.setHeader('etag', '"x"').end());
  };
  // Otherwise Node responds with "100 Continue" itself.
  server.on('checkContinue', accept).on('request', accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    using client = clientOfBucket(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { ETag, $metadata } = await client.send(part());
    assert.equal(ETag, '"x"');
    assert.equal($metadata.attempts, 1);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

const CALLS = {
  DescribeTable: async (endpoint: string) => {
    using client = clientOfTable(endpoint);
    hurry(client);
    await client.send(new DescribeTableCommand({ TableName: 'table' }));
  },
  HeadBucket: async (endpoint: string) => {
    using client = clientOfBucket(endpoint);
    hurry(client);
    await client.send(new HeadBucketCommand({ Bucket: 'bucket' }));
  },
  'UploadPart with a large body': async (endpoint: string) => {
    using client = clientOfBucket(endpoint);
    hurry(client);
    await client.send(part());
  },
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} uses HTTPS_PROXY, except for the hosts in NO_PROXY`, async () => {
    using proxy = await startRejectingProxy();
    await assert.rejects(call('https://proxied.invalid'));
    assert.deepEqual([...new Set(proxy.hosts)], ['proxied.invalid:443']);
    proxy.hosts.length = 0;
    await assert.rejects(call('https://direct.invalid'));
    assert.deepEqual(proxy.hosts, []);
  });
}

for (const [what, script] of Object.entries({
  'does not respond': () => () => {},
  'stops in the middle of a response': () => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).write(Buffer.from('{"Table":'));
  },
})) {
  test(`a request fails within 6 s if the service ${what}`, async () => {
    await using server = await startScriptedServer(script);
    using client = clientOfTable(server.endpoint);
    const started = performance.now();
    await assert.rejects(client.send(new DescribeTableCommand({ TableName: 'table' })));
    assert.ok(performance.now() - started < 6_000, 'IDLE is 1.5 s in this test, and no retry follows it');
  });
}

test('a destroyed client leaves no timer that keeps the process running', async () => {
  await using server = await startScriptedServer(() => () => {});
  const before = timers();
  {
    using client = clientOfBucket(server.endpoint);
    const stop = new AbortController();
    const sent = client.send(part(), { abortSignal: stop.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(timers() > before, 'control: a waiting request has timers');
    stop.abort();
    await assert.rejects(sent, { name: 'AbortError' });
  }
  // The SDK clears the last timer when the connection has closed.
  for (const end = performance.now() + 1_000; timers() > before && performance.now() < end; ) await setImmediate();
  assert.equal(timers(), before);
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
