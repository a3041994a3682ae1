import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import type { Item } from '../emulators/source.ts';
import { assertSucceeded, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { attempt, checkpointKeys, dieAt, holdScans, ITEMS, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

suite('checkpoints', { concurrency: 2 }, () => {
  for (const [condition, change] of Object.entries({
    'the table has a single page': {
      table: smallItems(5),
      inputs: { 'total-segments': 'auto', 'dynamodb-scan-kwargs': '' },
    },
    'GITHUB_RUN_ID is empty': { env: { GITHUB_RUN_ID: '' } },
    'resume is false': { inputs: { resume: 'false' } },
  } as Readonly<Record<string, { table?: Item[]; inputs?: object; env?: Record<string, string> }>>)) {
    test(`are not written if ${condition}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(change.table ?? ITEMS);
      const inputs = { ...RESUMED, 'dynamodb-table-name': table, ...change.inputs };
      await using run = await pair.run(inputs, { env: change.env ?? {} });
      await pair.copyOf(run);
      const operations = pair.store.requests
        .filter(({ key, query }) => `${key}${query.get('prefix')}`.includes('_resume'))
        .map(({ operation }) => operation);
      assert.deepEqual(operations, []);
      assert.deepEqual(run.notices, []);
    });
  }

  test('are written with the encryption of the copy', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(ITEMS);
    const inputs = { ...RESUMED, 'dynamodb-table-name': table, 's3-sse-algorithm': 'AES256' };
    await using _ = await dieAt(pair, inputs, seesData(4), 'drop');
    const writes = checkpointWrites(pair);
    assert.ok(writes.length > 0, 'control: checkpoints were written');
    for (const { headers } of writes) assert.equal(headers['x-amz-server-side-encryption'], 'AES256');
  });

  test('are written without Object Lock', async () => {
    await using pair = await openPair();
    const Bucket = `${pair.bucket}-locks`;
    await pair.store.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    await using run = await pair.run({
      ...RESUMED,
      'dynamodb-table-name': await pair.source.createTable(ITEMS),
      's3-bucket-name': Bucket,
      's3-put-object-kwargs': 'ObjectLockMode: GOVERNANCE\nObjectLockRetainUntilDate: 2099-01-01T00:00:00Z',
    });
    assertSucceeded(run);
    const writes = checkpointWrites(pair);
    assert.ok(writes.length > 0, 'control: checkpoints were written');
    for (const { headers } of writes) assert.equal(headers['x-amz-object-lock-mode'], undefined);
  });

  test('are deleted with the completed copy, and their item keys appear in no log, output or summary', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using first = await dieAt(pair, inputs, seesData(4), 'drop');
    let content = '';
    for (const key of await checkpointKeys(pair)) content += await pair.store.read(pair.bucket, key);
    const itemKey = /"pk":\{"S":"(item-\d+)"\}/.exec(content)?.[1] ?? '';
    assert.notEqual(itemKey, '', 'control: the checkpoints contain an item key');
    await using run = await pair.run(inputs, attempt(2));
    await pair.copyOf(run);
    for (const { log, summary, outputs } of [first, run]) {
      assert.equal(`${log}${summary}${JSON.stringify(outputs)}`.includes(itemKey), false);
    }
    assert.deepEqual(await checkpointKeys(pair), []);
  });

  slowTest('of a running step are not changed by another step with the same inputs', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const { held, release } = holdScans(pair, 6);
    const one = pair.start(inputs);
    await held;
    const before = await checkpointKeys(pair);
    await using other = await pair.run(inputs);
    const copies = [await pair.copyOf(other)];
    assert.match(other.notices.join(), /another step of this workflow run has the same inputs/);
    assert.deepEqual(await checkpointKeys(pair), before);
    release();
    await using run = await one.result;
    copies.push(await pair.copyOf(run));
    assert.notEqual(copies[0]?.exportId, copies[1]?.exportId);
  });
});

suite('a copy without checkpoints', { concurrency: 2 }, () => {
  for (const number of fewOf([1, 2], 1)) {
    test(`completes in attempt ${number} with a notice if the role is not authorized to read from S3`, async () => {
      await using pair = await openPair();
      const denied = ['GetObject', 'HeadObject', 'ListObjectsV2', 'ListMultipartUploads'];
      pair.store.inject(({ operation }) => (denied.includes(operation) ? s3Error('AccessDenied', 403) : undefined));
      const [aboutListing = '', ...others] = await noticesOfCopyWithoutCheckpoints(pair, number);
      // The listing that verifies the copy is denied, too.
      assert.match(aboutListing, /could not list the data objects/);
      assert.deepEqual(others, []);
    });

    test(`completes in attempt ${number} with a notice if the role is not authorized to write checkpoints`, async () => {
      await using pair = await openPair();
      pair.store.inject(({ operation, key }) =>
        operation === 'PutObject' && key.includes('_resume') ? s3Error('AccessDenied', 403) : undefined,
      );
      assert.deepEqual(await noticesOfCopyWithoutCheckpoints(pair, number), []);
    });
  }

  slowTest('completes with a notice about kms:Decrypt if the role can write but not read checkpoints', async () => {
    await using pair = await openPair();
    pair.store.inject(async ({ operation, key }) => {
      if (operation !== 'GetObject') return undefined;
      // S3 returns 404 for an object that does not exist, and uses the KMS key only for one that exists.
      return (await pair.store.list(pair.bucket, key)).length > 0 ? s3Error('AccessDenied', 403) : undefined;
    });
    const table = await pair.source.createTable(ITEMS);
    await using run = await pair.run({ ...RESUMED, 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, ITEMS.length);
    assert.equal(run.notices.length, 1, run.notices.join('\n'));
    assert.match(run.notices[0] ?? '', /not authorized to read and write checkpoints .*A re-run starts over/);
    assert.match(run.notices[0] ?? '', /kms:Decrypt/);
    assert.deepEqual(await checkpointKeys(pair), []);
  });

  slowTest('completes with a notice if the store ignores the conditions of conditional writes', async () => {
    await using pair = await openPair();
    pair.store.inject(({ headers }) =>
      headers['if-match'] === undefined
        ? undefined
        : { httpResponse: { status: 200, headers: { etag: '"not-an-md5"' }, body: Buffer.alloc(0) } },
    );
    const table = await pair.source.createTable(ITEMS);
    await using run = await pair.run({ ...RESUMED, 'dynamodb-table-name': table });
    await pair.copyOf(run);
    assert.equal(run.notices.length, 1);
    assert.match(run.notices[0] ?? '', /the store does not support conditional writes/);
    assert.deepEqual(await checkpointKeys(pair), []);
  });
});

function checkpointWrites({ store }: Pair): S3Request[] {
  return store.requests.filter(({ operation, key }) => operation === 'PutObject' && key.includes('/_resume/'));
}

/** Runs a copy, asserts that its first notice reports missing permissions for checkpoints, and returns the others. */
async function noticesOfCopyWithoutCheckpoints(pair: Pair, number: number): Promise<string[]> {
  const table = await pair.source.createTable(ITEMS);
  await using run = await pair.run({ ...RESUMED, 'dynamodb-table-name': table }, attempt(number));
  const copy = await pair.copyOf(run);
  assert.equal(copy.summary.itemCount, ITEMS.length);
  const [aboutCheckpoints = '', ...others] = run.notices;
  assert.match(aboutCheckpoints, /not authorized to read and write checkpoints .*A re-run starts over/);
  assert.deepEqual(run.warnings, []);
  assert.deepEqual(await checkpointKeys(pair), []);
  return others;
}
