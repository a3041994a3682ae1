import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test, { after, before, suite } from 'node:test';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { type Answer, type Fault, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { buffersMissing } from './pool.ts';
import { openWriterBench, POOL, type WriterBench } from './writer-bench.ts';

const CONTENT = randomBytes(PART_BYTES + 12_345);

async function written(bench: WriterBench, key = 'object') {
  const writer = bench.writer(key);
  await writer.append(CONTENT);
  return writer;
}

function times({ store }: WriterBench, operation: string): number {
  return store.requests.filter((request) => request.operation === operation).length;
}

/** The answer of CompleteMultipartUpload is lost, and the store has forgotten the upload when it is asked again. */
function forgetCompleted(bench: WriterBench, more: (request: S3Request) => Fault | undefined = () => undefined): void {
  bench.store.inject((request, nth) => {
    if (request.operation !== 'CompleteMultipartUpload') return more(request);
    return nth === 1 ? 'lose-answer' : s3Error('NoSuchUpload', 404);
  });
}

test('of an object whose upload the store has forgotten, S3 is asked for the object', async () => {
  await using bench = await openWriterBench();
  forgetCompleted(bench);
  const writer = await written(bench);
  const stored = await writer.complete();
  const [listed] = await bench.store.list(bench.bucket);
  assert.deepEqual({ key: stored.key, size: stored.size, etag: stored.etag }, listed);
  assert.equal(times(bench, 'HeadObject'), 1);
  assert.ok(CONTENT.equals(await bench.store.read(bench.bucket, 'object')));
  assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
});

test('an upload that somebody else has ended is lost', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }) =>
    operation === 'CompleteMultipartUpload' ? s3Error('NoSuchUpload', 404) : undefined,
  );
  const writer = await written(bench);
  await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /No object with this key/ });
  assert.equal(await writer.abort(), 'nothing left');
  assert.equal(await buffersMissing(bench.buffers, POOL), 0);
});

test('a role that may not look cannot tell', async () => {
  await using bench = await openWriterBench();
  forgetCompleted(bench, ({ operation }) => (operation === 'HeadObject' ? s3Error('AccessDenied', 403) : undefined));
  const writer = await written(bench);
  await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /s3:GetObject/ });
  await writer.abort();
});

const OTHERS: Readonly<Record<string, (answer: Answer) => Answer>> = {
  'of another size': (answer) => ({ ...answer, headers: { ...answer.headers, 'content-length': '5' } }),
  'with another ETag, and no checksum': ({ headers: { 'x-amz-checksum-crc32': _, ...headers }, ...answer }) => ({
    ...answer,
    headers: { ...headers, etag: '"00000000000000000000000000000000-2"' },
  }),
  'with another checksum': (answer) => ({
    ...answer,
    headers: { ...answer.headers, 'x-amz-checksum-crc32': 'AAAAAA==-2' },
  }),
};

for (const [what, change] of Object.entries(OTHERS)) {
  test(`an object ${what} is not the one that was sent`, async () => {
    await using bench = await openWriterBench();
    // A HEAD is answered as a GET would be, without the body that its length speaks of.
    forgetCompleted(bench, ({ operation }) => (operation === 'HeadObject' ? { rewriteHead: change } : undefined));
    const writer = await written(bench);
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /not the one that was sent/ });
    await writer.abort();
  });
}

test('an object whose checksum the store words in another way is known by its ETag', async () => {
  await using bench = await openWriterBench();
  const unlike = ({ headers, ...answer }: Answer) => ({
    ...answer,
    headers: { ...headers, 'x-amz-checksum-crc32': 'AAAAAA==' },
  });
  forgetCompleted(bench, ({ operation }) => (operation === 'HeadObject' ? { rewriteHead: unlike } : undefined));
  const stored = await (await written(bench)).complete();
  const [listed] = await bench.store.list(bench.bucket);
  assert.equal(stored.etag, listed?.etag);
});

const ONCE = { parameters: { IfNoneMatch: '*' } } as const;

