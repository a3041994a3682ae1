import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { copyLayout } from '../../src/manifest/layout.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import { compareWithListing, verifyCounts, verifyNoDifference } from '../../src/scan/verify-scan.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../emulators/faults.ts';
import { openStore } from '../emulators/store.ts';

const KEYS = copyLayout('p', '01791506414432-3f2e5aa4');
const NEVER = new AbortController().signal;
const HASHES = { md5: '', sha256: '' };
const FILES = ['a', 'b'].map((name) => ({ key: KEYS.data + name, size: 3, ...HASHES, itemCount: 1, etag: '' }));

/** Compares the files `a` and `b`, of 3 bytes each, with a bucket that contains these objects and the marker. */
async function compareWithObjects(objects: Readonly<Record<string, string>>) {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  for (const [name, Body] of Object.entries(objects)) {
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: KEYS.data + name, Body }));
  }
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: KEYS.started, Body: '' }));
  const difference = await compareWithListing(new Bucket({ client, name: bucket }), KEYS, FILES, NEVER);
  assert.ok(typeof difference === 'object');
  return difference;
}

test('a copy passes the final check if the listing contains exactly its objects', async () => {
  const difference = await compareWithObjects({ a: '123', b: '123' });
  assert.deepEqual(difference, { missing: [], unexpected: [] });
  verifyNoDifference(difference);
});

const DIFFERENCES = {
  'lacks an object': { objects: { a: '123' }, missing: ['b'], unexpected: [] },
  'contains an object of another size': { objects: { a: '1234', b: '123' }, missing: ['a'], unexpected: [] },
  'contains another object': { objects: { a: '123', b: '123', c: '' }, missing: [], unexpected: ['c'] },
  'contains an object in a subfolder': {
    objects: { a: '123', b: '123', 'more/c': '1' },
    missing: [],
    unexpected: ['more/c'],
  },
} as const;

for (const [what, { objects, missing, unexpected }] of Object.entries(DIFFERENCES)) {
  test(`a copy fails the final check if the listing ${what}`, async () => {
    const difference = await compareWithObjects(objects);
    const names = (keys: readonly string[]) => keys.map((key) => key.slice(KEYS.data.length));
    assert.deepEqual([names(difference.missing), names(difference.unexpected)], [missing, unexpected]);
    assert.throws(() => verifyNoDifference(difference), { code: 'COPY_INCOMPLETE' });
  });
}

test('compareWithListing reads all pages of the listing', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const files = Array.from({ length: 1100 }, (_, i) => ({
    key: `${KEYS.data}${i}`,
    size: 1,
    itemCount: 1,
    ...HASHES,
    etag: '',
  }));
  await Promise.all(
    files.map(({ key }) => store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }))),
  );
  const found = await compareWithListing(new Bucket({ client, name: bucket }), KEYS, files, NEVER);
  assert.deepEqual(found, { missing: [], unexpected: [] });
});

test('compareWithListing skips the listing only if the role is not authorized or the store does not support it', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const compare = () => compareWithListing(new Bucket({ client, name: bucket }), KEYS, FILES, NEVER);
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
  for (const [difference, message] of [
    [{ missing: ['a'], unexpected: [] }, /^1 object of the copy could not be found/],
    [{ missing: ['a', 'b'], unexpected: [] }, /^2 objects of the copy could not be found/],
    [{ missing: [], unexpected: ['a', 'b', 'c'] }, /contains 3 objects not listed in the manifest/],
  ] as const) {
    assert.throws(() => verifyNoDifference(difference), { code: 'COPY_INCOMPLETE', message });
  }
});
