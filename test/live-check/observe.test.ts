import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DynamoDBClient,
  type ExportFormat,
  ExportTableToPointInTimeCommand,
  type IncrementalExportSpecification,
} from '@aws-sdk/client-dynamodb';
import { compareFact } from '../../scripts/live-check/facts.ts';
import { EXPORTS, observeFacts } from '../../scripts/live-check/observe.ts';
import { prepareTable } from '../../scripts/live-check/prepare-table.ts';
import { ITEM_COUNT } from '../../scripts/live-check/table-items.ts';
import { openExportService } from '../emulators/export-service/export-service.ts';
import { openSource } from '../emulators/source.ts';
import { openStore } from '../emulators/store.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { startServers } from '../fixtures/pair.ts';

await startServers();

test('a live check finds all its facts in exports of the test server', async () => {
  await using source = await openSource();
  await using store = await openStore();
  const bucket = await store.createBucket();
  await using service = await openExportService({ source, store, settleAfterMs: 'manual' });
  using client = disposable(
    new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS }),
  );
  const table = `live-check-${Date.now()}`;
  const pause = async (milliseconds: number) => service.clock.advance(milliseconds);
  const prepared = await prepareTable(
    client.dynamoDb,
    { source: table, bulkPut: `${table}-bulk-put` },
    pause,
    service.clock.now,
  );
  const period = {
    ExportFromTime: new Date(prepared.from),
    ExportToTime: new Date(prepared.to),
  };
  assert.equal(period.ExportToTime.getTime() - period.ExportFromTime.getTime(), 15 * 60_000);
  assert.ok(service.clock.now() - period.ExportFromTime.getTime() >= 89_000, 'the changes are made after a margin');
  assert.equal((await source.readItems(table)).length, ITEM_COUNT);
  assert.equal((await source.readItems(`${table}-bulk-put`)).length, 0);

  // The test server learns of changes only from the test.
  for (const [pk, before, after] of [
    ['inserted', undefined, '2'],
    ['updated', '1', '2'],
    ['deleted', '1', undefined],
  ] as const) {
    const image = (n: string) => ({ pk: { S: pk }, n: { N: n } });
    service.recordChange(table, {
      keys: { pk: { S: pk } },
      ...(before !== undefined && { oldImage: image(before) }),
      ...(after !== undefined && { newImage: image(after) }),
      at: new Date(service.clock.now()),
    });
  }
  service.clock.advance(20 * 60_000);
  const start = (name: string, ExportFormat: ExportFormat, incremental?: IncrementalExportSpecification) =>
    client.dynamoDb.send(
      new ExportTableToPointInTimeCommand({
        TableArn: service.tableArn(table),
        S3Bucket: bucket,
        S3Prefix: `${table}/${name}`,
        ExportFormat,
        ExportType: incremental === undefined ? 'FULL_EXPORT' : 'INCREMENTAL_EXPORT',
        ...(incremental !== undefined && { IncrementalExportSpecification: incremental }),
      }),
    );
  await start(EXPORTS.full, 'DYNAMODB_JSON');
  await start(EXPORTS.ion, 'ION');
  await start(EXPORTS.newImage, 'DYNAMODB_JSON', { ...period, ExportViewType: 'NEW_IMAGE' });
  await start(EXPORTS.incrementalIon, 'ION', period);
  await service.settle();

  service.deny('DescribeLimits');
  const run = { region: REGION, role: undefined, bucket, table };
  const clients = { dynamoDb: client.dynamoDb, s3: store.client, [Symbol.dispose]: () => undefined };
  const facts = await observeFacts(clients, run);
  assert.deepEqual(
    facts.filter((fact) => compareFact(fact) !== 'equal').map(({ name, seen }) => [name, seen]),
    // Requires a role.
    [['ListExports of a table, allowed only for the ARN of this table', undefined]],
  );
  assert.equal(facts.length, 17);
});

function disposable(dynamoDb: DynamoDBClient) {
  return { dynamoDb, [Symbol.dispose]: () => dynamoDb.destroy() };
}

test('a live check without exports sees no facts of exports', async () => {
  await using source = await openSource();
  await using store = await openStore();
  const bucket = await store.createBucket();
  await using service = await openExportService({ source, store });
  using client = disposable(
    new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS }),
  );
  const clients = { dynamoDb: client.dynamoDb, s3: store.client, [Symbol.dispose]: () => undefined };
  const facts = await observeFacts(clients, { region: REGION, role: undefined, bucket, table: 'live-check-1' });
  assert.deepEqual(
    new Set(facts.filter(({ name }) => !name.startsWith('Type of')).map((fact) => compareFact(fact))),
    new Set(['not seen']),
  );
});
