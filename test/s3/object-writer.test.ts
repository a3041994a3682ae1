import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { newPageMemory } from '../../src/format/page-memory.ts';
import { type ContentHash, LocalContentHash } from '../../src/s3/checksums.ts';
import type { ObjectWriter } from '../../src/s3/object-writer.ts';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { ByteThread } from '../../src/scan/byte-thread.ts';
import { type HttpResponse, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { buffersMissing } from './pool.ts';
import { OWNER, openWriterFixture, POOL, type WriterFixture } from './writer-bench.ts';

/** Writes `content` in chunks that do not divide a part evenly. Overwrites the buffer after each chunk. */
async function write(writer: ObjectWriter, content: Buffer): Promise<void> {
  const chunk = Buffer.alloc(1_000_003);
  for (let at = 0; at < content.length; at += chunk.length) {
    const length = content.copy(chunk, 0, at);
    await writer.append(chunk.subarray(0, length));
    chunk.fill(0xee);
  }
}

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function base64Crc(bytes: Buffer): string {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(bytes));
  return crc.toString('base64');
}

function partsOf(content: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(content.length / PART_BYTES) }, (_, i) =>
    content.subarray(i * PART_BYTES, (i + 1) * PART_BYTES),
  );
}

const SMALL = [0, 1, PART_BYTES - 1];
const LARGE = [PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 12_345];

/** Returns the ETag and the checksum of an object that is uploaded in parts. */
function multipartMarks(content: Buffer): { readonly etag: string; readonly crc32: string } {
  const parts = partsOf(content);
  const crcs = parts.map((part) => Buffer.from(base64Crc(part), 'base64'));
  return {
    etag: `${md5(Buffer.concat(parts.map(md5))).toString('hex')}-${parts.length}`,
    crc32: `${base64Crc(Buffer.concat(crcs))}-${parts.length}`,
  };
}

function smallMarks(content: Buffer): { readonly etag: string; readonly crc32: string } {
  return { etag: md5(content).toString('hex'), crc32: base64Crc(content) };
}

/** Stores `content` and asserts that the object and its result have this content and this ETag. */
async function assertStored(
  { store, bucket, buffers, writer }: WriterFixture,
  content: Buffer,
  etag: string,
  hash?: ContentHash,
) {
  const object = writer('data/object', hash && { hash });
  await write(object, content);
  const sealed = await object.seal();
  const stored = await object.complete();
  assert.ok(content.equals(await store.read(bucket, 'data/object')));
  assert.deepEqual(
    { key: stored.key, size: stored.size, md5: sealed.md5, sha256: sealed.sha256, etag: stored.etag },
    { key: 'data/object', size: content.length, md5: md5(content).toString('base64'), sha256: sha256(content), etag },
  );
  assert.equal((await store.list(bucket))[0]?.etag, etag);
  assert.deepEqual(await store.openUploads(bucket), []);
  assert.equal(await buffersMissing(buffers, POOL), 0);
}

/** Asserts the headers that every request has or must not have. */
function assertCommonHeaders({ operation, headers }: S3Request): void {
  assert.equal(headers['x-amz-expected-bucket-owner'], OWNER, operation);
  assert.equal(headers['x-amz-request-payer'], 'requester', operation);
  assert.equal(headers['content-encoding'], undefined, operation);
  assert.equal(headers['x-amz-trailer'], undefined, operation);
}

for (const size of SMALL) {
  test(`an object of ${size} bytes is stored unchanged by one PutObject with its checksum`, async () => {
    await using fixture = await openWriterFixture();
    const content = randomBytes(size);
    await assertStored(fixture, content, smallMarks(content).etag);
    assert.deepEqual(
      fixture.store.requests.map(({ operation, headers }) => [
        operation,
        headers['x-amz-checksum-crc32'],
        headers['x-amz-checksum-algorithm'],
      ]),
      [['PutObject', base64Crc(content), undefined]],
    );
    for (const request of fixture.store.requests) assertCommonHeaders(request);
  });
}

