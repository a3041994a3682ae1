import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { clientOfTable } from './clients-for-tests.ts';
import { type Answer, dynamoDbFailure, dynamoDbReply, startScriptedServer } from './scripted-server.ts';

const describeTable = new DescribeTableCommand({ TableName: 'table' });
const whole = dynamoDbReply({ Table: { TableId: 'one' } });

/** Returns the reply with other bytes under the original checksum. */
function changed(reply: Answer, from: string, to: string): Answer {
  return { ...reply, body: String(reply.body).replace(from, to) };
}

test('a DynamoDB response with a corrupted byte is requested again', async () => {
  await using server = await startScriptedServer((_, nth) => (nth === 1 ? changed(whole, 'one', 'two') : whole));
  using client = clientOfTable(server.endpoint);
  const { Table, $metadata } = await client.send(describeTable);
  assert.equal(Table?.TableId, 'one');
  assert.equal($metadata.attempts, 2);
});

test('a DynamoDB error response with a corrupted byte is requested again', async () => {
  const error = changed(dynamoDbFailure('ResourceNotFoundException', 'x'), 'NotFound', 'InUse');
  await using server = await startScriptedServer((_, nth) => (nth === 1 ? error : whole));
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describeTable)).Table?.TableId, 'one');
});

test('a connection that closes during a response is retried as a network error', async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth > 1
      ? whole
      : (response) => {
          response.writeHead(200, { ...whole.headers, 'content-length': '100' });
          response.write('{"Table"', () => response.destroy());
        },
  );
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describeTable)).Table?.TableId, 'one');
});

test('a response without a checksum is accepted', async () => {
  await using server = await startScriptedServer(() => ({ status: 200, body: '{"Table":{"TableId":"one"}}' }));
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describeTable)).Table?.TableId, 'one');
});
