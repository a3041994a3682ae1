import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test, { after, before, suite } from 'node:test';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { type Fault, type HttpResponse, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { buffersMissing } from './pool.ts';
import { openWriterFixture, POOL, type WriterFixture } from './writer-bench.ts';

const CONTENT = randomBytes(PART_BYTES + 12_345);

/** Returns a writer of an object of two parts that is not completed yet. */
async function written(fixture: WriterFixture, key = 'object') {
  const writer = fixture.writer(key);
  await writer.append(CONTENT);
  return writer;
}

function times({ store }: WriterFixture, operation: string): number {
  return store.requests.filter((request) => request.operation === operation).length;
}

/** Loses the response of CompleteMultipartUpload. The retry finds no upload any more. */
function forgetCompleted(
  fixture: WriterFixture,
  more: (request: S3Request) => Fault | undefined = () => undefined,
): void {
  fixture.store.inject((request, nth) => {
    if (request.operation !== 'CompleteMultipartUpload') return more(request);
    return nth === 1 ? 'lose-httpResponse' : s3Error('NoSuchUpload', 404);
  });
}

test('an object is found by HeadObject if the response of its completion was lost and its upload no longer exists', async () => {
  await using fixture = await openWriterFixture();
  forgetCompleted(fixture);
  const writer = await written(fixture);
  const stored = await writer.complete();
  const [listed] = await fixture.store.list(fixture.bucket);
  assert.deepEqual({ key: stored.key, size: stored.size, etag: stored.etag }, listed);
  assert.equal(times(fixture, 'HeadObject'), 1);
  assert.ok(CONTENT.equals(await fixture.store.read(fixture.bucket, 'object')));
  assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
});

test('an upload that another process ended fails with UPLOAD_LOST', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }) =>
    operation === 'CompleteMultipartUpload' ? s3Error('NoSuchUpload', 404) : undefined,
  );
  const writer = await written(fixture);
  await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /No object with this key/ });
  assert.equal(await writer.abort(), 'nothing left');
  assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
});

test('a lost response fails with UPLOAD_LOST if the role is not authorized for HeadObject', async () => {
  await using fixture = await openWriterFixture();
  forgetCompleted(fixture, ({ operation }) => (operation === 'HeadObject' ? s3Error('AccessDenied', 403) : undefined));
  const writer = await written(fixture);
  await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /s3:GetObject/ });
  await writer.abort();
});

const OTHER_OBJECTS: Readonly<Record<string, (response: HttpResponse) => HttpResponse>> = {
  'another size': (response) => ({ ...response, headers: { ...response.headers, 'content-length': '5' } }),
  'another ETag and no checksum': ({ headers: { 'x-amz-checksum-crc32': _, ...headers }, ...response }) => ({
    ...response,
    headers: { ...headers, etag: '"00000000000000000000000000000000-2"' },
  }),
  'another checksum': (response) => ({
    ...response,
    headers: { ...response.headers, 'x-amz-checksum-crc32': 'AAAAAA==-2' },
  }),
};

for (const [what, change] of Object.entries(OTHER_OBJECTS)) {
  test(`a lost response fails with UPLOAD_LOST if the object in S3 has ${what}`, async () => {
    await using fixture = await openWriterFixture();
    // The content-length of a HEAD response is that of the object, although there is no body.
    forgetCompleted(fixture, ({ operation }) => (operation === 'HeadObject' ? { rewriteHead: change } : undefined));
    const writer = await written(fixture);
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /not the one that was sent/ });
    await writer.abort();
  });
}

test('an object whose checksum has another format is recognized by its ETag', async () => {
  await using fixture = await openWriterFixture();
  const otherFormat = ({ headers, ...response }: HttpResponse) => ({
    ...response,
    headers: { ...headers, 'x-amz-checksum-crc32': 'AAAAAA==' },
  });
  forgetCompleted(fixture, ({ operation }) => (operation === 'HeadObject' ? { rewriteHead: otherFormat } : undefined));
  const stored = await (await written(fixture)).complete();
  const [listed] = await fixture.store.list(fixture.bucket);
  assert.equal(stored.etag, listed?.etag);
});

const IF_NONE_MATCH = { parameters: { IfNoneMatch: '*' } } as const;