for (const size of LARGE) {
  test(`an object of ${size} bytes is stored unchanged by a multipart upload with checksums`, async () => {
    await using fixture = await openWriterFixture();
    const content = randomBytes(size);
    await assertStored(fixture, content, multipartMarks(content).etag);
    const parts = partsOf(content).map((part, i) => `UploadPart ${i + 1} ${base64Crc(part)}`);
    const requests = fixture.store.requests.map(({ operation, query, headers }) =>
      [operation, query.get('partNumber'), headers['x-amz-checksum-crc32']].filter(Boolean).join(' '),
    );
    assert.deepEqual(requests.toSorted(), ['CompleteMultipartUpload', 'CreateMultipartUpload', ...parts].toSorted());
    for (const request of fixture.store.requests) assertCommonHeaders(request);
    const sent = (name: string) =>
      fixture.store.requests
        .filter(({ headers }) => headers[name])
        .map(({ operation, headers }) => [operation, headers[name]]);
    // S3 rejects parts with a checksum if the upload was created without a checksum algorithm.
    assert.deepEqual(sent('x-amz-checksum-algorithm'), [['CreateMultipartUpload', 'CRC32']]);
    assert.deepEqual(sent('x-amz-mp-object-size'), [['CompleteMultipartUpload', String(size)]]);
  });
}

/** Asserts that seal() returns the ETag and the checksum of an object, which exists only after complete(). */
async function assertSealed(
  fixture: WriterFixture,
  content: Buffer,
  { marks, uploads }: { readonly marks: { readonly etag: string; readonly crc32: string }; readonly uploads: number },
): Promise<void> {
  const { store, bucket, buffers } = fixture;
  const writer = fixture.writer('object');
  await write(writer, content);
  const sealed = await writer.seal();
  const open = await store.openUploads(bucket);
  assert.equal(open.length, uploads);
  assert.equal(sealed.uploadId, writer.uploadId);
  assert.equal(sealed.uploadId, open[0]?.uploadId);
  assert.deepEqual(await store.list(bucket), []);
  assert.equal(sealed.size, content.length);
  assert.equal(sealed.md5, md5(content).toString('base64'));
  assert.equal(sealed.sha256, sha256(content));
  assert.equal(sealed.crc32, marks.crc32);

  const { etag } = await writer.complete();
  assert.deepEqual([etag, sealed.etag], [marks.etag, marks.etag]);
  // Some emulators report no checksum.
  const { ChecksumCRC32 = sealed.crc32 } = await store.head(bucket, 'object');
  assert.equal(ChecksumCRC32, sealed.crc32);
  assert.equal(await buffersMissing(buffers, POOL), 0);
}

for (const size of SMALL) {
  test(`a sealed object of ${size} bytes has its ETag and checksum, and does not exist until it is completed`, async () => {
    await using fixture = await openWriterFixture();
    const content = randomBytes(size);
    await assertSealed(fixture, content, { marks: smallMarks(content), uploads: 0 });
  });
}

for (const size of LARGE) {
  test(`a sealed object of ${size} bytes has its ETag, checksum and upload ID, and does not exist until it is completed`, async () => {
    await using fixture = await openWriterFixture();
    const content = randomBytes(size);
    await assertSealed(fixture, content, { marks: multipartMarks(content), uploads: 1 });
  });
}

for (const [sizes, marks] of [
  [SMALL, smallMarks],
  [LARGE, multipartMarks],
] as const) {
  for (const size of sizes) {
    test(`an object of ${size} bytes is stored unchanged if the byte thread hashes it`, async () => {
      await using fixture = await openWriterFixture();
      await using thread = new ByteThread('JSON');
      thread.start(newPageMemory(), new AbortController().signal);
      while (!thread.hasStarted) await sleep(1);
      const content = randomBytes(size);
      await assertStored(fixture, content, marks(content).etag, thread.newHash());
    });
  }
}

