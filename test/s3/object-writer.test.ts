import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import type { ObjectWriter } from '../../src/s3/object-writer.ts';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { s3Error } from '../emulators/faults.ts';
import { buffersMissing } from './pool.ts';
import { OWNER, openWriterBench, POOL } from './writer-bench.ts';

/** Writes `content` in chunks that fit no part, reusing one buffer for them all. */
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

function base64Crc(bytes: Buffer): string {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(bytes));
  return crc.toString('base64');
}

const SIZES = [
  { size: 0, parts: 0 },
  { size: 1, parts: 0 },
  { size: PART_BYTES - 1, parts: 0 },
  { size: PART_BYTES, parts: 1 },
  { size: PART_BYTES + 1, parts: 2 },
  { size: 3 * PART_BYTES + 12_345, parts: 4 },
];

for (const { size, parts } of SIZES) {
  test(`${size} bytes are stored as they came, ${parts ? `in ${parts} parts` : 'by one PutObject'}`, async () => {
    await using bench = await openWriterBench();
    const { store, bucket, buffers } = bench;
    const content = randomBytes(size);
    const writer = bench.writer('data/object');
    await write(writer, content);
    const sealed = await writer.seal();
    const stored = await writer.complete();

    assert.ok(content.equals(await store.read(bucket, 'data/object')));
    const [listed] = await store.list(bucket);
    assert.deepEqual(
      { key: stored.key, size: stored.size, md5: sealed.md5, etag: stored.etag },
      { key: 'data/object', size, md5: md5(content).toString('base64'), etag: listed?.etag },
    );
    const partsOf = (of: Buffer) =>
      Array.from({ length: parts }, (_, i) => of.subarray(i * PART_BYTES, (i + 1) * PART_BYTES));
    const expectedEtag = parts
      ? `${md5(Buffer.concat(partsOf(content).map(md5))).toString('hex')}-${parts}`
      : md5(content).toString('hex');
    assert.equal(stored.etag, expectedEtag);

    const operations = store.requests.map((request) => request.operation).sort();
    assert.deepEqual(
      operations,
      parts
        ? ['CompleteMultipartUpload', 'CreateMultipartUpload', ...Array.from({ length: parts }, () => 'UploadPart')]
        : ['PutObject'],
    );
    assert.deepEqual(await store.openUploads(bucket), []);
    assert.equal(await buffersMissing(buffers, POOL), 0);

    for (const { operation, headers, query } of store.requests) {
      assert.equal(headers['x-amz-expected-bucket-owner'], OWNER, operation);
      assert.equal(headers['x-amz-request-payer'], 'requester', operation);
      const number = Number(query.get('partNumber'));
      const body = operation === 'PutObject' ? content : partsOf(content)[number - 1];
      assert.equal(headers['x-amz-checksum-crc32'], body && base64Crc(body), operation);
      // S3 refuses parts with a checksum in an upload that was not made for one.
      assert.equal(headers['x-amz-checksum-algorithm'], operation === 'CreateMultipartUpload' ? 'CRC32' : undefined);
      assert.equal(headers['content-encoding'], undefined, operation);
      assert.equal(headers['x-amz-trailer'], undefined, operation);
      if (operation === 'CompleteMultipartUpload') assert.equal(headers['x-amz-mp-object-size'], String(size));
    }
  });
}

