import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { KeyTaken } from '../../src/s3/find-object.ts';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { s3Error } from '../emulators/faults.ts';
import { buffersMissing } from './pool.ts';
import { openWriterFixture, POOL, type WriterFixture } from './writer-bench.ts';

const OBJECTS = [
  { title: 'an object of one part', size: 100, operation: 'PutObject' },
  { title: 'an object of several parts', size: PART_BYTES + 12_345, operation: 'CompleteMultipartUpload' },
];

for (const { title, size, operation } of OBJECTS) {
  const content = randomBytes(size);
  const written = async (fixture: WriterFixture) => {
    const writer = fixture.writer('object');
    await writer.append(content);
    return writer;
  };
  const stored = async ({ store, bucket }: WriterFixture) => store.read(bucket, 'object');

  suite(`${title} that must not replace another object`, () => {
    test('is stored if no object with its key exists', async () => {
      await using fixture = await openWriterFixture();
      await (await written(fixture)).complete(true);
      assert.ok(content.equals(await stored(fixture)));
      const [request] = fixture.store.requests.filter((one) => one.operation === operation);
      assert.equal(request?.headers['if-none-match'], '*');
    });

    test('does not replace an existing object, and its upload can be aborted', async () => {
      await using fixture = await openWriterFixture();
      const { store, bucket } = fixture;
      const writer = await written(fixture);
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'object', Body: 'another' }));
      await assert.rejects(writer.complete(true), KeyTaken);
      assert.equal((await stored(fixture)).toString(), 'another');
      assert.equal(await writer.abort(), 'nothing left');
      assert.deepEqual(await store.openUploads(bucket), []);
      assert.equal(await buffersMissing(fixture.buffers, POOL), 0);
    });

    test('is recognized if the response was lost and the retry fails with PreconditionFailed', async () => {
      await using fixture = await openWriterFixture();
      fixture.store.inject((request, nth) => {
        if (request.operation !== operation) return undefined;
        return nth === 1 ? 'lose-httpResponse' : s3Error('PreconditionFailed', 412);
      });
      const { etag } = await (await written(fixture)).complete(true);
      const [listed] = await fixture.store.list(fixture.bucket);
      assert.equal(etag, listed?.etag);
    });
  });
}

test('an upload is completed without a condition on a store that supports conditions only for PutObject', async () => {
  await using fixture = await openWriterFixture();
  const content = randomBytes(PART_BYTES + 1);
  fixture.store.inject(({ operation, headers }) =>
    operation === 'CompleteMultipartUpload' && headers['if-none-match'] ? s3Error('NotImplemented', 501) : undefined,
  );
  const writer = fixture.writer('object');
  await writer.append(content);
  await writer.complete(true);
  assert.ok(content.equals(await fixture.store.read(fixture.bucket, 'object')));
});