test('an object fails if a part cannot be hashed, and the memory of the part is replaced', async () => {
  await using fixture = await openWriterFixture();
  const lost: ContentHash = {
    append: async ({ buffer }) => {
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
      throw new Error('the thread ended');
    },
    digest: () => ({ md5: Buffer.alloc(16), sha256: '' }),
  };
  for (const size of [1, 2 * PART_BYTES + 1]) {
    const writer = fixture.writer(`data/${size}`, { hash: lost });
    await assert.rejects(
      async () => {
        await write(writer, randomBytes(size));
        await writer.seal();
      },
      { message: 'the thread ended' },
    );
    assert.equal(await writer.abort(), 'nothing left');
  }
  assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  const buffers = await Promise.all(Array.from({ length: POOL }, () => fixture.buffers.take()));
  assert.deepEqual(
    buffers.map(({ length }) => length),
    Array(POOL).fill(PART_BYTES),
  );
});

test('an object that is aborted while its only part is hashed is not stored', async () => {
  await using fixture = await openWriterFixture();
  const local = new LocalContentHash();
  const hashing = Promise.withResolvers<void>();
  const hash: ContentHash = {
    async append(part) {
      await hashing.promise;
      return local.append(part);
    },
    digest: () => local.digest(),
  };
  const writer = fixture.writer('object', { hash });
  await write(writer, randomBytes(10));
  const completed = writer.complete();
  await writer.abort();
  hashing.resolve();
  await assert.rejects(completed, { message: 'aborted' });
  assert.deepEqual(fixture.store.requests, []);
  assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
});

