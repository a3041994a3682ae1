import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openSource } from '../emulators/source.ts';
import { assertSucceeded, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

const PART = 5 * 1024 * 1024;

/** 12 MB as a single uncompressed object: two full parts and a smaller one. */
const table = await fill();
const ONE_OBJECT = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

suite('multipart uploads', { concurrency: 2 }, () => {
  test('uploads an object of more than 5 MiB in parts of 5 MiB, each with a CRC32 checksum', async () => {
    await using pair = await openPair();
    await using run = await pair.run(ONE_OBJECT);
    const copy = await pair.copyOf(run);
    const [object, ...others] = copy.objects;
    assert.ok(object);
    assert.deepEqual(others, []);
    assert.ok(object.size > 2 * PART);
    assert.match(object.etag, /-3$/);

    assert.equal(requestsOf(pair, 'CreateMultipartUpload')[0]?.headers['x-amz-checksum-algorithm'], 'CRC32');
    const parts = requestsOf(pair, 'UploadPart').toSorted(
      (a, b) => Number(a.query.get('partNumber')) - Number(b.query.get('partNumber')),
    );
    assert.deepEqual(
      parts.map((part) => [part.query.get('partNumber'), part.bodyBytes, part.headers['x-amz-checksum-crc32']]),
      [0, 1, 2].map((index) => {
        const bytes = object.content.subarray(index * PART, (index + 1) * PART);
        return [String(index + 1), bytes.length, crcOf(bytes)];
      }),
    );
    // Parts are sent with Content-Length, because some stores do not support aws-chunked bodies.
    for (const { headers } of parts) {
      assert.equal(headers['content-encoding'], undefined);
      assert.equal(headers['x-amz-trailer'], undefined);
    }
    const [complete, ...again] = requestsOf(pair, 'CompleteMultipartUpload');
    assert.equal(complete?.headers['x-amz-mp-object-size'], String(object.size));
    assert.deepEqual(again, []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('uploads objects of at most one part with PutObject and a CRC32 checksum', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...ONE_OBJECT, 'total-segments': '16' });
    await pair.copyOf(run);
    assert.deepEqual(pair.store.uploads.created(), []);
    const puts = requestsOf(pair, 'PutObject');
    assert.ok(puts.length > 6);
    for (const { key, headers } of puts) {
      assert.equal(headers['x-amz-checksum-crc32'], crcOf(await pair.store.read(pair.bucket, key)), key);
    }
  });

  slowTest('sends no checksums with AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED', async () => {
    await using pair = await openPair();
    await using run = await pair.run(ONE_OBJECT, { env: { AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED' } });
    await pair.copyOf(run);
    assert.equal(requestsOf(pair, 'UploadPart').length, 3);
    for (const { operation, headers } of pair.store.requests) {
      const names = Object.keys(headers).filter(
        (name) => /checksum|trailer/.test(name) && name !== 'x-amz-checksum-mode',
      );
      assert.deepEqual(names, [], operation);
    }
  });

  slowTest('completes several multipart uploads that run in parallel', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...ONE_OBJECT, 'total-segments': '2', 'file-size': '5MiB' });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 120);
    assertSucceeded(run);
    assert.ok(pair.store.uploads.completed().length >= 2);
    assert.deepEqual(pair.store.uploads.open(), []);
  });
});

function requestsOf({ store }: Pair, operation: string) {
  return store.requests.filter((request) => request.operation === operation);
}

/** Returns the CRC32 as S3 requires it in a header: four bytes, big-endian, in base64. */
function crcOf(bytes: Buffer): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(120));
}