for (const [operation, size] of [
  ['PutObject', 10],
  ['CompleteMultipartUpload', CONTENT.length],
] as const) {
  test(`a conditional ${operation} whose response was lost recognizes its own object`, async () => {
    await using fixture = await openWriterFixture();
    fixture.store.inject((request, nth) =>
      request.operation === operation && nth === 1 ? 'lose-httpResponse' : undefined,
    );
    const writer = fixture.writer('object', IF_NONE_MATCH);
    await writer.append(CONTENT.subarray(0, size));
    const stored = await writer.complete();
    const sent = fixture.store.requests.filter((request) => request.operation === operation);
    assert.deepEqual(
      sent.map(({ headers, status }) => [headers['if-none-match'], status]),
      [
        ['*', undefined],
        ['*', 412],
      ],
    );
    assert.equal(stored.etag, (await fixture.store.list(fixture.bucket))[0]?.etag);
    assert.ok(
      CONTENT.subarray(0, size).equals(await fixture.store.read(fixture.bucket, 'object')),
      'the object must have the bytes that were sent',
    );
    assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  });

  test(`a conditional ${operation} does not replace an existing object`, async () => {
    await using fixture = await openWriterFixture();
    const existing = fixture.writer('object');
    await existing.append(Buffer.from('existing'));
    await existing.complete();
    const writer = fixture.writer('object', IF_NONE_MATCH);
    await writer.append(CONTENT.subarray(0, size));
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /not the one that was sent/ });
    await writer.abort();
    assert.equal((await fixture.store.read(fixture.bucket, 'object')).toString(), 'existing');
    assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
    assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
  });
}

suite('an object with a KMS key and without checksums, whose response was lost,', () => {
  before(() => {
    process.env['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'WHEN_REQUIRED';
  });
  after(() => {
    delete process.env['AWS_REQUEST_CHECKSUM_CALCULATION'];
  });

  /** S3 reports that the object is encrypted with a KMS key. Its ETag is not an MD5 then. */
  const underKms: Fault = {
    rewriteHead: ({ headers: { 'x-amz-checksum-crc32': _, ...headers }, ...response }) => ({
      ...response,
      headers: { ...headers, etag: `"${'f'.repeat(32)}-2"`, 'x-amz-server-side-encryption': 'aws:kms' },
    }),
  };
  const isRead = ({ operation }: S3Request) => operation === 'HeadObject' || operation === 'GetObject';

  test('is recognized by its content', async () => {
    await using fixture = await openWriterFixture();
    forgetCompleted(fixture, (request) => (isRead(request) ? underKms : undefined));
    const writer = await written(fixture);
    const stored = await writer.complete();
    assert.equal(stored.etag, `${'f'.repeat(32)}-2`);
    assert.equal(times(fixture, 'GetObject'), 1);
  });

  test('is read again if the connection closes', async () => {
    await using fixture = await openWriterFixture();
    let reads = 0;
    forgetCompleted(fixture, (request) => {
      if (request.operation === 'GetObject' && ++reads === 1) return 'cut';
      return isRead(request) ? underKms : undefined;
    });
    await (await written(fixture)).complete();
    assert.equal(reads, 2);
  });

  test('fails with UPLOAD_LOST if its content differs', async () => {
    await using fixture = await openWriterFixture();
    const flipped: Fault = {
      rewrite: (response) => ({ ...response, body: Buffer.from(response.body.toReversed()) }),
    };
    forgetCompleted(fixture, (request) => {
      if (request.operation === 'GetObject') return flipped;
      return isRead(request) ? underKms : undefined;
    });
    const writer = await written(fixture);
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /not the one that was sent/ });
    await writer.abort();
  });

  test('fails with UPLOAD_LOST if the role is not authorized to read it', async () => {
    await using fixture = await openWriterFixture();
    forgetCompleted(fixture, (request) => {
      if (request.operation === 'GetObject') return s3Error('AccessDenied', 403);
      return isRead(request) ? underKms : undefined;
    });
    const writer = await written(fixture);
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /s3:GetObject/ });
    await writer.abort();
  });
});

