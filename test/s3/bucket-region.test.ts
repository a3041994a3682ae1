import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { bucketRegion } from '../../src/s3/head-bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';
import { openStore } from '../emulators/store.ts';

const NEVER = new AbortController().signal;
const REGION = { 'x-amz-bucket-region': 'eu-west-1' };

const RESPONSES = [
  { name: 'a 200 with the Region', reply: { status: 200, headers: REGION }, region: 'eu-west-1' },
  { name: 'a 200 without the Region', reply: { status: 200 }, region: undefined },
  { name: 'a 301 (wrong endpoint) with the Region', reply: { status: 301, headers: REGION }, region: 'eu-west-1' },
  {
    name: 'a 400 (signed for another Region) with the Region',
    reply: { status: 400, headers: REGION },
    region: 'eu-west-1',
  },
  { name: 'a 403 with the Region', reply: { status: 403, headers: REGION }, region: 'eu-west-1' },
  { name: 'a 403 without the Region', reply: { status: 403 }, region: undefined },
];

for (const { name, reply, region } of RESPONSES) {
  test(`bucketRegion returns ${region} for ${name}`, async () => {
    await using server = await startScriptedServer(() => reply);
    using client = clientOfBucket(server.endpoint);
    assert.equal(await bucketRegion(client, 'bucket', NEVER), region);
    assert.deepEqual(
      server.requests.map(({ method, url, headers }) => [method, url, headers['x-amz-expected-bucket-owner']]),
      [['HEAD', '/bucket/', undefined]],
    );
  });
}

test('bucketRegion fails with NotFound if the bucket does not exist', async () => {
  await using store = await openStore();
  using client = clientOfBucket(store.endpoint);
  await assert.rejects(bucketRegion(client, 'no-such-bucket', NEVER), { name: 'NotFound' });
  const bucket = await store.createBucket();
  await bucketRegion(client, bucket, NEVER);
});

test('bucketRegion fails if no response arrives', async () => {
  await using server = await startScriptedServer(() => (response) => response.destroy());
  using client = clientOfBucket(server.endpoint);
  await assert.rejects(bucketRegion(client, 'bucket', NEVER), { code: 'ECONNRESET' });
});
