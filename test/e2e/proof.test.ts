import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Error } from '../emulators/faults.ts';
import { s3Denies } from '../fixtures/aws-errors.ts';
import { assertFailed, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { attempt, ITEMS, RESUMED } from '../fixtures/resume-attempts.ts';
import { fewOf } from '../run/effort.ts';

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
    assert.match(run.errors.join(), /data\/ contains 1 object not listed in the manifest/);
    pair.store.inject();
    await using again = await pair.run(inputs, attempt(2));
    await pair.copyOf(again);
    assert.match(again.notices.join(), /did not pass the final check or is being deleted\. This attempt starts over/);
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
    assert.match(run.errors.join(), /1 object of the copy could not be found in the bucket/);
  });
});

suite('the final list of the data objects', { concurrency: 3 }, () => {
  for (const [code, status, failsWith] of fewOf(
    [
      ['InvalidRequest', 400, 'S3_REQUEST_REJECTED'],
      ['SignatureDoesNotMatch', 403, 'CREDENTIALS_INVALID'],
    ] as const,
    1,
  )) {
    test(`fails the step if S3 refuses it with ${status} ${code}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(ITEMS);
      pair.store.inject(({ operation }) => (operation === 'ListObjectsV2' ? s3Error(code, status) : undefined));
      await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
      await assertFailed(run, pair, failsWith);
    });
  }

  for (const [what, refusal, listing, says] of fewOf(
    [
      ['was made', undefined, 'verified', undefined],
      ['is not authorized', s3Denies('s3:ListBucket'), 'not authorized', /not authorized to perform s3:ListBucket/],
      ['is not supported', s3Error('NotImplemented', 501), 'not supported', /store does not support ListObjectsV2/],
    ] as const,
    1,
  )) {
    test(`is recorded in the log and in manifest-copy.json if it ${what}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(ITEMS);
      pair.store.inject(({ operation }) => (operation === 'ListObjectsV2' ? refusal : undefined));
      await using run = await pair.run({ ...RESUMED, resume: 'false', 'dynamodb-table-name': table });
      const { record } = await pair.copyOf(run);
      assert.equal(record?.['listing'], listing);
      if (says) assert.match(run.notices.join(), says);
      else assert.deepEqual(run.notices, []);
    });
  }
});

function dataKey({ store }: Pair): string {
  return store.requests.find(({ operation, key }) => operation === 'PutObject' && key.includes('/data/'))?.key ?? '';
}
