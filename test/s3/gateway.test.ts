import { crc32 } from 'node:zlib';
import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { Bucket, type BucketOptions } from '../../src/s3/bucket.ts';
import { listFolders } from '../../src/s3/listings.ts';
import { MultipartUpload } from '../../src/s3/multipart-upload.ts';
import { abortUpload, abortUploadsOf, listUploads } from '../../src/s3/open-uploads.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../emulators/faults.ts';
import { openStore, type Store } from '../emulators/store.ts';

const NEVER = new AbortController().signal;

/** A small object to write. */
const K = { key: 'k', body: Buffer.from('x'), parameters: {} };

/** Only these files are allowed to use more of the client package than its types and enumerations. */
const GATEWAY: Readonly<Record<string, readonly string[] | 'all'>> = {
  'src/aws/clients.ts': ['S3Client'],
  'src/s3/bucket.ts': 'all',
  'src/s3/head-bucket.ts': ['HeadBucketCommand'],
  'src/s3/listings.ts': ['ListObjectsV2Command'],
  'src/s3/multipart-upload.ts': 'all',
  'src/s3/object-download.ts': ['GetObjectCommand'],
  'src/s3/open-uploads.ts': ['AbortMultipartUploadCommand', 'ListMultipartUploadsCommand'],
};

test('only Bucket and MultipartUpload send requests to S3', () => {
  const files = globSync('src/**/*.ts').toSorted();
  const violations = files.flatMap((file) => {
    const allowed = GATEWAY[file] ?? [];
    if (allowed === 'all') return [];
    return valuesUsed(readFileSync(file, 'utf8'))
      .filter((name) => !allowed.includes(name))
      .map((name) => `${file}: ${name}`);
  });
  assert.deepEqual(violations, []);
  assert.ok(files.length > 100);
});

test('valuesUsed finds names of requests in imports', () => {
  const imports = [
    "import { type S3Client, GetObjectCommand, StorageClass as Class } from '@aws-sdk/client-s3';",
    "import type { PutObjectCommand } from '@aws-sdk/client-s3';",
    "import {\n  paginateListObjectsV2 as pages,\n} from '@aws-sdk/client-s3';",
    "const s3 = await import('@aws-sdk/client-s3');",
    "import * as all from '@aws-sdk/client-s3';",
  ].join('\n');
  assert.deepEqual(valuesUsed(imports), [
    'GetObjectCommand',
    'paginateListObjectsV2',
    "import('@aws-sdk/client-s3",
    "* as all from '@aws-sdk/client-s3",
  ]);
});

const FUNCTIONS = new Set(Object.entries(s3).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])));

