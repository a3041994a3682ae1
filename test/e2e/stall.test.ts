import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { dynamoDbReply, startScriptedServer } from '../aws/scripted-server.ts';
import { assertFailed, assertSucceeded, openPair, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/table';

await startServers();

/** Sends a response that never ends. No time limit for an idle connection or a response applies to it. */
function respondEndlessly(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
  const timer = setInterval(() => response.write(' '), 30);
  response.on('close', () => clearInterval(timer));
}

test('a step without progress fails with STALLED and names the requests that it waits for', async () => {
  const Table = { TableName: 'table', TableArn: ARN, TableStatus: 'ACTIVE', ItemCount: 1, TableSizeBytes: 100 };
  await using server = await startScriptedServer(({ headers }) =>
    String(headers['x-amz-target']).endsWith('.Scan') ? respondEndlessly : dynamoDbReply({ Table }),
  );
  await using pair = await openPair();
  await using run = await pair.run(
    { 'dynamodb-table-name': 'table', 'total-segments': '3' },
    { env: { AWS_ENDPOINT_URL_DYNAMODB: server.endpoint, DYNAMODB_TO_S3_TIME_SCALE: '0.01' } },
  );
  const { message, remedy } = await assertFailed(run, pair, 'STALLED');
  assert.match(message, /waiting for DynamoDB to respond to Scan \(3\)\./);
  assert.match(remedy, /proxy or a firewall/);
});

slowTest('a step does not fail with STALLED while read-capacity delays a page beyond the stall limit', async () => {
  const Table = { TableName: 'table', TableArn: ARN, TableStatus: 'ACTIVE', ItemCount: 2, TableSizeBytes: 200 };
  let scans = 0;
  await using server = await startScriptedServer(({ headers }) => {
    if (!String(headers['x-amz-target']).endsWith('.Scan')) return dynamoDbReply({ Table });
    scans += 1;
    const pk = { S: String(scans) };
    return dynamoDbReply({
      Items: [{ pk }],
      Count: 1,
      ScannedCount: 1,
      // 120 RCU take 12 seconds at 10 RCU/s. The stall limit is 9 seconds.
      ConsumedCapacity: { TableName: 'table', CapacityUnits: 120 },
      ...(scans === 1 && { LastEvaluatedKey: { pk } }),
    });
  });
  await using pair = await openPair();
  await using run = await pair.run(
    { 'dynamodb-table-name': 'table', 'total-segments': '1', 'read-capacity': '10' },
    { env: { AWS_ENDPOINT_URL_DYNAMODB: server.endpoint, DYNAMODB_TO_S3_TIME_SCALE: '0.01' } },
  );
  assertSucceeded(run);
  assert.equal(run.outputs['item-count'], '2');
});