suite('an upload whose ID was lost with the response of CreateMultipartUpload', () => {
  for (const [end, objects] of [
    ['complete', 1],
    ['abort', 0],
  ] as const) {
    test(`is aborted by ${end} of its object`, async () => {
      await using fixture = await openWriterFixture();
      fixture.store.inject(({ operation }, nth) =>
        operation === 'CreateMultipartUpload' && nth === 1 ? 'lose-httpResponse' : undefined,
      );
      const writer = await written(fixture);
      assert.equal(fixture.store.uploads.open().length, 2, 'control: the ID of one of them is lost');
      await writer[end]();
      assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
      assert.equal((await fixture.store.list(fixture.bucket)).length, objects);
    });
  }

  test('is aborted without uploads whose keys start with the same text', async () => {
    await using fixture = await openWriterFixture();
    const other = await written(fixture, 'object-2');
    fixture.store.inject(({ operation }, nth) =>
      operation === 'CreateMultipartUpload' && nth === 2 ? 'lose-httpResponse' : undefined,
    );
    await (await written(fixture)).complete();
    assert.deepEqual(
      fixture.store.uploads.open().map(({ key }) => key),
      ['object-2'],
    );
    await other.complete();
  });

  test('is aborted even if no attempt receives a response', async () => {
    await using fixture = await openWriterFixture();
    fixture.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? 'lose-httpResponse' : undefined));
    const stop = new AbortController();
    const writer = fixture.writer('object', { signal: stop.signal });
    const writing = writer.append(CONTENT).catch(() => {});
    while (fixture.store.uploads.created().length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    // An attempt that reaches the store after its uploads were listed would leave an unknown upload open.
    fixture.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? 'drop' : undefined));
    stop.abort();
    await writing;
    assert.equal(await writer.abort(), 'nothing left');
    assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  });

  test('is aborted if the retry of the lost response is not authorized', async () => {
    await using fixture = await openWriterFixture();
    fixture.store.inject(({ operation }, nth) => {
      if (operation !== 'CreateMultipartUpload') return undefined;
      return nth === 1 ? 'lose-httpResponse' : s3Error('AccessDenied', 403);
    });
    const writer = fixture.writer('object');
    await assert.rejects(writer.append(CONTENT), { name: 'AccessDenied' });
    await writer.abort();
    assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  });

  test('remains open without parts, and the object is stored, if the role is not authorized to list uploads', async () => {
    await using fixture = await openWriterFixture();
    fixture.store.inject(({ operation }, nth) => {
      if (operation === 'ListMultipartUploads') return s3Error('AccessDenied', 403);
      return operation === 'CreateMultipartUpload' && nth === 1 ? 'lose-httpResponse' : undefined;
    });
    await (await written(fixture)).complete();
    assert.equal(fixture.store.uploads.open().length, 1);
  });
});

test('truncated responses of S3 are requested again', async () => {
  await using fixture = await openWriterFixture();
  fixture.store.inject(({ operation }, nth) =>
    nth === 1 && /^(Create|Complete)MultipartUpload$/.test(operation) ? 'truncate' : undefined,
  );
  await (await written(fixture)).complete();
  assert.ok(CONTENT.equals(await fixture.store.read(fixture.bucket, 'object')));
});

const respondWith = (headers: Record<string, string>): Fault => ({
  rewrite: (response) => ({ ...response, headers }),
});

for (const [what, headers] of [
  ['checksum', { 'x-amz-checksum-crc32': 'AAAAAA==', etag: '"x"' }],
  ['MD5', { etag: '"00000000000000000000000000000000"' }],
] as const) {
  for (const [operation, size] of [
    ['PutObject', 10],
    ['UploadPart', PART_BYTES],
  ] as const) {
    test(`an object fails with OBJECT_CORRUPT if ${operation} returns another ${what}`, async () => {
      await using fixture = await openWriterFixture();
      fixture.store.inject((request) => (request.operation === operation ? respondWith(headers) : undefined));
      const writer = fixture.writer('object');
      await assert.rejects(
        async () => {
          await writer.append(CONTENT.subarray(0, size));
          await writer.complete();
        },
        { code: 'OBJECT_CORRUPT' },
      );
      await writer.abort();
      assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
    });
  }
}

test('an object with a KMS key can have any ETag, because the ETag is not an MD5', async () => {
  await using fixture = await openWriterFixture();
  const etag = '"00000000000000000000000000000000"';
  fixture.store.inject(() => respondWith({ etag, 'x-amz-server-side-encryption': 'aws:kms' }));
  const writer = fixture.writer('object');
  await writer.append(CONTENT.subarray(0, 10));
  await writer.complete();
});