/** Returns imports of all names, and imported names that are neither types nor enumerations. */
function valuesUsed(source: string): string[] {
  const mentions = [
    ...source.matchAll(/import\('@aws-sdk\/client-s3|(type )?(?:\{([^}]*)\}|\* as \w+) from '@aws-sdk\/client-s3/g),
  ];
  return mentions.flatMap(([all, isType, names]) => {
    if (isType !== undefined) return [];
    if (names === undefined) return [all];
    return names
      .split(',')
      .map((name) => name.trim().replace(/ as .*/, ''))
      .filter((name) => name !== '' && !name.startsWith('type ') && FUNCTIONS.has(name));
  });
}

test('Bucket sends the expected bucket owner and the request payer with every request', async () => {
  await using fixture = await open({ owner: '123456789012', payer: 'requester' });
  const { bucket, store } = fixture;
  const { etag } = await bucket.put(K, NEVER);
  await bucket.get('k', NEVER);
  await bucket.head('k', NEVER);
  for await (const _ of bucket.list('', NEVER));
  for await (const _ of listFolders(bucket, '', NEVER));
  for await (const _ of listUploads(bucket, '', NEVER));
  await abortUpload(bucket, { key: 'k', uploadId: 'none' }, NEVER);
  await abortUploadsOf(bucket, 'k', NEVER);
  await bucket.deleteUnchanged('k', etag, NEVER);
  await bucket.delete(['k'], NEVER);
  assert.deepEqual(
    store.requests.map(({ operation }) => operation),
    [
      ...['PutObject', 'GetObject', 'HeadObject', 'ListObjectsV2', 'ListObjectsV2'],
      ...['ListMultipartUploads', 'AbortMultipartUpload', 'ListMultipartUploads', 'DeleteObject', 'DeleteObjects'],
    ],
  );
  for (const { headers, operation } of store.requests) {
    assert.equal(headers['x-amz-expected-bucket-owner'], '123456789012', operation);
    assert.equal(headers['x-amz-request-payer'], 'requester', operation);
  }
});

test('Bucket runs the beforeEachAttempt of a put before each attempt', async () => {
  await using fixture = await open();
  fixture.store.inject((_, nth) => (nth === 1 ? s3Error('SlowDown', 503) : undefined));
  const sentBefore: number[] = [];
  await fixture.bucket.put(
    {
      ...K,
      beforeEachAttempt: async () => {
        sentBefore.push(fixture.store.requests.length);
      },
    },
    NEVER,
  );
  assert.deepEqual(sentBefore, [0, 1]);
  assert.equal(fixture.store.requests.length, 2);
});

test('Bucket does not retry a put whose beforeEachAttempt fails', async () => {
  await using fixture = await open();
  fixture.store.inject((_, nth) => (nth === 1 ? s3Error('SlowDown', 503) : undefined));
  const put = fixture.bucket.put(
    {
      ...K,
      beforeEachAttempt: async () => {
        if (fixture.store.requests.length > 0) throw new RangeError('no longer wanted');
      },
    },
    NEVER,
  );
  await assert.rejects(put, { name: 'RangeError', message: 'no longer wanted' });
  assert.equal(fixture.store.requests.length, 1);
});

test('Bucket sends no write and no retry of a write if beforeWrite fails, but still aborts uploads', async () => {
  let stopped = false;
  const beforeWrite = () => {
    if (stopped) throw new RangeError('stopped');
  };
  await using fixture = await open({ beforeWrite });
  const { bucket, store } = fixture;
  const upload = new MultipartUpload(bucket, 'upload', {}, NEVER);
  await upload.create();
  await upload.send({ body: Buffer.from('part'), crc: crc32('part') });
  store.inject(({ operation }) => {
    if (operation === 'AbortMultipartUpload') return undefined;
    stopped = true;
    return s3Error('SlowDown', 503);
  });
  const sealed = { key: 'upload', size: 4, md5: '', sha256: '', ...(await upload.seal()) };
  const before = store.requests.length;
  await assert.rejects(upload.complete(sealed), { message: 'stopped' });
  assert.equal(store.requests.length, before + 1);
  await assert.rejects(upload.send({ body: Buffer.from('part'), crc: crc32('part') }), { message: 'stopped' });
  await assert.rejects(bucket.put(K, NEVER), { message: 'stopped' });
  await assert.rejects(new MultipartUpload(bucket, 'another', {}, NEVER).create(), { message: 'stopped' });
  assert.equal(store.requests.length, before + 1);
  assert.equal(await upload.abort(), 'nothing left');
  assert.deepEqual(await store.openUploads(fixture.name), []);
});

test('Bucket replaces and deletes only the version with the given ETag', async () => {
  await using fixture = await open();
  const { bucket, store } = fixture;
  const put = (text: string, replaces: 'none' | { etag: string }) =>
    bucket.put({ ...K, body: Buffer.from(text), replaces }, NEVER);
  const first = await put('1', 'none');
  await assert.rejects(put('2', 'none'), { name: 'PreconditionFailed' });
  const second = await put('2', first);
  await assert.rejects(put('3', first), { name: 'PreconditionFailed' });
  assert.equal(await bucket.deleteUnchanged('k', first.etag, NEVER), 'changed');
  assert.equal((await store.read(fixture.name, 'k')).toString(), '2');
  assert.equal(await bucket.deleteUnchanged('k', second.etag, NEVER), 'deleted');
  assert.deepEqual(await store.list(fixture.name), []);
});

test('Bucket recognizes its own object if a conditional write fails after a lost response', async () => {
  await using fixture = await open();
  const { bucket, store } = fixture;
  const first = await bucket.put({ ...K, body: Buffer.from('1') }, NEVER);
  store.inject(({ operation }, nth) => (operation === 'PutObject' && nth === 2 ? 'lose-httpResponse' : undefined));
  const second = await bucket.put({ ...K, body: Buffer.from('2'), replaces: first }, NEVER);
  assert.deepEqual(
    store.requests.slice(1).map(({ operation, status }) => [operation, status]),
    [
      ['PutObject', undefined],
      ['PutObject', 412],
      ['HeadObject', 200],
    ],
  );
  assert.equal(second.etag, (await store.list(fixture.name))[0]?.etag);
  store.inject(({ operation }, nth) => (operation === 'PutObject' && nth === 4 ? 'drop' : undefined));
  await assert.rejects(bucket.put({ ...K, body: Buffer.from('3'), replaces: first }, NEVER), {
    name: 'PreconditionFailed',
  });
});

test('Bucket returns when an object was written and read according to the clock of S3', async () => {
  await using fixture = await open();
  await fixture.bucket.put(K, NEVER);
  fixture.store.inject(() => ({
    rewriteHead: (response) => ({
      ...response,
      headers: {
        ...response.headers,
        'last-modified': 'Tue, 03 Mar 2026 10:00:00 GMT',
        date: 'Tue, 03 Mar 2026 10:16:00 GMT',
      },
    }),
  }));
  const read = await fixture.bucket.get('k', NEVER);
  assert.equal(read?.lastModified?.toISOString(), '2026-03-03T10:00:00.000Z');
  assert.equal(read?.servedAt?.toISOString(), '2026-03-03T10:16:00.000Z');
});

for (const [what, next] of [
  ['without a continuation token', ''],
  ['with a repeated continuation token', '<NextContinuationToken>t</NextContinuationToken>'],
] as const) {
  test(`Bucket fails on a truncated list ${what}`, async () => {
    await using fixture = await open();
    const body = `<ListBucketResult><IsTruncated>true</IsTruncated>${next}<Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>`;
    const httpResponse = { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
    fixture.store.inject(() => ({ httpResponse }));
    const listAll = async () => {
      for await (const _ of fixture.bucket.list('', NEVER));
    };
    await assert.rejects(listAll(), /truncated list that does not continue/);
    assert.ok(fixture.store.requests.length <= 2);
  });
}

interface Fixture extends AsyncDisposable {
  readonly store: Store;
  readonly name: string;
  readonly bucket: Bucket;
}

async function open(options: Omit<BucketOptions, 'client' | 'name'> = {}): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const bucket = new Bucket({ client: stack.use(clientOfBucket(store.endpoint)), name, ...options });
  const resources = stack.move();
  return { store, name, bucket, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
