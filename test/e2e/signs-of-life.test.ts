import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { dynamoDbReply, startScriptedServer } from '../aws/scripted-server.ts';
import { assertSucceeded, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { checkpointKeys } from '../fixtures/resume-attempts.ts';
import { assertTakenOver } from '../fixtures/second-attempt.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** A table whose pages are empty until `isOver` says so. */
function endlessTable(isOver: () => boolean) {
  const TableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/table';
  const Table = { TableName: 'table', TableArn, TableStatus: 'ACTIVE', ItemCount: 1, TableSizeBytes: 100 };
  let pages = 0;
  return startScriptedServer(async ({ headers }) => {
    if (!String(headers['x-amz-target']).endsWith('.Scan')) return dynamoDbReply({ Table });
    await sleep(20);
    pages += 1;
    const pk = { S: String(pages) };
    return dynamoDbReply({ Items: [], Count: 0, ScannedCount: 1, ...(!isOver() && { LastEvaluatedKey: { pk } }) });
  });
}

/** Signs of life every 1.8 seconds. */
const STEP = { resume: 'true', 'dynamodb-table-name': 'table', 'total-segments': '2', 'if-empty': 'ignore' };
const TIME_SCALE = { DYNAMODB_TO_S3_TIME_SCALE: '0.01' };

/** Writes of run.json since the first checkpoint of a segment: nothing else is to be told by then. */
function signsOfLife({ store }: Pair): number {
  const begun = store.requests.findIndex(({ key }) => key.includes('/segment-'));
  if (begun < 0) return 0;
  return store.requests
    .slice(begun)
    .filter(({ operation, key, status }) => operation === 'PutObject' && key.endsWith('/run.json') && status === 200)
    .length;
}

slowTest('run.json is written again and again while a copy is read, so that no lifecycle rule expires it', async () => {
  await using pair = await openPair();
  await using server = await endlessTable(() => signsOfLife(pair) >= 2);
  await using run = await pair.run(STEP, {
    env: { ...TIME_SCALE, AWS_ENDPOINT_URL_DYNAMODB: server.endpoint },
    timeoutMs: 20_000,
  });
  assertSucceeded(run);
  assert.deepEqual(await checkpointKeys(pair), []);
});

test('an attempt whose sign of life is refused ends, also if it has nothing to store', async () => {
  await using pair = await openPair();
  let isTaken = false;
  await using server = await endlessTable(() => false);
  pair.store.inject(async ({ operation, key }) => {
    if (operation !== 'PutObject' || !key.includes('/segment-') || isTaken) return undefined;
    isTaken = true;
    const Key = (await checkpointKeys(pair)).find((one) => one.endsWith('/run.json'));
    const Body = JSON.stringify({ version: 2, owner: 'somebody else', attempt: 2 });
    await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body }));
    return undefined;
  });
  await using run = await pair.run(STEP, {
    env: { ...TIME_SCALE, AWS_ENDPOINT_URL_DYNAMODB: server.endpoint },
    timeoutMs: 20_000,
  });
  assertTakenOver(run);
});
