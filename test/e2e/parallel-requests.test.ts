import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSucceeded, openPair, smallItems, startServers } from '../fixtures/pair.ts';

await startServers();

/** Time for which a request waits for the other one. */
const PATIENCE_MS = 10_000;

suite('a copy sends requests that do not depend on each other at the same time', { concurrency: true }, () => {
  test('to describe the table and to find the bucket', () => copyWaitingFor(1, 'HeadBucket'));

  test('to describe the table again and to list the data objects', () => copyWaitingFor(2, 'ListObjectsV2'));
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
  assert.deepEqual(alone, [], 'these requests were sent alone');
}
