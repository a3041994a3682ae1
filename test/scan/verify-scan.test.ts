import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { copyLayout } from '../../src/manifest/layout.ts';
import type { DataFile } from '../../src/manifest/manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import { compareWithListing, verifyCounts, verifyNoDifference } from '../../src/scan/verify-scan.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../emulators/faults.ts';
import { openStore } from '../emulators/store.ts';

const KEYS = copyLayout('p', '01791506414432-3f2e5aa4');
const NEVER = new AbortController().signal;
const FILES = ['a', 'b'].map((name) => acknowledged(name, '123'));

/** Returns a data object with this content as S3 acknowledged it. */
function acknowledged(name: string, content: string): Required<DataFile> {
  const etag = createHash('md5').update(content).digest('hex');
  return { key: KEYS.data + name, size: content.length, md5: '', sha256: '', itemCount: 1, etag };
}

/** Compares the files `a` and `b`, of 3 bytes each, with a bucket that contains these objects and the marker. */
async function compareWithObjects(objects: Readonly<Record<string, string>>) {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  for (const [name, content] of Object.entries(objects)) {
    const Body = Buffer.from(content);
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: KEYS.data + name, Body }));
  }
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: KEYS.started, Body: Buffer.alloc(0) }));
  const difference = await compareWithListing(new Bucket({ client, name: bucket }), KEYS.data, FILES, NEVER);
  assert.ok(typeof difference === 'object');
  return difference;
}

test('a copy passes the final check if the listing contains exactly its objects', async () => {
  const difference = await compareWithObjects({ a: '123', b: '123' });
  assert.deepEqual([difference.missing, difference.changed, difference.unexpected], [[], [], []]);
  verifyNoDifference(difference, 2);
});

const DIFFERENCES = {
  'lacks an object': { objects: { a: '123' }, missing: ['b'] },
  'contains an object of another size': { objects: { a: '1234', b: '123' }, changed: ['a'] },
  'contains an object of the same size with another ETag': { objects: { a: '124', b: '123' }, changed: ['a'] },
  'contains another object': { objects: { a: '123', b: '123', c: '' }, unexpected: ['c'] },
  'contains an object in a subfolder': { objects: { a: '123', b: '123', 'more/c': '1' }, unexpected: ['more/c'] },
} as const;

for (const [what, { objects, ...expected }] of Object.entries(DIFFERENCES)) {
  test(`a copy fails the final check if the listing ${what}`, async () => {
    const difference = await compareWithObjects(objects);
    const { missing, changed, unexpected } = difference;
    const found = Object.entries({ missing, changed, unexpected }).map(([kind, keys]) => [
      kind,
      keys.map((key) => key.slice(KEYS.data.length)),
    ]);
    assert.deepEqual(Object.fromEntries(found), { missing: [], changed: [], unexpected: [], ...expected });
    assert.throws(() => verifyNoDifference(difference, 2), { code: 'COPY_INCOMPLETE' });
  });
}

test('compareWithListing reads all pages of the listing', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const files = Array.from({ length: 1100 }, (_, i) => acknowledged(`${i}`, 'x'));
  await Promise.all(
    files.map(({ key }) => store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }))),
  );
  const found = await compareWithListing(new Bucket({ client, name: bucket }), KEYS.data, files, NEVER);
  assert.ok(typeof found === 'object');
  assert.equal(found.sizeBytes, 1100);
  verifyNoDifference(found, 1100);
});

test('compareWithListing skips the listing only if the role is not authorized or the store does not support it', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const compare = () => compareWithListing(new Bucket({ client, name: bucket }), KEYS.data, FILES, NEVER);
  for (const [code, status, expected] of [
    ['AccessDenied', 403, 'not authorized'],
    ['NotImplemented', 501, 'not supported'],
    ['MethodNotAllowed', 405, 'not supported'],
  ] as const) {
    store.inject(() => s3Error(code, status));
    assert.equal(await compare(), expected);
  }
  for (const [code, status] of [
    ['NoSuchBucket', 404],
    ['InvalidRequest', 400],
    ['ExpiredToken', 400],
    ['SignatureDoesNotMatch', 403],
    ['InvalidAccessKeyId', 403],
  ] as const) {
    store.inject(() => s3Error(code, status));
    await assert.rejects(compare(), { name: code });
  }
});

test('verifyCounts rejects two manifest entries with the same key', () => {
  const [one = assert.fail(), other = assert.fail()] = FILES;
  const verify = (files: typeof FILES) => {
    const progress = new ScanProgress();
    progress.planSegments(1, 1, 1);
    progress.count({ itemCount: 2 });
    for (const file of files) progress.fileStored(file);
    verifyCounts(progress.figures);
  };
  verify([one, other]);
  assert.throws(() => verify([one, one]), { code: 'COPY_INCOMPLETE', message: /2 entries for 1 distinct keys/ });
});

test('differences between the manifest and the bucket are counted', () => {
  const none = { missing: [], changed: [], unexpected: [] };
  for (const [difference, message, remedy] of [
    [
      { missing: ['a'] },
      /data\/ does not contain exactly the objects of the copy: 1 object is missing \("a"\)\./,
      /deletes/,
    ],
    [{ changed: ['a', 'b'] }, /2 objects were changed \("a", "b"\)\. The manifest lists 3 data objects\.$/, /deletes/],
    [{ unexpected: ['a', 'b', 'c'] }, /3 objects are not in the manifest/, /writes to this folder/],
    [{ missing: ['a'], unexpected: ['b'] }, /1 object is missing .*1 object is not in the manifest/, /deletes/],
  ] as const) {
    const verify = () => verifyNoDifference({ ...none, ...difference }, 3);
    assert.throws(verify, { code: 'COPY_INCOMPLETE', message, remedy });
  }
});
