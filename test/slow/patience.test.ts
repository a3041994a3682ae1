import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { dynamoDbError, s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { onDynamoDb, onS3 } from '../fixtures/fault-scripts.ts';
import { assertFailed, largeItems, openPair, type Pair, preload, startServers } from '../fixtures/pair.ts';

await startServers();

/** Large enough for a multipart upload as a single uncompressed object. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

suite('time limits of retries', { concurrency: 4 }, () => {
  test('a step fails with THROTTLED if DynamoDB throttles Scan for ten minutes', async () => {
    await using pair = await openPair();
    onDynamoDb('Scan', 2, dynamoDbError('ProvisionedThroughputExceededException', 'Slow down'), 'from then on')(pair);
    await using run = await pair.run(COPY, preload('fast-clock.ts'));
    const { message, remedy } = await assertFailed(run, pair, 'THROTTLED');
    assert.match(message, /DynamoDB throttled Scan/);
    assert.match(remedy, /read capacity.*set read-capacity to a lower value/);
    assertTriedOften(pair, 'Scan');
  });

  test('a step fails with THROTTLED if S3 throttles UploadPart for ten minutes', async () => {
    await using pair = await openPair();
    onS3('UploadPart', 1, s3Error('SlowDown', 503), 'from then on')(pair);
    await using run = await pair.run(COPY, preload('fast-clock.ts'));
    const { message, remedy } = await assertFailed(run, pair, 'THROTTLED');
    assert.match(message, /S3 throttled UploadPart/);
    assert.match(remedy, /later/);
    assertTriedOften(pair, 'UploadPart');
    assert.equal(pair.store.uploads.aborted().length, 1);
  });

  for (const service of ['DYNAMODB', 'S3'] as const) {
    test(`a step fails with NETWORK if AWS_ENDPOINT_URL_${service} refuses connections for 30 seconds`, async () => {
      await using pair = await openPair();
      const env = { [`AWS_ENDPOINT_URL_${service}`]: await closedEndpoint() };
      await using run = await pair.run(COPY, { ...preload('fast-clock.ts'), env });
      const { message, remedy } = await assertFailed(run, pair, 'NETWORK');
      assert.match(message, /ECONNREFUSED/);
      assert.match(remedy, new RegExp(`AWS_ENDPOINT_URL_${service}`));
    });
  }

  test('a step fails with NETWORK if DynamoDB accepts connections and never responds', async () => {
    await using pair = await openPair();
    onDynamoDb('DescribeTable', 1, 'hang', 'from then on')(pair);
    // Waits for the idle timeout of the connection, which fast-clock.ts does not shorten.
    await using run = await pair.run(COPY, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.02' } });
    await assertFailed(run, pair, 'NETWORK');
  });
});

function assertTriedOften({ source, store }: Pair, operation: string): void {
  const failed = [...source.requests, ...store.requests].filter(
    (request) => request.operation === operation && request.fault !== undefined,
  );
  assert.ok(failed.length > 2, `${failed.length} attempts`);
}

/** Returns an endpoint on a port that was free a moment ago, on which no server listens. */
async function closedEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(60));
}
