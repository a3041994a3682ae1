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
  'from the first response': [],
  'after the connection closed during two responses': ['cut', 'cut'],
  'after a truncated response': ['truncate'],
  'after two corrupted responses': ['flip', 'flip'],
  'after throttling, a lost response and a timeout': [s3Error('SlowDown', 503), 'drop', s3Error('RequestTimeout', 400)],
})) {
  test(`Bucket.get returns an object ${what}`, async () => {
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

/** Reads the key `a` or `b` of a bucket that has only the object `a`. */
async function read(key: 'a' | 'b', fault?: Fault) {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  await store.client.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: CONTENT }));
  store.inject(() => fault);
  return await new Bucket({ client, name }).get(key, new AbortController().signal);
}

test('Bucket.get fails if every response is corrupted', async () => {
  await assert.rejects(read('a', 'cut'), { name: 'CorruptedResponse' });
});

test('Bucket.get returns undefined if the object does not exist', async () => {
  assert.equal(await read('b'), undefined);
});

test('Bucket.get fails if the bucket does not exist', async () => {
  await assert.rejects(read('a', s3Error('NoSuchBucket', 404)), { name: 'NoSuchBucket' });
});

const SIZE = 900_000;

test('Bucket.get does not read an object above the size limit', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  await store.client.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: Buffer.alloc(SIZE) }));
  const readAtMost = async (maxBytes: number) => {
    const object = await new Bucket({ client, name }).get('a', new AbortController().signal, maxBytes);
    return [object?.content.length, object?.etag];
  };
  const etag = (await store.head(name, 'a')).ETag?.replaceAll('"', '');
  assert.deepEqual(await readAtMost(SIZE - 1), [0, etag]);
  assert.deepEqual(await readAtMost(SIZE), [SIZE, etag], 'control: an object at the limit is read');
});
