import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Bucket } from '../../src/s3/bucket.ts';
import { listFolders } from '../../src/s3/listings.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import type { Fault } from '../emulators/faults.ts';
import { openStore } from '../emulators/store.ts';

/** Writes empty objects with these keys and lists the folders under a prefix. */
async function foldersOf(keys: readonly string[], prefix: string, fault?: Fault) {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  await Promise.all(
    keys.map((Key) => store.client.send(new PutObjectCommand({ Bucket: name, Key, Body: Buffer.alloc(0) }))),
  );
  store.inject(() => fault);
  const bucket = new Bucket({ client, name });
  const folders: string[] = [];
  for await (const folder of listFolders(bucket, prefix, AbortSignal.timeout(60_000))) folders.push(folder);
  return { folders: folders.toSorted(), requests: store.requests.length };
}

const KEYS = ['a/b/x', 'a/b/c/y', 'a/bc/z', 'a/c/z', 'a/b', 'b/x', 'top'];

for (const [prefix, folders] of [
  ['', ['a/', 'b/']],
  ['a', ['a/']],
  ['a/', ['a/b/', 'a/bc/', 'a/c/']],
  ['a/b', ['a/b/', 'a/bc/']],
  ['a/b/', ['a/b/c/']],
  ['a/b/c/', []],
  ['none/', []],
] as const) {
  test(`listFolders lists the folders whose keys start with ${JSON.stringify(prefix)}`, async () => {
    assert.deepEqual(await foldersOf(KEYS, prefix), { folders, requests: 1 });
  });
}

test('listFolders reads all pages', async () => {
  const keys = Array.from({ length: 1_100 }, (_, i) => `p/${i}/x`);
  const { folders, requests } = await foldersOf(keys, 'p/');
  assert.equal(folders.length, 1_100);
  assert.equal(requests, 2);
});

test('listFolders lists no folders in folders, even if a store returns them', async () => {
  const prefixes = ['a/b/', 'a/b/c/', 'x/', 'a/d'].map(
    (one) => `<CommonPrefixes><Prefix>${one}</Prefix></CommonPrefixes>`,
  );
  const body = `<ListBucketResult><Name>b</Name><KeyCount>4</KeyCount><IsTruncated>false</IsTruncated>${prefixes.join('')}</ListBucketResult>`;
  const { folders } = await foldersOf([], 'a/', {
    httpResponse: { status: 200, headers: {}, body: Buffer.from(body) },
  });
  assert.deepEqual(folders, ['a/b/']);
});
