import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { assertRefused } from '../e2e/export-pair.ts';
import { type Inputs, openPair, startServers } from '../e2e/pair.ts';
import { CREDENTIALS, REGION } from '../support/credentials.ts';
import { chosenStore } from '../support/store.ts';

// moto is S3 and DynamoDB in one server, and the only double besides our own that exports.
const skip = chosenStore() !== 'moto' && 'TEST_STORE is not moto, which alone exports';
if (!skip) {
  await startServers();
}

suite("a server that others made takes the Action's requests", () => {
  for (const [what, code, says, hasRecovery, inputs] of [
    ['recovery that is off', 'RECOVERY_OFF', /Point-in-time recovery is disabled/, false, {}],
    [
      'recovery that is turned on',
      'EXPORT_MANIFEST_INVALID',
      /returned no key of its manifest/,
      false,
      { 'enable-point-in-time-recovery': 'true' },
    ],
    // moto writes the data of an export, and no manifest.
    ['an export', 'EXPORT_MANIFEST_INVALID', /returned no key of its manifest/, true, {}],
    [
      'an export in ION',
      'EXPORT_MANIFEST_INVALID',
      /returned no key of its manifest/,
      true,
      { 'export-format': 'ION' },
    ],
    ['a bucket that is not there', 'BUCKET_NOT_FOUND', /nobody-has-it/, true, { 's3-bucket-name': 'nobody-has-it' }],
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