for (const [operation, size] of [
  ['PutObject', 10],
  ['CompleteMultipartUpload', CONTENT.length],
] as const) {
  test(`a conditional ${operation} whose response was lost finds its own object`, async () => {
    await using bench = await openWriterBench();
    bench.store.inject((request, nth) => (request.operation === operation && nth === 1 ? 'lose-answer' : undefined));
    const writer = bench.writer('object', ONCE);
    await writer.append(CONTENT.subarray(0, size));
    const stored = await writer.complete();
    const sent = bench.store.requests.filter((request) => request.operation === operation);
    assert.deepEqual(
      sent.map(({ headers, status }) => [headers['if-none-match'], status]),
      [
        ['*', undefined],
        ['*', 412],
      ],
    );
    assert.equal(stored.etag, (await bench.store.list(bench.bucket))[0]?.etag);
    assert.ok(
      CONTENT.subarray(0, size).equals(await bench.store.read(bench.bucket, 'object')),
      'the object has the bytes that were sent',
    );
    assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
  });

  test(`a conditional ${operation} does not replace the object of somebody else`, async () => {
    await using bench = await openWriterBench();
    const theirs = bench.writer('object');
    await theirs.append(Buffer.from('theirs'));
    await theirs.complete();
    const writer = bench.writer('object', ONCE);
    await writer.append(CONTENT.subarray(0, size));
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /not the one that was sent/ });
    await writer.abort();
    assert.equal((await bench.store.read(bench.bucket, 'object')).toString(), 'theirs');
    assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
    assert.equal(await buffersMissing(bench.buffers, POOL), 0);
  });
}

suite('under a KMS key and without checksums, an object whose response was lost', () => {
  before(() => {
    process.env['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'WHEN_REQUIRED';
  });
  after(() => {
    delete process.env['AWS_REQUEST_CHECKSUM_CALCULATION'];
  });

  /** S3 says of an object that a KMS key encrypts it: then its ETag is no MD5. */
  const underKms: Fault = {
    rewriteHead: ({ headers: { 'x-amz-checksum-crc32': _, ...headers }, ...answer }) => ({
      ...answer,
      headers: { ...headers, etag: `"${'f'.repeat(32)}-2"`, 'x-amz-server-side-encryption': 'aws:kms' },
    }),
  };
  const isRead = ({ operation }: S3Request) => operation === 'HeadObject' || operation === 'GetObject';

  test('is recognized by its content', async () => {
    await using bench = await openWriterBench();
    forgetCompleted(bench, (request) => (isRead(request) ? underKms : undefined));
    const writer = await written(bench);
    const stored = await writer.complete();
    assert.equal(stored.etag, `${'f'.repeat(32)}-2`);
    assert.equal(times(bench, 'GetObject'), 1);
  });

  test('is read again if the connection breaks', async () => {
    await using bench = await openWriterBench();
    let reads = 0;
    forgetCompleted(bench, (request) => {
      if (request.operation === 'GetObject' && ++reads === 1) return 'cut';
      return isRead(request) ? underKms : undefined;
    });
    await (await written(bench)).complete();
    assert.equal(reads, 2);
  });

  test('is not taken for the one that was sent if its content differs', async () => {
    await using bench = await openWriterBench();
    const flipped: Fault = {
      rewrite: (answer) => ({ ...answer, body: Buffer.from(answer.body.toReversed()) }),
    };
    forgetCompleted(bench, (request) => {
      if (request.operation === 'GetObject') return flipped;
      return isRead(request) ? underKms : undefined;
    });
    const writer = await written(bench);
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /not the one that was sent/ });
    await writer.abort();
  });

  test('is lost if the role may not read it', async () => {
    await using bench = await openWriterBench();
    forgetCompleted(bench, (request) => {
      if (request.operation === 'GetObject') return s3Error('AccessDenied', 403);
      return isRead(request) ? underKms : undefined;
    });
    const writer = await written(bench);
    await assert.rejects(writer.complete(), { code: 'UPLOAD_LOST', message: /s3:GetObject/ });
    await writer.abort();
  });
});

