import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { inParallel } from '../../src/in-parallel.ts';
import { startServers } from '../fixtures/pair.ts';
import { assertVerified, openVerifyPair } from '../fixtures/verify-pair.ts';

await startServers();

const COPIES = 3_000;
const DAYS = 1_000;
const DAY = 86_400_000;

test(`a check of the age takes seconds and lists no data objects of ${COPIES} older copies`, async (t) => {
  await using verifying = await openVerifyPair({ copyInputs: { 's3-key-prefix': 'orders/{date}' } });
  const { pair, table, copyUri, verify } = verifying;
  const { store, bucket } = pair;
  const objects = Array.from({ length: COPIES }, (_, index) => {
    const start = Date.now() - ((index % DAYS) + 1) * DAY - index;
    const id = `${String(start).padStart(14, '0')}-${String(index).padStart(8, '0')}`;
    return `orders/${new Date(start).toISOString().slice(0, 10)}/AWSDynamoDB/${id}`;
  }).flatMap((folder) => ['manifest-summary.json', 'data/a.json.gz'].map((name) => `${folder}/${name}`));
  await inParallel(objects, async (Key) => {
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: '{}' }));
  });
  const before = store.requests.length;
  await using run = await verify({
    ...{ copy: 'latest', 's3-bucket-name': bucket, 's3-key-prefix': 'orders/{date}', 'source-table-name': table },
    ...{ check: 'manifests', 'max-age': 'PT26H' },
  });
  assertVerified(run);
  assert.equal(run.outputs['s3-uri'], copyUri);
  const requests = store.requests.slice(before);
  const listed = requests.flatMap(({ operation, query }) =>
    operation === 'ListObjectsV2' ? (query.get('prefix') ?? '') : [],
  );
  assert.deepEqual(
    listed.filter((prefix) => prefix.endsWith('/data/')),
    [`${copyUri.replace(`s3://${bucket}/`, '')}data/`],
  );
  // One request for each folder of a day, one for each 1,000 folders, and those for the copy itself
  assert.ok(requests.length <= DAYS + 1 + 2 + 20, `${requests.length} requests`);
  t.diagnostic(`${requests.length} requests, ${run.outputs['duration-seconds']} s`);
  assert.ok(Number(run.outputs['duration-seconds']) < 20, run.outputs['duration-seconds']);
});
