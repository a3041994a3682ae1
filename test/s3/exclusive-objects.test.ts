import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { KeyTaken } from '../../src/s3/find-object.ts';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { s3Error } from '../emulators/faults.ts';
import { buffersMissing } from './pool.ts';
import { openWriterBench, POOL, type WriterBench } from './writer-bench.ts';

const CONTENTS = { 'an object of one part': 100, 'an object of several parts': PART_BYTES + 12_345 };

for (const [title, bytes] of Object.entries(CONTENTS)) {
  const content = randomBytes(bytes);
  const operation = bytes < PART_BYTES ? 'PutObject' : 'CompleteMultipartUpload';
  const written = async (bench: WriterBench) => {
    const writer = bench.writer('object');
    await writer.append(content);
    return writer;
  };
  const stored = async ({ store, bucket }: WriterBench) => store.read(bucket, 'object');

  suite(`${title} that is to replace none`, () => {
    test('is stored if there is none', async () => {
      await using bench = await openWriterBench();
      await (await written(bench)).complete(true);
      assert.ok(content.equals(await stored(bench)));
      const [request] = bench.store.requests.filter((one) => one.operation === operation);
      assert.equal(request?.headers['if-none-match'], '*');
    });

    test('leaves another one alone, and an upload of its own can be aborted', async () => {
      await using bench = await openWriterBench();
      const { store, bucket } = bench;
      const writer = await written(bench);
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'object', Body: 'another' }));
      await assert.rejects(writer.complete(true), KeyTaken);
      assert.equal((await stored(bench)).toString(), 'another');
      assert.equal(await writer.abort(), 'nothing left');
      assert.deepEqual(await store.openUploads(bucket), []);
      assert.equal(await buffersMissing(bench.buffers, POOL), 0);
    });

    test('is known again if the response was lost and the retry meets it', async () => {
      await using bench = await openWriterBench();
      bench.store.inject((request, nth) => {
        if (request.operation !== operation) return undefined;
        return nth === 1 ? 'lose-answer' : s3Error('PreconditionFailed', 412);
      });
      const { etag } = await (await written(bench)).complete(true);
      const [listed] = await bench.store.list(bench.bucket);
      assert.equal(etag, listed?.etag);
    });
  });
}

test('a store that knows conditions for PutObject alone completes an upload without', async () => {
  await using bench = await openWriterBench();
  const content = randomBytes(PART_BYTES + 1);
  bench.store.inject(({ operation, headers }) =>
    operation === 'CompleteMultipartUpload' && headers['if-none-match'] ? s3Error('NotImplemented', 501) : undefined,
  );
  const writer = bench.writer('object');
  await writer.append(content);
  await writer.complete(true);
  assert.ok(content.equals(await bench.store.read(bench.bucket, 'object')));
});