test('a sealed object is known, and not there, until it is completed', async () => {
  await using bench = await openWriterBench();
  for (const { size, parts } of SIZES) {
    const key = `object-${size}`;
    const content = randomBytes(size);
    const writer = bench.writer(key);
    await write(writer, content);
    const sealed = await writer.seal();
    const open = await bench.store.openUploads(bench.bucket);
    assert.equal(sealed.uploadId, writer.uploadId);
    assert.equal(sealed.uploadId, open[0]?.uploadId);
    assert.equal(open.length, parts > 0 ? 1 : 0);
    assert.ok(!(await bench.store.list(bench.bucket)).some((object) => object.key === key));
    assert.equal(sealed.size, size);
    assert.equal(sealed.md5, md5(content).toString('base64'));
    const crcOf = (part: Buffer) => Buffer.from(base64Crc(part), 'base64');
    const partsOf = Array.from({ length: parts }, (_, i) => content.subarray(i * PART_BYTES, (i + 1) * PART_BYTES));
    assert.equal(sealed.crc32, parts ? `${base64Crc(Buffer.concat(partsOf.map(crcOf)))}-${parts}` : base64Crc(content));

    const { etag } = await writer.complete();
    assert.equal(etag, sealed.etag);
    const head = await bench.store.head(bench.bucket, key);
    if (head.ChecksumCRC32 !== undefined) assert.equal(head.ChecksumCRC32, sealed.crc32);
  }
  assert.equal(await buffersMissing(bench.buffers, POOL), 0);
});

