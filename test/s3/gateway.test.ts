import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { Bucket, type BucketOptions } from '../../src/s3/bucket.ts';
import { MultipartUpload } from '../../src/s3/multipart-upload.ts';
import { abortUpload, abortUploadsOf, listUploads } from '../../src/s3/open-uploads.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../emulators/faults.ts';
import { openStore, type Store } from '../emulators/store.ts';

const NEVER = new AbortController().signal;

/** A small object to write. */
const K = { key: 'k', body: Buffer.from('x'), parameters: {} };

/** The only files that may use more of the client package than its types and enumerations. */
const GATEWAY: Readonly<Record<string, readonly string[] | 'all'>> = {
  'src/aws/clients.ts': ['S3Client'],
  'src/s3/bucket.ts': 'all',
  'src/s3/head-bucket.ts': ['HeadBucketCommand'],
  'src/s3/multipart-upload.ts': 'all',
  'src/s3/open-uploads.ts': ['AbortMultipartUploadCommand', 'ListMultipartUploadsCommand'],
};

test('only Bucket and MultipartUpload name requests to S3', () => {
  const files = globSync('src/**/*.ts').toSorted();
  const beyond = files.flatMap((file) => {
    const allowed = GATEWAY[file] ?? [];
    if (allowed === 'all') return [];
    return valuesUsed(readFileSync(file, 'utf8'))
      .filter((name) => !allowed.includes(name))
      .map((name) => `${file}: ${name}`);
  });
  assert.deepEqual(beyond, []);
  assert.ok(files.length > 100);
});