test('an upload whose id was lost on the way is ended all the same', async (t) => {
  for (const end of ['complete', 'abort'] as const) {
    await t.test(end, async () => {
      await using bench = await openWriterBench();
      bench.store.inject(({ operation }, nth) =>
        operation === 'CreateMultipartUpload' && nth === 1 ? 'lose-answer' : undefined,
      );
      const writer = await written(bench);
      assert.equal(bench.store.uploads.open().length, 2, 'control: one of them nobody has the id of');
      await writer[end]();
      assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
      assert.equal((await bench.store.list(bench.bucket)).length, end === 'complete' ? 1 : 0);
    });
  }

  await t.test('and no other, however its key begins', async () => {
    await using bench = await openWriterBench();
    const other = await written(bench, 'object-2');
    bench.store.inject(({ operation }, nth) =>
      operation === 'CreateMultipartUpload' && nth === 2 ? 'lose-answer' : undefined,
    );
    await (await written(bench)).complete();
    assert.deepEqual(
      bench.store.uploads.open().map(({ key }) => key),
      ['object-2'],
    );
    await other.complete();
  });

  await t.test('where no answer ever arrives', async () => {
    await using bench = await openWriterBench();
    bench.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? 'lose-answer' : undefined));
    const stop = new AbortController();
    const writer = bench.writer('object', { signal: stop.signal });
    const writing = writer.append(CONTENT).catch(() => {});
    while (bench.store.uploads.created().length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    // A third attempt that reaches the store after its uploads were listed would leave one that nobody knows of.
    bench.store.inject(({ operation }) => (operation === 'CreateMultipartUpload' ? 'drop' : undefined));
    stop.abort();
    await writing;
    assert.equal(await writer.abort(), 'nothing left');
    assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
  });

  await t.test('unless the role may not list: it has no parts and costs nothing', async () => {
    await using bench = await openWriterBench();
    bench.store.inject(({ operation }, nth) => {
      if (operation === 'ListMultipartUploads') return s3Error('AccessDenied', 403);
      return operation === 'CreateMultipartUpload' && nth === 1 ? 'lose-answer' : undefined;
    });
    await (await written(bench)).complete();
    assert.equal(bench.store.uploads.open().length, 1);
  });
});

test('answers of S3 that end early are asked for again', async () => {
  await using bench = await openWriterBench();
  bench.store.inject(({ operation }, nth) =>
    nth === 1 && /^(Create|Complete)MultipartUpload$/.test(operation) ? 'truncate' : undefined,
  );
  await (await written(bench)).complete();
  assert.ok(CONTENT.equals(await bench.store.read(bench.bucket, 'object')));
});

test('what S3 says it has stored is held against what was sent', async (t) => {
  const answering = (headers: Record<string, string>): Fault => ({ rewrite: (answer) => ({ ...answer, headers }) });
  const cases = {
    'another checksum': { 'x-amz-checksum-crc32': 'AAAAAA==', etag: '"x"' },
    'another MD5': { etag: '"00000000000000000000000000000000"' },
  };
  for (const [what, headers] of Object.entries(cases)) {
    for (const [operation, size] of [
      ['PutObject', 10],
      ['UploadPart', PART_BYTES],
    ] as const) {
      await t.test(`${what} of ${operation}`, async () => {
        await using bench = await openWriterBench();
        bench.store.inject((request) => (request.operation === operation ? answering(headers) : undefined));
        const writer = bench.writer('object');
        await assert.rejects(
          async () => {
            await writer.append(CONTENT.subarray(0, size));
            await writer.complete();
          },
          { code: 'OBJECT_CORRUPT' },
        );
        await writer.abort();
        assert.equal(await buffersMissing(bench.buffers, POOL), 0);
      });
    }
  }
  await t.test('an ETag under a KMS key, which is no MD5', async () => {
    await using bench = await openWriterBench();
    const etag = '"00000000000000000000000000000000"';
    bench.store.inject(() => answering({ etag, 'x-amz-server-side-encryption': 'aws:kms' }));
    const writer = bench.writer('object');
    await writer.append(CONTENT.subarray(0, 10));
    await writer.complete();
  });
});
