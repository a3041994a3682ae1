import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { chosenStore } from '../emulators/store.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertRefused } from '../fixtures/export-pair.ts';
import { type Inputs, openPair, startServers } from '../fixtures/pair.ts';

// moto is S3 and DynamoDB in one server, and the only test server besides our own that implements exports.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store that implements exports';
if (!skip) {
  await startServers();
}

suite('the export engine against moto', () => {
  for (const [what, code, says, hasRecovery, inputs] of [
    ['fails if PITR is disabled', 'PITR_DISABLED', /Point-in-time recovery is disabled/, false, {}],
    [
      'enables PITR and starts an export, which has no manifest',
      'EXPORT_MANIFEST_INVALID',
      /returned no manifest key/,
      false,
      { 'enable-point-in-time-recovery': 'true' },
    ],
    // moto writes the data of an export but no manifest.
    ['starts an export, which has no manifest', 'EXPORT_MANIFEST_INVALID', /returned no manifest key/, true, {}],
    [
      'starts an export in ION, which has no manifest',
      'EXPORT_MANIFEST_INVALID',
      /returned no manifest key/,
      true,
      { 'export-format': 'ION' },
    ],
    [
      'fails if the bucket does not exist',
      'BUCKET_NOT_FOUND',
      /nobody-has-it/,
      true,
      { 's3-bucket-name': 'nobody-has-it' },
    ],
  ] as const) {
    test(what, { skip }, async () => {
      await using pair = await openPair();
      const endpoint = process.env['TEST_STORE_ENDPOINT'] ?? '';
      const table = await createTable(endpoint, hasRecovery);
      const wanted: Inputs = {
        'dynamodb-table-name': table,
        'point-in-time-export': 'true',
        'check-interval': '1',
        's3-key-prefix': 'exports',
        ...inputs,
      };
      await using run = await pair.run(wanted, { env: { AWS_ENDPOINT_URL_DYNAMODB: endpoint } });
      assert.match(assertRefused(run, code), says);
      if (code === 'EXPORT_MANIFEST_INVALID') {
        assert.match(run.outputs['export-arn'] ?? '', new RegExp(`:table/${table}/`));
        assert.match(run.log, /Started export \S+/);
      }
    });
  }
});

async function createTable(endpoint: string, hasRecovery: boolean): Promise<string> {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  const TableName = `export-${crypto.randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } }));
  if (hasRecovery) {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
  }
  client.destroy();
  return TableName;
}
