import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { openPair, type Pair, startServers } from './pair.ts';
import { attempt, ITEMS, RESUMED } from './resume-attempts.ts';

await startServers();

suite('a copy is proved against the bucket', { concurrency: 2 }, () => {
  test('what nobody wrote there is no part of it, and no later attempt goes on with it', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    let foreign = '';
    pair.store.inject(async ({ operation, key }) => {
      if (operation === 'PutObject' && key.includes('/data/') && foreign === '') {
        foreign = key.replace(/[^/]+$/, 'somebody-elses');
        await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: foreign, Body: 'x' }));
      }
      return undefined;
    });
    await using run = await pair.run(inputs);
    assert.equal(run.exitCode, 1);
    assert.match(run.errors.join(), /1 objects lie under data\/ that are no part of the copy/);
    pair.store.inject();
    await using again = await pair.run(inputs, attempt(2));
    await pair.copyOf(again);
    assert.match(again.notices.join(), /did not pass the last check: this one starts afresh/);
    assert.deepEqual(
      (await pair.store.list(pair.bucket, foreign.replace(/data\/.*/, ''))).map(({ key }) => key),
      [foreign],
      'what it wrote is gone, and what it did not write is not',
    );
  });

  test('an object that is gone, or another, is missed', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(ITEMS);
    pair.store.inject(async ({ operation, key }) => {
      if (!key.endsWith('/_started') && operation === 'PutObject') return undefined;
      if (operation !== 'ListObjectsV2') return undefined;
      const [object] = await pair.store.list(pair.bucket);
      await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: dataKey(pair), Body: 'shorter' }));
      assert.ok(object);
      return undefined;
    });
    await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
    assert.equal(run.exitCode, 1);
    assert.match(run.errors.join(), /1 objects that S3 has acknowledged are no longer in the bucket/);
  });
});

function dataKey({ store }: Pair): string {
  return store.requests.find(({ operation, key }) => operation === 'PutObject' && key.includes('/data/'))?.key ?? '';
}
