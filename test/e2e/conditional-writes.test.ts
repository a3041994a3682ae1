import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, largeItems, openPair, startServers } from '../fixtures/pair.ts';
import { attempt, dieAt, ITEMS, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const CONDITION = { 's3-put-object-kwargs': "IfNoneMatch: '*'" };

/** Large enough for multipart uploads as well as objects of one part. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1', 'file-size': '5MiB' };

/** Returns true if a bucket policy that requires one of the conditions denies the request. */
function isUnconditional({ operation, headers }: S3Request, conditions: readonly string[]): boolean {
  const createsObject = operation === 'PutObject' || operation === 'CompleteMultipartUpload';
  return createsObject && conditions.every((condition) => headers[condition] === undefined);
}

suite('bucket policies that require conditional writes', { concurrency: 2 }, () => {
  slowTest('a copy without IfNoneMatch fails if the bucket policy requires conditional writes', async () => {
    await using pair = await openPair();
    pair.store.inject((request) =>
      isUnconditional(request, ['if-none-match']) ? s3Error('AccessDenied', 403) : undefined,
    );
    await using run = await pair.run(COPY);
    await assertFailed(run, pair, 'ACCESS_DENIED');
  });

  for (const [policy, conditions] of fewOf(
    [
      ['s3:if-none-match', ['if-none-match']],
      ['s3:if-none-match or s3:if-match', ['if-none-match', 'if-match']],
    ] as const,
    1,
  )) {
    slowTest(`a copy with IfNoneMatch succeeds if the bucket policy requires ${policy}`, async () => {
      await using pair = await openPair();
      pair.store.inject((request) => (isUnconditional(request, conditions) ? s3Error('AccessDenied', 403) : undefined));
      await using run = await pair.run({ ...COPY, ...CONDITION, resume: 'true' });
      await pair.copyOf(run);
      assert.ok(pair.store.uploads.completed().length > 0, 'control: the copy has a multipart upload');
    });
  }

  slowTest('a re-run resumes the copy if the bucket policy requires s3:if-none-match or s3:if-match', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, ...CONDITION, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const denyUnconditional = (request: S3Request) =>
      isUnconditional(request, ['if-none-match', 'if-match']) ? s3Error('AccessDenied', 403) : undefined;
    await using _ = await dieAt(pair, inputs, seesData(4), 'drop', {}, async (request) => denyUnconditional(request));
    pair.store.inject(denyUnconditional);
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1/);
  });
});

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(70));
}
