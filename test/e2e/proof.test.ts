import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Error } from '../emulators/faults.ts';
import { s3Denies } from '../fixtures/aws-errors.ts';
import { assertFailed, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { attempt, ITEMS, RESUMED } from '../fixtures/resume-attempts.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

suite('verification of a copy against the bucket', { concurrency: 2 }, () => {
  test('fails if data/ contains an object of another writer; the next attempt starts over', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    let foreign = '';
    pair.store.inject(async ({ operation, key }) => {
      if (operation === 'PutObject' && key.includes('/data/') && foreign === '') {
        foreign = key.replace(/[^/]+$/, 'not-in-the-manifest');
        await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: foreign, Body: 'x' }));
      }
      return undefined;
    });
    await using run = await pair.run(inputs);
    assert.equal(run.exitCode, 1);
    assert.match(
      run.errors.join(),
      /data\/ does not contain exactly the objects .* 1 object is not in the manifest \("not-in-the-manifest"\)/,
    );
    pair.store.inject();
    await using again = await pair.run(inputs, attempt(2));
    await pair.copyOf(again);
    assert.match(again.notices.join(), /did not pass the final check or is being deleted\. This attempt starts over/);
    assert.deepEqual(
      (await pair.store.list(pair.bucket, foreign.replace(/data\/.*/, ''))).map(({ key }) => key),
      [foreign],
      'only the objects of the failed attempt are deleted',
    );
  });

  for (const [what, change] of [
    ['another size', () => Buffer.from('shorter')],
    ['the same size', (stored: Buffer) => Buffer.alloc(stored.length, 'x')],
  ] as const) {
    test(`fails if an object has been overwritten with ${what} since it was stored`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(ITEMS);
      pair.store.inject(async ({ operation }) => {
        if (operation !== 'ListObjectsV2') return undefined;
        const key = dataKey(pair);
        const Body = change(await pair.store.read(pair.bucket, key));
        await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: key, Body }));
        return undefined;
      });
      await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
      assert.equal(run.exitCode, 1);
      assert.match(run.errors.join(), /1 object was changed \(".*"\)/);
    });
  }
});

suite('the final listing of the data objects', { concurrency: 3 }, () => {
  for (const [code, status, failsWith] of fewOf(
    [
      ['InvalidRequest', 400, 'S3_REQUEST_REJECTED'],
      ['SignatureDoesNotMatch', 403, 'CREDENTIALS_INVALID'],
    ] as const,
    1,
  )) {
    test(`fails the step if S3 rejects it with ${status} ${code}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(ITEMS);
      pair.store.inject(({ operation }) => (operation === 'ListObjectsV2' ? s3Error(code, status) : undefined));
      await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
      await assertFailed(run, pair, failsWith);
    });
  }

  test('is recorded as verified in manifest-copy.json, without a notice, if it succeeds', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(ITEMS);
    await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
    const { record } = await pair.copyOf(run);
    assert.equal(record?.['listing'], 'verified');
    assert.deepEqual(run.notices, []);
  });

  for (const [listing, response, notice] of [
    ['not authorized', s3Denies('s3:ListBucket'), /not authorized to perform s3:ListBucket/],
    ['not supported', s3Error('NotImplemented', 501), /store does not support ListObjectsV2/],
  ] as const) {
    slowTest(`is recorded as ${listing} in manifest-copy.json and in a notice if it is ${listing}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(ITEMS);
      pair.store.inject(({ operation }) => (operation === 'ListObjectsV2' ? response : undefined));
      await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
      const { record } = await pair.copyOf(run);
      assert.equal(record?.['listing'], listing);
      assert.match(run.notices.join(), notice);
    });
  }
});

function dataKey({ store }: Pair): string {
  return store.requests.find(({ operation, key }) => operation === 'PutObject' && key.includes('/data/'))?.key ?? '';
}
