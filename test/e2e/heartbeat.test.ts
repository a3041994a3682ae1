import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { dynamoDbReply, startScriptedServer } from '../aws/scripted-server.ts';
import { assertSucceeded, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { checkpointKeys } from '../fixtures/resume-attempts.ts';
import { assertTakenOver } from '../fixtures/second-attempt.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** Starts a DynamoDB server with a table whose Scan returns empty pages until `isLastPage` returns true. */
function startEndlessTable(isLastPage: () => boolean) {
  const TableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/table';
  const Table = { TableName: 'table', TableArn, TableStatus: 'ACTIVE', ItemCount: 1, TableSizeBytes: 100 };
  let pages = 0;
  return startScriptedServer(async ({ headers }) => {
    if (!String(headers['x-amz-target']).endsWith('.Scan')) return dynamoDbReply({ Table });
    await sleep(20);
    pages += 1;
    const pk = { S: String(pages) };
    return dynamoDbReply({ Items: [], Count: 0, ScannedCount: 1, ...(!isLastPage() && { LastEvaluatedKey: { pk } }) });
  });
}

const INPUTS = { resume: 'true', 'dynamodb-table-name': 'table', 'total-segments': '2', 'if-empty': 'ignore' };
/** Reduces the time between renewals of run.json to 1.8 seconds. */
const TIME_SCALE = { DYNAMODB_TO_S3_TIME_SCALE: '0.01' };

/** Returns the number of renewals of run.json. After the first checkpoint of a segment, nothing else writes run.json. */
function countRenewals({ store }: Pair): number {
  const firstCheckpoint = store.requests.findIndex(({ key }) => key.includes('/segment-'));
  if (firstCheckpoint < 0) return 0;
  return store.requests
    .slice(firstCheckpoint)
    .filter(({ operation, key, status }) => operation === 'PutObject' && key.endsWith('/run.json') && status === 200)
    .length;
}

// A lifecycle rule could otherwise delete the run.json of a long copy.
slowTest('run.json is renewed periodically while a scan returns no items', async () => {
  await using pair = await openPair();
  await using server = await startEndlessTable(() => countRenewals(pair) >= 2);
  await using run = await pair.run(INPUTS, {
    env: { ...TIME_SCALE, AWS_ENDPOINT_URL_DYNAMODB: server.endpoint },
  });
  assertSucceeded(run);
  assert.deepEqual(await checkpointKeys(pair), []);
});

slowTest('an attempt that stores nothing fails with TAKEN_OVER if another attempt has taken the run lock', async () => {
  await using pair = await openPair();
  let isTaken = false;
  await using server = await startEndlessTable(() => false);
  pair.store.inject(async ({ operation, key }) => {
    if (operation !== 'PutObject' || !key.includes('/segment-') || isTaken) return undefined;
    isTaken = true;
    const Key = (await checkpointKeys(pair)).find((one) => one.endsWith('/run.json'));
    const Body = JSON.stringify({ version: 2, owner: 'another attempt', attempt: 2 });
    await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body }));
    return undefined;
  });
  await using run = await pair.run(INPUTS, {
    env: { ...TIME_SCALE, AWS_ENDPOINT_URL_DYNAMODB: server.endpoint },
  });
  assertTakenOver(run);
});
