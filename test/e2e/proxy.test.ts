import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { startConnectProxy, startTls } from '../emulators/connect-proxy.ts';
import {
  assertFailed,
  assertSucceeded,
  largeItems,
  openPair,
  preload,
  smallItems,
  startServers,
} from '../fixtures/pair.ts';
import { selfSigned } from '../fixtures/self-signed.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const certificate = selfSigned(['dynamodb.test', 'store', 'localhost']);
const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
after(() => rmSync(folder, { recursive: true }));
const trustedCertificates = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
writeFileSync(trustedCertificates.NODE_EXTRA_CA_CERTS, certificate.cert);

suite('proxy support', { concurrency: 2 }, () => {
  for (const variable of fewOf(['HTTPS_PROXY', 'https_proxy'], 1)) {
    test(`connects to DynamoDB and S3 through the proxy in ${variable}`, async () => {
      await using pair = await openPair();
      await using servers = await startTlsServers(pair.source.endpoint, pair.store.endpoint);
      const table = await pair.source.createTable(largeItems(30));
      await using run = await pair.run(
        { 'dynamodb-table-name': table },
        {
          env: {
            ...trustedCertificates,
            [variable]: servers.proxy.url,
            AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.test',
            AWS_ENDPOINT_URL_S3: 'https://store',
          },
        },
      );
      assert.equal((await pair.copyOf(run)).summary.itemCount, 30);
      assert.deepEqual([...new Set(servers.proxy.asked)].sort(), ['dynamodb.test:443', 'store:443']);
      // Connections are reused: one per request in flight, not one per request.
      assert.ok(servers.proxy.asked.length < pair.source.requests.length + pair.store.requests.length);
    });
  }

  slowTest('connects directly to the hosts in NO_PROXY', async () => {
    await using pair = await openPair();
    await using servers = await startTlsServers(pair.source.endpoint, pair.store.endpoint);
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run(
      { 'dynamodb-table-name': table },
      {
        env: {
          ...trustedCertificates,
          HTTPS_PROXY: servers.proxy.url,
          NO_PROXY: 'localhost,.internal',
          AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.test',
          AWS_ENDPOINT_URL_S3: `https://localhost:${servers.storePort}`,
        },
      },
    );
    assert.equal((await pair.copyOf(run)).summary.itemCount, 30);
    assert.deepEqual([...new Set(servers.proxy.asked)], ['dynamodb.test:443']);
  });

  slowTest('warns if the version of Node.js does not support HTTPS_PROXY', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    // The servers of this test use HTTP, so no request uses the proxy.
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9' };
    await using run = await pair.run({ 'dynamodb-table-name': table }, { ...preload('older-node.ts'), env });
    assertSucceeded(run);
    assert.equal(run.warnings.length, 1, run.log);
    assert.match(run.warnings[0] ?? '', /HTTPS_PROXY is set, but Node 24\.4\.1 .*Node 24\.5/);
    await using current = await pair.run({ 'dynamodb-table-name': table }, { env });
    assert.deepEqual(current.warnings, []);
  });

  test('fails with NETWORK if the proxy rejects the connection', async () => {
    await using pair = await openPair();
    await using proxy = await startConnectProxy(new Map());
    await using run = await pair.run(
      { 'dynamodb-table-name': 'orders' },
      {
        env: {
          HTTPS_PROXY: proxy.url,
          AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.test',
          DYNAMODB_TO_S3_TIME_SCALE: '0.02',
        },
      },
    );
    const { remedy } = await assertFailed(run, pair, 'NETWORK');
    assert.match(remedy, /HTTPS_PROXY/);
    assert.ok(proxy.asked.length > 0);
  });

  slowTest('fails with NETWORK if the certificate of the server is not trusted', async () => {
    await using pair = await openPair();
    await using servers = await startTlsServers(pair.source.endpoint, pair.store.endpoint);
    await using run = await pair.run(
      { 'dynamodb-table-name': 'orders' },
      {
        env: {
          AWS_ENDPOINT_URL_DYNAMODB: `https://localhost:${servers.sourcePort}`,
          DYNAMODB_TO_S3_TIME_SCALE: '0.02',
        },
      },
    );
    await assertFailed(run, pair, 'NETWORK');
    assert.deepEqual(pair.source.requests, []);
  });
});

async function startTlsServers(source: string, store: string) {
  await using stack = new AsyncDisposableStack();
  const { port: sourcePort } = stack.use(await startTls(source, certificate));
  const { port: storePort } = stack.use(await startTls(store, certificate));
  const ports = new Map([
    ['dynamodb.test:443', sourcePort],
    ['store:443', storePort],
  ]);
  const proxy = stack.use(await startConnectProxy(ports));
  const resources = stack.move();
  return { proxy, sourcePort, storePort, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
