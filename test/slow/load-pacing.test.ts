import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket, clientOfTable } from '../aws/clients-for-tests.ts';
import { startReplayCopy, startReplaySink } from '../emulators/replay.ts';
import { extremes } from '../fixtures/spending.ts';
import { load } from '../restore/write/stored-copy.ts';

const SECONDS = 16;

suite('write capacity of a load', { concurrency: 1 }, () => {
  for (const limit of [200, 2_000]) {
    test(`is 90% to 105% of a limit of ${limit} WCU per second over any 10 seconds`, async (t) => {
      await using store = await startReplayCopy({ totalBytes: 100 * 1024 * 1024 });
      await using sink = await startReplaySink({ latencyMs: 10 });
      const { objects, itemsPerObject, md5 } = store.copy;
      const files = Array.from({ length: objects }, (_, index) => ({
        key: `data/${index}`,
        itemCount: itemsPerObject,
        md5,
        etag: '',
      }));
      using client = clientOfTable(sink.endpoint);
      using s3 = clientOfBucket(store.endpoint);
      const bucket = new Bucket({ client: s3, name: 'bucket' });
      const { error, figures } = await load(
        { client, tableName: 'replay', bucket, files },
        { keyAttributes: ['pk', 'sk'], writeCapacity: limit, signal: AbortSignal.timeout(1000 * SECONDS) },
      );
      assert.equal(error?.name, 'TimeoutError', 'the copy must be large enough');
      const { spent } = await sink.stats();
      const { most, least } = extremes(spent, 10);
      t.diagnostic(`${least} to ${most} WCU/s, ${figures.itemCount} items`);
      assert.ok(most <= 1.05 * limit && least >= 0.9 * limit, `${least} to ${most} WCU/s`);
    });
  }
});