test('Content-MD5 instead of checksums where the environment says WHEN_REQUIRED', async () => {
  process.env['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'WHEN_REQUIRED';
  try {
    await using bench = await openWriterBench();
    const content = randomBytes(PART_BYTES + 1);
    for (const [key, bytes] of [
      ['large', content],
      ['small', content.subarray(0, 10)],
    ] as const) {
      const writer = bench.writer(key);
      await write(writer, bytes);
      await writer.complete();
      assert.ok(bytes.equals(await bench.store.read(bench.bucket, key)));
    }
    assert.equal(bench.store.requests.length, 5);
    for (const { operation, headers } of bench.store.requests) {
      const sent = Object.keys(headers).filter((name) => /checksum|trailer/.test(name));
      assert.deepEqual(sent, [], operation);
      assert.equal(headers['content-md5'] !== undefined, /^(UploadPart|PutObject)$/.test(operation), operation);
    }
  } finally {
    delete process.env['AWS_REQUEST_CHECKSUM_CALCULATION'];
  }
});

test('the parameters of the object go with the call that makes it, and no other', async () => {
  await using bench = await openWriterBench();
  const parameters = { StorageClass: 'GLACIER_IR', ServerSideEncryption: 'AES256', Metadata: { a: 'b' } } as const;
  for (const [key, size] of [
    ['small', 1],
    ['large', PART_BYTES],
  ] as const) {
    const writer = bench.writer(key, { parameters });
    await write(writer, randomBytes(size));
    await writer.complete();
  }
  const told = bench.store.requests.map(({ operation, headers }) => [
    operation,
    headers['x-amz-storage-class'],
    headers['x-amz-server-side-encryption'],
    headers['x-amz-meta-a'],
  ]);
  const none = [undefined, undefined, undefined];
  assert.deepEqual(told, [
    ['PutObject', 'GLACIER_IR', 'AES256', 'b'],
    ['CreateMultipartUpload', 'GLACIER_IR', 'AES256', 'b'],
    ['UploadPart', ...none],
    ['CompleteMultipartUpload', ...none],
  ]);
});

test('parts are on their way while the next one fills', async () => {
  await using bench = await openWriterBench();
  const arrived = Promise.withResolvers<void>();
  const may = Promise.withResolvers<void>();
  bench.store.inject(async ({ operation }) => {
    if (operation === 'UploadPart') {
      arrived.resolve();
      await may.promise;
    }
    return undefined;
  });
  const writer = bench.writer('object');
  const content = randomBytes(2 * PART_BYTES + 1);
  await write(writer, content);
  // Everything was taken in although no part has been answered.
  await arrived.promise;
  may.resolve();
  await writer.complete();
  assert.ok(content.equals(await bench.store.read(bench.bucket, 'object')));
});

test('one buffer is enough for any object: its parts then go one after the other', async () => {
  await using bench = await openWriterBench(1);
  const writer = bench.writer('object');
  const content = randomBytes(2 * PART_BYTES + 1);
  await write(writer, content);
  await writer.complete();
  assert.ok(content.equals(await bench.store.read(bench.bucket, 'object')));
  assert.equal(await buffersMissing(bench.buffers, 1), 0);
});

test('objects that share a pool wait for each other and all come about', async () => {
  await using bench = await openWriterBench();
  const contents = Array.from({ length: POOL + 2 }, () => randomBytes(PART_BYTES + 1_000));
  await Promise.all(
    contents.map(async (content, i) => {
      const writer = bench.writer(`object-${i}`);
      await write(writer, content);
      await writer.complete();
    }),
  );
  for (const [i, content] of contents.entries()) {
    assert.ok(content.equals(await bench.store.read(bench.bucket, `object-${i}`)));
  }
  assert.equal(await buffersMissing(bench.buffers, POOL), 0);
});

test('a part that fails for a while is sent again, with the same bytes', async () => {
  await using bench = await openWriterBench();
  const faults = ['drop', s3Error('SlowDown', 503), 'lose-answer', s3Error('InternalError', 500)] as const;
  bench.store.inject(({ operation }, nth) => (operation === 'UploadPart' ? faults[nth - 1] : undefined));
  const content = randomBytes(2 * PART_BYTES + 1);
  const writer = bench.writer('object');
  await write(writer, content);
  await writer.complete();
  assert.ok(content.equals(await bench.store.read(bench.bucket, 'object')));
  assert.equal(bench.store.requests.filter(({ operation }) => operation === 'UploadPart').length, 3 + faults.length);
  assert.equal(await buffersMissing(bench.buffers, POOL), 0);
});

test('a completion that S3 answers with 200 and an error in the body is no success and is tried again', async () => {
  await using bench = await openWriterBench();
  const late = s3Error('InternalError', 200);
  bench.store.inject(({ operation }, nth) => (operation === 'CompleteMultipartUpload' && nth === 1 ? late : undefined));
  const writer = bench.writer('object');
  const content = randomBytes(PART_BYTES);
  await write(writer, content);
  await writer.complete();
  assert.deepEqual(
    bench.store.requests.filter(({ operation }) => operation === 'CompleteMultipartUpload').map(({ nth }) => nth),
    [1, 2],
  );
  assert.ok(content.equals(await bench.store.read(bench.bucket, 'object')));
});

test('completes an object again if S3 returns 200 without its ETag', async () => {
  await using bench = await openWriterBench();
  const answer = { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from('<Empty/>') };
  bench.store.inject(({ operation }, nth) => {
    return operation === 'CompleteMultipartUpload' && nth < 3 ? { answer } : undefined;
  });
  const writer = bench.writer('object');
  const content = randomBytes(PART_BYTES);
  await write(writer, content);
  const { etag } = await writer.complete();
  assert.equal(etag, (await bench.store.list(bench.bucket))[0]?.etag);
  const requests = bench.store.requests.filter(({ operation }) => operation === 'CompleteMultipartUpload');
  assert.equal(requests.length, 3);
});

test('an answer without what the manifest needs is an error', async (t) => {
  const without = (pattern: RegExp) => ({
    rewrite: (answer: {
      status: number;
      headers: Readonly<Record<string, string | readonly string[]>>;
      body: Buffer;
    }) => {
      const { etag: _, ...headers } = answer.headers;
      return { ...answer, headers, body: Buffer.from(answer.body.toString().replace(pattern, '')) };
    },
  });
  const cases = [
    { operation: 'PutObject', size: 1, error: /object without an ETag/ },
    { operation: 'UploadPart', size: PART_BYTES, error: /part without an ETag/ },
    { operation: 'CreateMultipartUpload', size: PART_BYTES, error: { name: 'MissingResult' } },
  ];
  for (const { operation, size, error } of cases) {
    await t.test(operation, async () => {
      await using bench = await openWriterBench();
      bench.store.inject((request) =>
        request.operation === operation ? without(/<(ETag|UploadId)>.*<\/\1>/) : undefined,
      );
      const writer = bench.writer('object');
      await assert.rejects(async () => {
        await write(writer, randomBytes(size));
        await writer.complete();
      }, error);
      await writer.abort();
      assert.equal(await buffersMissing(bench.buffers, POOL), 0);
    });
  }
});
