// A busy machine would respond too late for shorter-waits.ts.
import './short-waits.ts';
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import test from 'node:test';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { clientOfBucket, clientOfTable } from './clients-for-tests.ts';
import { dynamoDbFailure, dynamoDbReply, s3Failure, startScriptedServer } from './scripted-server.ts';

const REQUESTS = 40;
const THROTTLES = 280;

test(`${REQUESTS} parallel scans complete despite ${THROTTLES} throttled requests`, async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth <= THROTTLES
      ? dynamoDbFailure(
          'ProvisionedThroughputExceededException',
          'The level of configured provisioned throughput for the table was exceeded.',
        )
      : dynamoDbReply({ Count: 0, ScannedCount: 0, Items: [] }),
  );
  using client = clientOfTable(server.endpoint);
  const outputs = await Promise.all(
    Array.from({ length: REQUESTS }, () => client.send(new ScanCommand({ TableName: 'table' }))),
  );
  assert.equal(outputs.length, REQUESTS);
  assert.equal(server.requests.length, THROTTLES + REQUESTS);
  const attempts = outputs.map(({ $metadata }) => $metadata.attempts ?? 0);
  assert.equal(
    attempts.reduce((a, b) => a + b),
    THROTTLES + REQUESTS,
  );
  assert.ok(Math.max(...attempts) > 4, 'at least one request needs more attempts than the default of the SDK');
});

for (const [what, reply] of Object.entries({
  ThrottlingException: dynamoDbFailure('com.amazon.coral.availability#ThrottlingException', 'Rate exceeded'),
  RequestLimitExceeded: dynamoDbFailure('RequestLimitExceeded', 'Throughput exceeds the current account limit'),
  'HTTP 500': dynamoDbFailure('InternalServerError', 'Internal server error', 500),
  'HTTP 502 from a proxy': { status: 502, body: '<html>Bad gateway</html>' },
  'HTTP 503': { status: 503 },
  'a closed connection': (response: ServerResponse) => response.destroy(),
} as const)) {
  test(`a scan is retried until it succeeds after ${what}`, async () => {
    await using server = await startScriptedServer((_, nth) =>
      nth === 2 || nth === 3 ? reply : dynamoDbReply({ Count: 0, ScannedCount: 0, Items: [] }),
    );
    using client = clientOfTable(server.endpoint);
    await client.send(new ScanCommand({ TableName: 'table' }));
    const { $metadata } = await client.send(new ScanCommand({ TableName: 'table' }));
    assert.equal($metadata.attempts, 3);
  });
}

test('an upload is retried with a pause after SlowDown with an invalid Retry-After header', async () => {
  const slow = s3Failure('SlowDown', 503);
  await using server = await startScriptedServer((_, nth) =>
    nth <= 3 ? { ...slow, headers: { 'retry-after': '9'.repeat(400) } } : { status: 200, headers: { etag: '"x"' } },
  );
  using client = clientOfBucket(server.endpoint);
  const { $metadata } = await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'x' }));
  assert.equal($metadata.attempts, 4);
  assert.ok(($metadata.totalRetryDelay ?? Number.NaN) > 0);
});
