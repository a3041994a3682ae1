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
const FILES = ['a', 'b'].map((name) => ({ key: KEYS.data + name, size: 3, itemCount: 1, md5: '', etag: '' }));

const CASES = {
  'is what was written': { there: { a: '123', b: '123' }, missing: [], foreign: [] },
  'lacks an object': { there: { a: '123' }, missing: ['b'], foreign: [] },
  'has an object of another size': { there: { a: '1234', b: '123' }, missing: ['a'], foreign: [] },
  'holds one more': { there: { a: '123', b: '123', c: '' }, missing: [], foreign: ['c'] },
  'holds a folder of somebody': { there: { a: '123', b: '123', 'more/c': '1' }, missing: [], foreign: ['more/c'] },
} as const;

for (const [name, { there, missing, foreign }] of Object.entries(CASES)) {
  test(`a bucket that ${name}`, async () => {
    await using store = await openStore();
    const bucket = await store.createBucket();
    using client = clientOfBucket(store.endpoint);
    for (const [tail, Body] of Object.entries(there)) {
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: KEYS.data + tail, Body }));
    }
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: KEYS.started, Body: '' }));
    const found = await compareWithListing(new Bucket({ client, name: bucket }), KEYS, FILES, NEVER);
    assert.ok(typeof found === 'object');
    const tails = (keys: readonly string[]) => keys.map((key) => key.slice(KEYS.data.length));
    assert.deepEqual([tails(found.missing), tails(found.foreign)], [missing, foreign]);
    if (missing.length + foreign.length === 0) verifyNoDifference(found);
    else assert.throws(() => verifyNoDifference(found), { code: 'COPY_INCOMPLETE' });
  });
}

test('more objects than a page of the list holds', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const files = Array.from({ length: 1100 }, (_, i) => ({
    key: `${KEYS.data}${i}`,
    size: 1,
    itemCount: 1,
    md5: '',
    etag: '',
  }));
  await Promise.all(
    files.map(({ key }) => store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }))),
  );
  const found = await compareWithListing(new Bucket({ client, name: bucket }), KEYS, files, NEVER);
  assert.deepEqual(found, { missing: [], foreign: [] });
});

test('skips the list only if the role is not authorized or the store does not support it', async () => {
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

test('two entries of the manifest with the same object prove nothing', () => {
  const [one = assert.fail(), other = assert.fail()] = FILES;
  const prove = (files: typeof FILES) => {
    const progress = new ScanProgress();
    progress.planSegments(1, 1, 1);
    progress.count({ itemCount: 2 });
    for (const file of files) progress.fileStored(file);
    verifyCounts(progress.figures);
  };
  prove([one, other]);
  assert.throws(() => prove([one, one]), { code: 'COPY_INCOMPLETE', message: /2 entries for 1 distinct keys/ });
});

test('differences between the manifest and the bucket are counted', () => {
  for (const [difference, message] of [
    [{ missing: ['a'], foreign: [] }, /^1 object of the copy could not be found/],
    [{ missing: ['a', 'b'], foreign: [] }, /^2 objects of the copy could not be found/],
    [{ missing: [], foreign: ['a', 'b', 'c'] }, /contains 3 objects not listed in the manifest/],
  ] as const) {
    assert.throws(() => verifyNoDifference(difference), { code: 'COPY_INCOMPLETE', message });
  }
});
