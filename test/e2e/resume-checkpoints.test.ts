import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import type { Item } from '../emulators/source.ts';
import { openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { attempt, checkpointKeys, dieAt, holdScans, ITEMS, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

suite('checkpoints', { concurrency: 2 }, () => {
  for (const [what, change] of Object.entries({
    'a copy of one page': { table: smallItems(5), inputs: { 'total-segments': 'auto', 'dynamodb-scan-kwargs': '' } },
    'outside of a workflow run': { env: { GITHUB_RUN_ID: '' } },
    'with resume: false': { inputs: { resume: 'false' } },
  } as Readonly<Record<string, { table?: Item[]; inputs?: object; env?: Record<string, string> }>>)) {
    test(`there are none of ${what}`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(change.table ?? ITEMS);
      const inputs = { ...RESUMED, 'dynamodb-table-name': table, ...change.inputs };
      await using run = await pair.run(inputs, { env: change.env ?? {} });
      await pair.copyOf(run);
      const asked = pair.store.requests
        .filter(({ key, query }) => `${key}${query.get('prefix')}`.includes('_resume'))
        .map(({ operation }) => operation);
      assert.deepEqual(asked, []);
      assert.deepEqual(run.notices, []);
    });
  }

  test('are written as the copy is, hold keys, and are neither told nor left', async () => {
    await using pair = await openPair();
    const inputs = {
      ...RESUMED,
      'dynamodb-table-name': await pair.source.createTable(ITEMS),
      's3-sse-algorithm': 'AES256',
      's3-put-object-kwargs': 'ObjectLockMode: GOVERNANCE\nObjectLockRetainUntilDate: 2099-01-01T00:00:00Z',
    };
    let content = '';
    pair.store.inject(async ({ operation, key, headers }) => {
      if (!key.includes('/_resume/') || operation !== 'PutObject') return undefined;
      assert.equal(headers['x-amz-server-side-encryption'], 'AES256');
      assert.equal(headers['x-amz-object-lock-mode'], undefined);
      return undefined;
    });
    await using first = await dieAt(pair, { ...inputs, 's3-put-object-kwargs': '' }, seesData(4), 'drop');
    for (const key of await checkpointKeys(pair)) content += await pair.store.read(pair.bucket, key);
    const held = /"pk":\{"S":"(item-\d+)"\}/.exec(content)?.[1] ?? '';
    assert.notEqual(held, '', 'control: a key is in them');
    await using run = await pair.run({ ...inputs, 's3-put-object-kwargs': '' }, attempt(2));
    await pair.copyOf(run);
    for (const { log, summary, outputs } of [first, run]) {
      assert.equal(`${log}${summary}${JSON.stringify(outputs)}`.includes(held), false);
    }
    assert.deepEqual(await checkpointKeys(pair), []);
  });

  slowTest('of a step whose twin keeps its own there are left alone', async () => {
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

suite('where resuming is not possible, the copy goes without, and one notice says so', { concurrency: 2 }, () => {
  for (const [what, refused] of Object.entries({
    'the role may not read': ['GetObject', 'HeadObject', 'ListObjectsV2', 'ListMultipartUploads'],
    'the role may not write there': ['_resume'],
  })) {
    for (const number of fewOf([1, 2], 1)) {
      test(`${what}, in attempt ${number}`, async () => {
        await using pair = await openPair();
        pair.store.inject(({ operation, key }) =>
          refused.some((name) => name === operation || (key.includes(name) && operation === 'PutObject'))
            ? s3Error('AccessDenied', 403)
            : undefined,
        );
        const table = await pair.source.createTable(ITEMS);
        await using run = await pair.run({ ...RESUMED, 'dynamodb-table-name': table }, attempt(number));
        const copy = await pair.copyOf(run);
        assert.equal(copy.summary.itemCount, ITEMS.length);
        const [aboutResume = '', ...others] = run.notices;
        assert.match(aboutResume, /not authorized to read and write checkpoints .*A re-run starts over/);
        // The list that verifies the copy is denied, too.
        assert.equal(others.length, refused.includes('ListObjectsV2') ? 1 : 0, run.notices.join('\n'));
        if (others[0] !== undefined) assert.match(others[0], /could not list the data objects/);
        assert.deepEqual(run.warnings, []);
        assert.deepEqual(await checkpointKeys(pair), []);
      });
    }
  }

  slowTest('the role may not read what it has written, as with a KMS key that it may only encrypt with', async () => {
    await using pair = await openPair();
    pair.store.inject(async ({ operation, key }) => {
      if (operation !== 'GetObject') return undefined;
      // S3 says of what is not there that it is not there: only of what is does it ask KMS.
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

  slowTest('the store writes whatever the condition', async () => {
    await using pair = await openPair();
    pair.store.inject(({ headers }) =>
      headers['if-match'] === undefined
        ? undefined
        : { answer: { status: 200, headers: { etag: '"not-an-md5"' }, body: Buffer.alloc(0) } },
    );
    const table = await pair.source.createTable(ITEMS);
    await using run = await pair.run({ ...RESUMED, 'dynamodb-table-name': table });
    await pair.copyOf(run);
    assert.equal(run.notices.length, 1);
    assert.match(run.notices[0] ?? '', /the store does not support conditional writes/);
    assert.deepEqual(await checkpointKeys(pair), []);
  });
});
