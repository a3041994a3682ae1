import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { clientOfTable } from './clients-for-tests.ts';
import { type Answer, dynamoDbFailure, dynamoDbReply, startScriptedServer } from './scripted-server.ts';

const describe = new DescribeTableCommand({ TableName: 'table' });
const whole = dynamoDbReply({ Table: { TableId: 'one' } });

/** Other bytes under the checksum of the ones that were sent. */
function changed(reply: Answer, from: string, to: string): Answer {
  return { ...reply, body: String(reply.body).replace(from, to) };
}

test('an answer that arrived with another byte is asked for again', async () => {
  await using server = await startScriptedServer((_, nth) => (nth === 1 ? changed(whole, 'one', 'two') : whole));
  using client = clientOfTable(server.endpoint);
  const { Table, $metadata } = await client.send(describe);
  assert.equal(Table?.TableId, 'one');
  assert.equal($metadata.attempts, 2);
});

test('so is an error, which would be another one', async () => {
  const refusal = changed(dynamoDbFailure('ResourceNotFoundException', 'x'), 'NotFound', 'InUse');
  await using server = await startScriptedServer((_, nth) => (nth === 1 ? refusal : whole));
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describe)).Table?.TableId, 'one');
});

test('a connection that breaks in the middle of an answer is a fault of the network', async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth > 1
      ? whole
      : (response) => {
          response.writeHead(200, { ...whole.headers, 'content-length': '100' });
          response.write('{"Table"', () => response.destroy());
        },
  );
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describe)).Table?.TableId, 'one');
});

test('a server that sends no checksum is believed', async () => {
  await using server = await startScriptedServer(() => ({ status: 200, body: '{"Table":{"TableId":"one"}}' }));
  using client = clientOfTable(server.endpoint);
  assert.equal((await client.send(describe)).Table?.TableId, 'one');
});
