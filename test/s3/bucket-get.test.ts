import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { type Fault, s3Error } from '../emulators/faults.ts';
import { openStore } from '../emulators/store.ts';

const CONTENT = Buffer.from('content of an object '.repeat(500));

for (const [what, faults] of Object.entries<readonly Fault[]>({
  'as it is': [],
  'again where the connection broke in the middle of it': ['cut', 'cut'],
  'again where it ended too early': ['truncate'],
  'again where it arrived damaged': ['flip', 'flip'],
  'again where S3 was busy, or no answer came': [s3Error('SlowDown', 503), 'drop', s3Error('RequestTimeout', 400)],
})) {
  test(`an object is read ${what}`, async () => {
    await using store = await openStore();
    const name = await store.createBucket();
    using client = clientOfBucket(store.endpoint);
    await store.client.send(
      new PutObjectCommand({ Bucket: name, Key: 'a', Body: CONTENT, ChecksumAlgorithm: 'CRC32' }),
    );
    store.inject(({ operation }, nth) => (operation === 'GetObject' ? faults[nth - 1] : undefined));
    const read = await new Bucket({ client, name }).get('a', new AbortController().signal);
    assert.ok(read);
    assert.ok(read.content.equals(CONTENT));
    assert.equal(read.etag, (await store.head(name, 'a')).ETag?.replaceAll('"', ''));
    assert.equal(store.requests.length, faults.length + 1);
  });
}

test('damage that stays is a failure; an object that is not there is none', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const read = (key: string) => new Bucket({ client, name }).get(key, new AbortController().signal);
  await store.client.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: CONTENT }));
  store.inject(() => 'cut');
  await assert.rejects(read('a'), { name: 'DamagedResponse' });
  store.inject();
  assert.equal(await read('b'), undefined);
  store.inject(() => s3Error('NoSuchBucket', 404));
  await assert.rejects(read('a'), { name: 'NoSuchBucket' });
});

const SIZE = 900_000;

test('an object above the size limit is not read', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  await store.client.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: Buffer.alloc(SIZE) }));
  const read = async (maxBytes: number) => {
    const object = await new Bucket({ client, name }).get('a', new AbortController().signal, maxBytes);
    return [object?.content.length, object?.etag];
  };
  const etag = (await store.head(name, 'a')).ETag?.replaceAll('"', '');
  assert.deepEqual(await read(SIZE - 1), [0, etag]);
  assert.deepEqual(await read(SIZE), [SIZE, etag], 'control');
});