test('objects have Content-MD5 instead of checksums if AWS_REQUEST_CHECKSUM_CALCULATION is WHEN_REQUIRED', async () => {
  process.env['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'WHEN_REQUIRED';
  try {
    await using fixture = await openWriterFixture();
    const content = randomBytes(PART_BYTES + 1);
    for (const [key, bytes] of [
      ['large', content],
      ['small', content.subarray(0, 10)],
    ] as const) {
      const writer = fixture.writer(key);
      await write(writer, bytes);
      await writer.complete();
      assert.ok(bytes.equals(await fixture.store.read(fixture.bucket, key)));
    }
    assert.equal(fixture.store.requests.length, 5);
    for (const { operation, headers } of fixture.store.requests) {
      const sent = Object.keys(headers).filter((name) => /checksum|trailer/.test(name));
      assert.deepEqual(sent, [], operation);
      assert.equal(headers['content-md5'] !== undefined, /^(UploadPart|PutObject)$/.test(operation), operation);
    }
  } finally {
    delete process.env['AWS_REQUEST_CHECKSUM_CALCULATION'];
  }
});

test('object parameters are sent only with the request that creates the object', async () => {
  await using fixture = await openWriterFixture();
  const parameters = { StorageClass: 'GLACIER_IR', ServerSideEncryption: 'AES256', Metadata: { a: 'b' } } as const;
  for (const [key, size] of [
    ['small', 1],
    ['large', PART_BYTES],
  ] as const) {
    const writer = fixture.writer(key, { parameters });
    await write(writer, randomBytes(size));
    await writer.complete();
  }
  const sent = fixture.store.requests.map(({ operation, headers }) => [
    operation,
    headers['x-amz-storage-class'],
    headers['x-amz-server-side-encryption'],
    headers['x-amz-meta-a'],
  ]);
  const none = [undefined, undefined, undefined];
  assert.deepEqual(sent, [
    ['PutObject', 'GLACIER_IR', 'AES256', 'b'],
    ['CreateMultipartUpload', 'GLACIER_IR', 'AES256', 'b'],
    ['UploadPart', ...none],
    ['CompleteMultipartUpload', ...none],
  ]);
});

test('a writer accepts data for the next part while parts are in flight', async () => {
  await using fixture = await openWriterFixture();
  const arrived = Promise.withResolvers<void>();
  const allowed = Promise.withResolvers<void>();
  fixture.store.inject(async ({ operation }) => {
    if (operation === 'UploadPart') {
      arrived.resolve();
      await allowed.promise;
    }
    return undefined;
  });
  const writer = fixture.writer('object');
  const content = randomBytes(2 * PART_BYTES + 1);
  await write(writer, content);
  // All data was accepted although no part has a response.
  await arrived.promise;
  allowed.resolve();
  await writer.complete();
  assert.ok(content.equals(await fixture.store.read(fixture.bucket, 'object')));
});

test('an object of several parts is stored with a pool of one buffer', async () => {
  await using fixture = await openWriterFixture(1);
  const writer = fixture.writer('object');
  const content = randomBytes(2 * PART_BYTES + 1);
  await write(writer, content);
  await writer.complete();
  assert.ok(content.equals(await fixture.store.read(fixture.bucket, 'object')));
  assert.equal(await buffersMissing(fixture.buffers, 1), 0);
});

test('more objects than buffers in the shared pool are all stored', async () => {
  await using fixture = await openWriterFixture();
  const contents = Array.from({ length: POOL + 2 }, () => randomBytes(PART_BYTES + 1_000));
  await Promise.all(
    contents.map(async (content, i) => {
      const writer = fixture.writer(`object-${i}`);
      await write(writer, content);
      await writer.complete();
    }),
  );
  for (const [i, content] of contents.entries()) {
    assert.ok(content.equals(await fixture.store.read(fixture.bucket, `object-${i}`)));
  }
  assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
});

test('a part that fails temporarily is sent again with the same bytes', async () => {
  await using fixture = await openWriterFixture();
  const faults = ['drop', s3Error('SlowDown', 503), 'lose-httpResponse', s3Error('InternalError', 500)] as const;
  fixture.store.inject(({ operation }, nth) => (operation === 'UploadPart' ? faults[nth - 1] : undefined));
  const content = randomBytes(2 * PART_BYTES + 1);
  const writer = fixture.writer('object');
  await write(writer, content);
  await writer.complete();
  assert.ok(content.equals(await fixture.store.read(fixture.bucket, 'object')));
  assert.equal(fixture.store.requests.filter(({ operation }) => operation === 'UploadPart').length, 3 + faults.length);
  assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
});

test('a completion is retried if S3 returns 200 with an error in the body', async () => {
  await using fixture = await openWriterFixture();
  const late = s3Error('InternalError', 200);
  fixture.store.inject(({ operation }, nth) =>
    operation === 'CompleteMultipartUpload' && nth === 1 ? late : undefined,
  );
  const writer = fixture.writer('object');
  const content = randomBytes(PART_BYTES);
  await write(writer, content);
  await writer.complete();
  assert.deepEqual(
    fixture.store.requests.filter(({ operation }) => operation === 'CompleteMultipartUpload').map(({ nth }) => nth),
    [1, 2],
  );
  assert.ok(content.equals(await fixture.store.read(fixture.bucket, 'object')));
});

test('a completion is retried if S3 returns 200 without an ETag', async () => {
  await using fixture = await openWriterFixture();
  const httpResponse = { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from('<Empty/>') };
  fixture.store.inject(({ operation }, nth) => {
    return operation === 'CompleteMultipartUpload' && nth < 3 ? { httpResponse } : undefined;
  });
  const writer = fixture.writer('object');
  const content = randomBytes(PART_BYTES);
  await write(writer, content);
  const { etag } = await writer.complete();
  assert.equal(etag, (await fixture.store.list(fixture.bucket))[0]?.etag);
  const requests = fixture.store.requests.filter(({ operation }) => operation === 'CompleteMultipartUpload');
  assert.equal(requests.length, 3);
});

/** Removes the ETag and the upload ID from a response. */
function withoutIds({ headers: { etag: _, ...headers }, body, ...response }: HttpResponse): HttpResponse {
  return { ...response, headers, body: Buffer.from(body.toString().replace(/<(ETag|UploadId)>.*<\/\1>/, '')) };
}

for (const { operation, missing, size, error } of [
  { operation: 'PutObject', missing: 'ETag', size: 1, error: /object without an ETag/ },
  { operation: 'UploadPart', missing: 'ETag', size: PART_BYTES, error: /part without an ETag/ },
  { operation: 'CreateMultipartUpload', missing: 'upload ID', size: PART_BYTES, error: { name: 'MissingResult' } },
]) {
  test(`an object fails if ${operation} returns no ${missing}`, async () => {
    await using fixture = await openWriterFixture();
    fixture.store.inject((request) => (request.operation === operation ? { rewrite: withoutIds } : undefined));
    const writer = fixture.writer('object');
    await assert.rejects(async () => {
      await write(writer, randomBytes(size));
      await writer.complete();
    }, error);
    await writer.abort();
    assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
  });
}
