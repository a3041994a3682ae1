import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readAccessCheck } from '../../../src/preflight/checks/read-access.ts';
import { startScriptedServer } from '../../aws/scripted-server.ts';

test('read access cannot be checked if DynamoDB does not respond', async (t) => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  t.mock.method(AbortSignal, 'timeout', () => timeout(50));
  await using server = await startScriptedServer(() => () => {});
  const credentials = { accessKeyId: 'AKIAEXAMPLE000', secretAccessKey: 'secret-of-the-test' };
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials });
  const check = readAccessCheck(client, 'orders', { request: {} } as Parameters<typeof readAccessCheck>[2]);
  assert.deepEqual(await check.run(new AbortController().signal), {
    status: 'not checked',
    why: 'DynamoDB did not respond to a Scan of one item, which can happen if it throttles requests',
  });
  client.destroy();
});
