import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DynamoDBClient, ExportTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { openExportService } from '../emulators/export-service/export-service.ts';
import { openLoadService } from '../emulators/load-service/load-service.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertRefused, TWELVE } from '../fixtures/export-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, type Inputs, openPair, startServers } from '../fixtures/pair.ts';
import { RESTORE_ACTION } from '../fixtures/restore-pair.ts';
import { fewOf } from '../run/effort.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

/** Definition of the table, which an export of another tool does not contain. */
const KEYS = {
  'create-table-kwargs': JSON.stringify({
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  }),
};

for (const [method, format] of fewOf(
  [
    ['write', 'DYNAMODB_JSON'],
    ['import', 'DYNAMODB_JSON'],
    ['write', 'ION'],
  ] as const,
  1,
)) {
  test(`a native export in ${format} that another tool requested is restored with the method ${method}`, async () => {
    await using pair = await openPair();
    const { source, store, bucket } = pair;
    await using exports = await openExportService({ source, store, settleAfterMs: 'manual' });
    await using service = await openLoadService({ source, store });
    const table = await source.createTable(TWELVE);
    const client = new DynamoDBClient({ endpoint: exports.endpoint, region: REGION, credentials: CREDENTIALS });
    await client.send(
      new ExportTableToPointInTimeCommand({
        TableArn: exports.tableArn(table),
        S3Bucket: bucket,
        S3Prefix: 'native',
        ExportFormat: format,
      }),
    );
    client.destroy();
    await exports.settle();
    const restore = (inputs: Inputs) =>
      runAction({
        ...RESTORE_ACTION,
        inputs: {
          'dynamodb-table-name': `${table}-restored`,
          copy: `s3://${bucket}/native/AWSDynamoDB/${String(exports.exports().at(-1)?.['ExportArn']).split('/').at(-1)}/`,
          's3-force-path-style': 'true',
          'check-interval': '1',
          method,
          ...inputs,
        },
        env: { ...source.env, ...store.env, ...service.env },
      });
    await using refused = await restore(KEYS);
    assert.match(assertRefused(refused, 'COPY_NOT_RESTORABLE'), /nothing shows whether it contains the whole table/);
    await using unknownKeys = await restore({ 'allow-subset': 'true' });
    assert.match(assertRefused(unknownKeys, 'INVALID_INPUT'), /no valid manifest-table\.json.*KeySchema/s);
    await using run = await restore({ ...KEYS, 'allow-subset': 'true' });
    assertSucceeded(run);
    assert.equal(run.outputs['item-count'], '12');
    assertSameItems(await source.readItems(`${table}-restored`), await source.readItems(table));
    assert.match(run.summary, /the copy contains no manifest-table\.json/);
  });
}
