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
import { dynamoDbReply, startScriptedServer } from './scripted-server.ts';

/** What is beyond the size from which the SDK asks for leave to send: `Expect: 100-continue`. */
const LARGE = Buffer.alloc(5 * 1024 * 1024);

function part(number = 1): UploadPartCommand {
  return new UploadPartCommand({ Bucket: 'bucket', Key: 'key', UploadId: 'id', PartNumber: number, Body: LARGE });
}

test('the Action names itself and its version to the service', async () => {
  await using server = await startScriptedServer(() => dynamoDbReply({ Table: {} }));
  using client = clientOfTable(server.endpoint);
  await client.send(new DescribeTableCommand({ TableName: 'table' }));
  assert.match(String(server.requests[0]?.headers['user-agent']), new RegExp(`${ACTION.name}/${ACTION.version}`));
});

test('a connection is used again, also for large parts', async () => {
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

test('no more connections are open at once than were asked for', async () => {
  await using server = await startScriptedServer(() => ({ status: 200, headers: { etag: '"x"' } }));
  using client = clientOfBucket(server.endpoint, 2);
  await Promise.all(Array.from({ length: 6 }, (_, i) => client.send(part(i + 1))));
  assert.equal(server.requests.length, 6);
  assert.equal(server.connections(), 2);
});

test('a store that passes over "Expect: 100-continue" is no obstacle', async () => {
  const server = createServer();
  const take: RequestListener = (request, response) => {
    request.resume().on('end', () => response.setHeader('etag', '"x"').end());
  };
  // Node would otherwise answer "100 Continue" by itself.
  server.on('checkContinue', take).on('request', take);
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

test('HTTPS_PROXY and NO_PROXY are heeded by every call, large ones too', async (t) => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  process.env['NO_PROXY'] = 'direct.invalid';
  try {
    const calls = {
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
      UploadPart: async (endpoint: string) => {
        using client = clientOfBucket(endpoint);
        hurry(client);
        await client.send(part());
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      await t.test(name, async () => {
        asked.length = 0;
        await assert.rejects(call('https://proxied.invalid'));
        assert.deepEqual([...new Set(asked)], ['proxied.invalid:443']);
        asked.length = 0;
        await assert.rejects(call('https://direct.invalid'));
        assert.deepEqual(asked, []);
      });
    }
  } finally {
    delete process.env['HTTPS_PROXY'];
    delete process.env['NO_PROXY'];
    proxy.close();
    proxy.closeAllConnections();
  }
});

test('a service that takes the request and says nothing is given up, and so is one that stops in the middle', async (t) => {
  const start = Buffer.from('{"Table":');
  const cases = {
    'says nothing': () => () => {},
    'stops in the middle': () => (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).write(start);
    },
  };
  for (const [name, script] of Object.entries(cases)) {
    await t.test(name, async () => {
      await using server = await startScriptedServer(script);
      using client = clientOfTable(server.endpoint);
      const started = performance.now();
      await assert.rejects(client.send(new DescribeTableCommand({ TableName: 'table' })));
      assert.ok(performance.now() - started < 6_000, 'IDLE is 1.5 s here, and there is no second try after it');
    });
  }
});

test('a destroyed client leaves no timer that would hold the process', async () => {
  await using server = await startScriptedServer(() => () => {});
  const before = timers();
  {
    using client = clientOfBucket(server.endpoint);
    const stop = new AbortController();
    const sent = client.send(part(), { abortSignal: stop.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(timers() > before, 'control: while it waits there are some');
    stop.abort();
    await assert.rejects(sent, { name: 'AbortError' });
  }
  // The SDK clears the last one when the connection has closed.
  for (const end = performance.now() + 1_000; timers() > before && performance.now() < end; ) await setImmediate();
  assert.equal(timers(), before);
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
