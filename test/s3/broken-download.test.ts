import '../aws/brief-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bucket } from '../../src/s3/bucket.ts';
import { ObjectDownload } from '../../src/s3/object-download.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';

test('ObjectDownload fails with NETWORK if no byte arrives for the time of retries', async () => {
  await using server = await startScriptedServer(() => (response) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': '100' });
    response.flushHeaders();
    setTimeout(() => response.destroy(), 10);
  });
  using client = clientOfBucket(server.endpoint);
  const bucket = new Bucket({ client, name: 'bucket' });
  const reader = new ObjectDownload(bucket, 'a', new PendingWaits(), new AbortController().signal);
  await assert.rejects(reader.chunks().next(), { code: 'NETWORK' });
  assert.ok(server.requests.length > 3, `${server.requests.length} requests`);
});
