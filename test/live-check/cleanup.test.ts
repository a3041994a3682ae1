import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { deleteTables } from '../../scripts/live-check/cleanup.ts';
import { observeUsage } from '../../scripts/live-check/observe.ts';
import { openStore } from '../emulators/store.ts';
import { RespondingClient, type SentRequest } from '../export/responding-client.ts';
import { startServers } from '../fixtures/pair.ts';

await startServers();

const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:table/';

/** Returns the error that DynamoDB returns for a table that does not exist. */
function notFound(): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ResourceNotFoundException', $fault: 'client', $metadata: {} });
}

/** A DynamoDB with tables that have an export and an import, each in progress until it was described twice. */
function dynamoDbWith(tables: readonly string[], failing: readonly string[] = []) {
  const existing = new Set(tables);
  const nameOf = ({ input }: SentRequest) => String(input['TableName'] ?? input['TableArn'] ?? '').replace(ARN, '');
  return new RespondingClient((request, nth) => {
    const name = nameOf(request);
    switch (request.operation) {
      case 'DescribeTable':
        if (!existing.has(name)) throw notFound();
        return { Table: { TableArn: `${ARN}${name}`, TableStatus: 'ACTIVE' } };
      case 'ListImports':
        return {
          ImportSummaryList: [{ ImportArn: 'import', ImportStatus: nth > 2 ? 'COMPLETED' : 'IN_PROGRESS' }],
        };
      case 'DescribeImport':
        return { ImportTableDescription: { ProcessedSizeBytes: 700 } };
      case 'ListExports':
        return { ExportSummaries: [{ ExportArn: 'export' }, { ExportArn: 'export' }] };
      case 'DescribeExport':
        return {
          ExportDescription: { ExportStatus: nth > 2 ? 'COMPLETED' : 'IN_PROGRESS', BilledSizeBytes: 10_000_000 },
        };
      case 'DeleteTable':
        if (failing.includes(name)) throw new Error(`cannot delete ${name}`);
        existing.delete(name);
        return {};
      default:
        return {};
    }
  });
}

test('the cleanup deletes tables after their exports and imports have ended, and without a backup', async () => {
  const client = dynamoDbWith(['a']);
  const waits: number[] = [];
  await deleteTables(client, ['missing', 'a'], async (milliseconds) => waits.push(milliseconds));
  assert.deepEqual(waits, [15_000, 15_000, 15_000]);
  assert.deepEqual(
    client.sent.slice(-3).map(({ operation }) => operation),
    ['UpdateContinuousBackups', 'DeleteTable', 'DescribeTable'],
  );
  assert.deepEqual(client.calls('UpdateContinuousBackups')[0]?.input, {
    TableName: 'a',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
  });
  assert.deepEqual(
    client.calls('DeleteTable').map(({ input }) => input),
    [{ TableName: 'a' }],
  );
});

test('the cleanup tries to delete every table, and fails if one remains', async () => {
  const client = dynamoDbWith(['a', 'b', 'c'], ['a']);
  await assert.rejects(
    deleteTables(client, ['a', 'b', 'c'], async () => undefined),
    /cannot delete 1 tables/,
  );
  assert.equal(client.calls('DeleteTable').length, 3);
});

test('the cleanup waits for an export at most 40 minutes, and then fails', async () => {
  const client = new RespondingClient(({ operation }) =>
    operation === 'DescribeTable'
      ? { Table: { TableArn: `${ARN}a` } }
      : { ImportSummaryList: [{ ImportStatus: 'IN_PROGRESS' }] },
  );
  let waited = 0;
  const count = async (milliseconds: number) => {
    waited += milliseconds;
  };
  await assert.rejects(deleteTables(client, ['a'], count), /cannot delete 1 tables/);
  assert.equal(waited, 40 * 60_000);
  assert.equal(client.calls('DeleteTable').length, 0);
});

test('the usage of a live check contains what DynamoDB billed and what the bucket contains', async () => {
  await using store = await openStore();
  const bucket = await store.createBucket();
  for (const [Key, Body] of [
    ['live-check-1/scan/a', 'five!'],
    ['live-check-2/scan/a', 'of another run'],
  ] as const) {
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  const clients = {
    dynamoDb: dynamoDbWith(['live-check-1']),
    s3: store.client,
    [Symbol.dispose]: () => undefined,
  };
  const run = { region: 'eu-central-1', role: undefined, bucket, table: 'live-check-1' };
  const usage = await observeUsage(clients, run, { scan: '2.5', shards: '1' });
  assert.equal(usage.scanUnits, 3.5);
  assert.equal(usage.exportedBytes, 20_000_000);
  assert.equal(usage.importedBytes, 700);
  assert.equal(usage.objects, 1);
  assert.equal(usage.storedBytes, 5);
  assert.equal(clients.dynamoDb.calls('ListImports')[0]?.input['TableArn'], `${ARN}live-check-1-import`);
});
