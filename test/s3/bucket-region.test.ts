import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucketRegion } from '../../src/s3/head-bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';
import { openStore } from '../emulators/store.ts';

const NEVER = new AbortController().signal;
const TOLD = { 'x-amz-bucket-region': 'eu-west-1' };

const ANSWERS = [
  { name: 'a bucket that may be listed', reply: { status: 200, headers: TOLD }, region: 'eu-west-1' },
  { name: 'a store that does not tell', reply: { status: 200 }, region: undefined },
  { name: 'asked in the wrong region', reply: { status: 301, headers: TOLD }, region: 'eu-west-1' },
  { name: 'asked in the wrong region, signed for it', reply: { status: 400, headers: TOLD }, region: 'eu-west-1' },
  { name: 'a bucket that may not be listed', reply: { status: 403, headers: TOLD }, region: 'eu-west-1' },
  { name: 'refused by a store that does not tell', reply: { status: 403 }, region: undefined },
];

for (const { name, reply, region } of ANSWERS) {
  test(`${name}: ${region ?? 'not known'}`, async () => {
    await using server = await startScriptedServer(() => reply);
    using client = clientOfBucket(server.endpoint);
    assert.equal(await bucketRegion(client, 'bucket', NEVER), region);
    assert.deepEqual(
      server.requests.map(({ method, url, headers }) => [method, url, headers['x-amz-expected-bucket-owner']]),
      [['HEAD', '/bucket/', undefined]],
    );
  });
}

test('a bucket that is not there', async () => {
  await using store = await openStore();
  using client = clientOfBucket(store.endpoint);
  await assert.rejects(bucketRegion(client, 'no-such-bucket', NEVER), { name: 'NotFound' });
  const bucket = await store.createBucket();
  await bucketRegion(client, bucket, NEVER);
});

test('no answer is no region', async () => {
  await using server = await startScriptedServer(() => (response) => response.destroy());
  using client = clientOfBucket(server.endpoint);
  await assert.rejects(bucketRegion(client, 'bucket', NEVER), { code: 'ECONNRESET' });
});
