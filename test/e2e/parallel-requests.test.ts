import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3Error } from '../emulators/faults.ts';
import { assertFailed, assertSucceeded, openPair, smallItems, startServers } from '../fixtures/pair.ts';

await startServers();

/** Time for which a request waits for the other one. */
const PATIENCE_MS = 10_000;

suite('a copy', { concurrency: true }, () => {
  test('describes the table and finds the bucket at the same time', () => copyWaitingFor(1, 'HeadBucket'));

  test('describes the table again and lists the data objects at the same time', () =>
    copyWaitingFor(2, 'ListObjectsV2'));

  test('fails with BUCKET_NOT_FOUND if S3 responds before the table is described', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable();
    pair.store.inject(({ operation }) => (operation === 'HeadBucket' ? s3Error('NoSuchBucket', 404) : undefined));
    pair.source.inject(async ({ operation }) => {
      while (operation === 'DescribeTable' && pair.store.requests[0]?.status !== 404) await sleep(5);
      return undefined;
    });
    await using run = await pair.run({ 'dynamodb-table-name': table });
    await assertFailed(run, pair, 'BUCKET_NOT_FOUND');
    assert.equal(run.stderr, '');
    assert.equal(run.errors.length, 1);
    assert.match(run.log, /Table [^\n]*: 0 items/, 'the table is described too');
  });
});

/** Copies a table. The responses to the nth DescribeTable and to the operation of S3 wait until both were requested. */
async function copyWaitingFor(nth: number, operation: string): Promise<void> {
  await using pair = await openPair();
  const table = await pair.source.createTable(smallItems(10));
  const describing = Promise.withResolvers<void>();
  const other = Promise.withResolvers<void>();
  const alone: string[] = [];
  const waitFor = async (arrival: Promise<void>, waiting: string): Promise<void> => {
    const late = sleep(PATIENCE_MS, 'late', { ref: false });
    if ((await Promise.race([arrival, late])) === 'late') alone.push(waiting);
  };
  let described = 0;
  pair.source.inject(async (request) => {
    if (request.operation !== 'DescribeTable' || ++described !== nth) return undefined;
    describing.resolve();
    await waitFor(other.promise, 'DescribeTable');
    return undefined;
  });
  pair.store.inject(async (request) => {
    if (request.operation !== operation) return undefined;
    other.resolve();
    await waitFor(describing.promise, operation);
    return undefined;
  });
  await using run = await pair.run({ 'dynamodb-table-name': table });
  assertSucceeded(run);
  await Promise.all([describing.promise, other.promise]);
  assert.deepEqual(alone, [], 'these requests were sent alone');
}
