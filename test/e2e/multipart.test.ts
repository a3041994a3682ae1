import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openSource } from '../emulators/source.ts';
import { assertSucceeded, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

const PART = 5 * 1024 * 1024;

/** 12 MB: two whole parts and a rest, as one object that is not compressed. */
const table = await fill();
const ONE_OBJECT = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

suite('an object of more than 5 MiB is a multipart upload', { concurrency: 2 }, () => {
  test('in parts of 5 MiB, each with a checksum that S3 can check', async () => {
    await using pair = await openPair();
    await using run = await pair.run(ONE_OBJECT);
    const copy = await pair.copyOf(run);
    const [object, ...others] = copy.objects;
    assert.ok(object);
    assert.deepEqual(others, []);
    assert.ok(object.size > 2 * PART);
    assert.match(object.etag, /-3$/);

    assert.equal(of(pair, 'CreateMultipartUpload')[0]?.headers['x-amz-checksum-algorithm'], 'CRC32');
    const parts = of(pair, 'UploadPart').toSorted(
      (a, b) => Number(a.query.get('partNumber')) - Number(b.query.get('partNumber')),
    );
    assert.deepEqual(
      parts.map((part) => [part.query.get('partNumber'), part.bodyBytes, part.headers['x-amz-checksum-crc32']]),
      [0, 1, 2].map((index) => {
        const bytes = object.content.subarray(index * PART, (index + 1) * PART);
        return [String(index + 1), bytes.length, crcOf(bytes)];
      }),
    );
    // In one piece with its length: stores that know no aws-chunked bodies take it too.
    for (const { headers } of parts) {
      assert.equal(headers['content-encoding'], undefined);
      assert.equal(headers['x-amz-trailer'], undefined);
    }
    const [complete, ...again] = of(pair, 'CompleteMultipartUpload');
    assert.equal(complete?.headers['x-amz-mp-object-size'], String(object.size));
    assert.deepEqual(again, []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('objects of one part are put whole, with a checksum each', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...ONE_OBJECT, 'total-segments': '16' });
    await pair.copyOf(run);
    assert.deepEqual(pair.store.uploads.created(), []);
    const puts = of(pair, 'PutObject');
    assert.ok(puts.length > 6);
    for (const { key, headers } of puts) {
      assert.equal(headers['x-amz-checksum-crc32'], crcOf(await pair.store.read(pair.bucket, key)), key);
    }
  });

  test('AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED leaves the checksums out', async () => {
    await using pair = await openPair();
    await using run = await pair.run(ONE_OBJECT, { env: { AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED' } });
    await pair.copyOf(run);
    assert.equal(of(pair, 'UploadPart').length, 3);
    for (const { operation, headers } of pair.store.requests) {
      const names = Object.keys(headers).filter(
        (name) => /checksum|trailer/.test(name) && name !== 'x-amz-checksum-mode',
      );
      assert.deepEqual(names, [], operation);
    }
  });

  slowTest('many at once, each whole', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...ONE_OBJECT, 'total-segments': '2', 'file-size': '5MiB' });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 120);
    assertSucceeded(run);
    assert.ok(pair.store.uploads.completed().length >= 2);
    assert.deepEqual(pair.store.uploads.open(), []);
  });
});

function of({ store }: Pair, operation: string) {
  return store.requests.filter((request) => request.operation === operation);
}

/** As S3 wants it in a header: four bytes, the highest first, in base64. */
function crcOf(bytes: Buffer): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(120));
}