test('finds the names of requests in imports', () => {
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

/** Returns the names imported from the client package that are neither types nor enumerations, and imports of all names. */
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

test('sends the expected owner and the payer with every request', async () => {
  await using bench = await open({ owner: '123456789012', payer: 'requester' });
  const { bucket, store } = bench;
  const { etag } = await bucket.put(K, NEVER);
  await bucket.get('k', NEVER);
  await bucket.head('k', NEVER);
  for await (const _ of bucket.list('', NEVER));
  for await (const _ of listUploads(bucket, '', NEVER));
  await abortUpload(bucket, { key: 'k', uploadId: 'none' }, NEVER);
  await abortUploadsOf(bucket, 'k', NEVER);
  await bucket.deleteUnchanged('k', etag, NEVER);
  await bucket.delete(['k'], NEVER);
  assert.deepEqual(
    store.requests.map(({ operation }) => operation),
    [
      ...['PutObject', 'GetObject', 'HeadObject', 'ListObjectsV2', 'ListMultipartUploads', 'AbortMultipartUpload'],
      ...['ListMultipartUploads', 'DeleteObject', 'DeleteObjects'],
    ],
  );
  for (const { headers, operation } of store.requests) {
    assert.equal(headers['x-amz-expected-bucket-owner'], '123456789012', operation);
    assert.equal(headers['x-amz-request-payer'], 'requester', operation);
  }
});

test('runs the check of a put before each attempt, once it is signed', async () => {
  await using bench = await open();
  bench.store.inject((_, nth) => (nth === 1 ? s3Error('SlowDown', 503) : undefined));
  const sentBefore: number[] = [];
  await bench.bucket.put(
    {
      ...K,
      beforeEachAttempt: async () => {
        sentBefore.push(bench.store.requests.length);
      },
    },
    NEVER,
  );
  assert.deepEqual(sentBefore, [0, 1]);
  assert.equal(bench.store.requests.length, 2);
});

test('does not send a put whose check fails', async () => {
  await using bench = await open();
  bench.store.inject((_, nth) => (nth === 1 ? s3Error('SlowDown', 503) : undefined));
  const put = bench.bucket.put(
    {
      ...K,
      beforeEachAttempt: async () => {
        if (bench.store.requests.length > 0) throw new RangeError('no longer wanted');
      },
    },
    NEVER,
  );
  await assert.rejects(put, { name: 'RangeError', message: 'no longer wanted' });
  assert.equal(bench.store.requests.length, 1);
});

test('sends no write, and no retry of one, that is to be stopped; an abort is sent', async () => {
  let stopped = false;
  const beforeWrite = () => {
    if (stopped) throw new RangeError('stopped');
  };
  await using bench = await open({ beforeWrite });
  const { bucket, store } = bench;
  const upload = new MultipartUpload(bucket, 'upload', {}, NEVER);
  await upload.create();
  await upload.send(Buffer.from('part'));
  store.inject(({ operation }) => {
    if (operation === 'AbortMultipartUpload') return undefined;
    stopped = true;
    return s3Error('SlowDown', 503);
  });
  const sealed = { key: 'upload', size: 4, md5: '', ...(await upload.seal()) };
  const before = store.requests.length;
  await assert.rejects(upload.complete(sealed), { message: 'stopped' });
  assert.equal(store.requests.length, before + 1);
  await assert.rejects(upload.send(Buffer.from('part')), { message: 'stopped' });
  await assert.rejects(bucket.put(K, NEVER), { message: 'stopped' });
  await assert.rejects(new MultipartUpload(bucket, 'another', {}, NEVER).create(), { message: 'stopped' });
  assert.equal(store.requests.length, before + 1);
  assert.equal(await upload.abort(), 'nothing left');
  assert.deepEqual(await store.openUploads(bench.name), []);
});

test('replaces and deletes only the version that it names', async () => {
  await using bench = await open();
  const { bucket, store } = bench;
  const put = (text: string, replaces: 'none' | { etag: string }) =>
    bucket.put({ ...K, body: Buffer.from(text), replaces }, NEVER);
  const first = await put('1', 'none');
  await assert.rejects(put('2', 'none'), { name: 'PreconditionFailed' });
  const second = await put('2', first);
  await assert.rejects(put('3', first), { name: 'PreconditionFailed' });
  assert.equal(await bucket.deleteUnchanged('k', first.etag, NEVER), 'changed');
  assert.equal((await store.read(bench.name, 'k')).toString(), '2');
  assert.equal(await bucket.deleteUnchanged('k', second.etag, NEVER), 'deleted');
  assert.deepEqual(await store.list(bench.name), []);
});

test('recognizes its own object if a conditional write is refused after a lost response', async () => {
  await using bench = await open();
  const { bucket, store } = bench;
  const first = await bucket.put({ ...K, body: Buffer.from('1') }, NEVER);
  store.inject(({ operation }, nth) => (operation === 'PutObject' && nth === 2 ? 'lose-answer' : undefined));
  const second = await bucket.put({ ...K, body: Buffer.from('2'), replaces: first }, NEVER);
  assert.deepEqual(
    store.requests.slice(1).map(({ operation, status }) => [operation, status]),
    [
      ['PutObject', undefined],
      ['PutObject', 412],
      ['HeadObject', 200],
    ],
  );
  assert.equal(second.etag, (await store.list(bench.name))[0]?.etag);
  store.inject(({ operation }, nth) => (operation === 'PutObject' && nth === 4 ? 'drop' : undefined));
  await assert.rejects(bucket.put({ ...K, body: Buffer.from('3'), replaces: first }, NEVER), {
    name: 'PreconditionFailed',
  });
});

test('reports when an object was written and read, by the clock of S3', async () => {
  await using bench = await open();
  await bench.bucket.put(K, NEVER);
  bench.store.inject(() => ({
    rewriteHead: (answer) => ({
      ...answer,
      headers: {
        ...answer.headers,
        'last-modified': 'Tue, 03 Mar 2026 10:00:00 GMT',
        date: 'Tue, 03 Mar 2026 10:16:00 GMT',
      },
    }),
  }));
  const read = await bench.bucket.get('k', NEVER);
  assert.equal(read?.lastModified?.toISOString(), '2026-03-03T10:00:00.000Z');
  assert.equal(read?.servedAt?.toISOString(), '2026-03-03T10:16:00.000Z');
});

for (const [what, next] of [
  ['has no continuation token', ''],
  ['continues where it began', '<NextContinuationToken>t</NextContinuationToken>'],
] as const) {
  test(`fails on a truncated list that ${what}`, async () => {
    await using bench = await open();
    const body = `<ListBucketResult><IsTruncated>true</IsTruncated>${next}<Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>`;
    const answer = { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
    bench.store.inject(() => ({ answer }));
    const listAll = async () => {
      for await (const _ of bench.bucket.list('', NEVER));
    };
    await assert.rejects(listAll(), /truncated list that does not continue/);
    assert.ok(bench.store.requests.length <= 2);
  });
}

interface Bench extends AsyncDisposable {
  readonly store: Store;
  readonly name: string;
  readonly bucket: Bucket;
}

async function open(options: Omit<BucketOptions, 'client' | 'name'> = {}): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const bucket = new Bucket({ client: stack.use(clientOfBucket(store.endpoint)), name, ...options });
  const resources = stack.move();
  return { store, name, bucket, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
