import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbReply, startScriptedServer } from '../aws/scripted-server.ts';
import { type Fault, jsonResponse, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import type { Source } from '../emulators/source.ts';
import { dynamoDbDenies, s3Denies } from '../fixtures/aws-errors.ts';
import { attempt, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, largeItems, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { dieAt, attempt as nthAttempt, RESUMED } from '../fixtures/resume-attempts.ts';
import { putsObject } from '../fixtures/second-attempt.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

const INDEXED: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'g', AttributeType: 'B' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-g',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    },
  ],
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 50, WriteCapacityUnits: 6 },
};

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const SETTINGS = ['DescribeTimeToLive', 'DescribeContinuousBackups', 'ListTagsOfResource', 'GetResourcePolicy'];

suite('manifest-table.json of a scan', { concurrency: 3 }, () => {
  slowTest('creates a table with the same definition, and contains its tags and time to live', async () => {
    await using pair = await openPair();
    const { source } = pair;
    const table = await source.createTable([], INDEXED);
    source.inject(({ operation }) => {
      if (operation === 'ListTagsOfResource') return tagged('team', 'orders');
      return operation === 'DescribeTimeToLive'
        ? jsonResponse(() => ({
            TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' },
          }))
        : undefined;
    });
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    const { CreateTable, TimeToLive, Tags, scope, tableArn } = copy.table ?? {};
    assert.equal(scope, 'table');
    assert.equal(tableArn, copy.summary.tableArn);
    assert.deepEqual(TimeToLive, { AttributeName: 'expires', Enabled: true });
    assert.deepEqual(Tags, [{ Key: 'team', Value: 'orders' }]);
    const created = `${table}-again`;
    const definition = { ...(CreateTable as CreateTableCommandInput), TableName: created };
    await source.client.send(new CreateTableCommand(definition));
    assert.deepEqual(await definitionOf(source, created), await definitionOf(source, table));
  });

  slowTest('contains the KMS key of the table, and who manages the key', async () => {
    await using kms = await startScriptedServer(() =>
      dynamoDbReply({ KeyMetadata: { KeyId: KEY, KeyManager: 'CUSTOMER' } }),
    );
    await using pair = await openPair();
    const { source } = pair;
    const table = await source.createTable(smallItems(3));
    const SSEDescription = { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY };
    source.inject(({ operation }) =>
      operation === 'DescribeTable'
        ? jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, SSEDescription } }))
        : undefined,
    );
    const env = { AWS_ENDPOINT_URL_KMS: kms.endpoint };
    await using run = await pair.run({ 'dynamodb-table-name': table }, { env });
    const { CreateTable, unknown } = (await pair.copyOf(run)).table ?? {};
    const { SSESpecification } = CreateTable as CreateTableCommandInput;
    assert.deepEqual(SSESpecification, { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY });
    assert.ok(Array.isArray(unknown));
    assert.doesNotMatch(unknown.join(), /KMS/);
    assert.equal(kms.requests.length, 1);
  });

  slowTest('is written before the summary, from requests that are sent after the first Scan', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    await pair.copyOf(run);
    const operations = pair.source.requests.map(({ operation }) => operation);
    const settings = operations.slice(operations.indexOf('Scan')).filter((operation) => SETTINGS.includes(operation));
    // Sent one after the other, so that they open no connections that would delay the copy.
    assert.deepEqual(settings, SETTINGS);
    assert.ok(!operations.slice(0, operations.indexOf('Scan')).some((operation) => SETTINGS.includes(operation)));
    const written = pair.store.requests.filter(({ operation }) => operation === 'PutObject').map(nameOf);
    assert.ok(written.indexOf('manifest-table.json') < written.indexOf('manifest-summary.json'), written.join());
  });

  slowTest('records the scope subset for a copy with a filter', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': JSON.stringify({ FilterExpression: 'attribute_exists(pk)' }),
    });
    const copy = await pair.copyOf(run);
    assert.equal(copy.table?.['scope'], 'subset');
  });

  slowTest('names the settings that the role is not allowed to read, which the log reports in one line', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    pair.source.inject(({ operation }) =>
      SETTINGS.includes(operation) ? dynamoDbDenies(`dynamodb:${operation}`) : undefined,
    );
    await using run = await pair.run({ 'dynamodb-table-name': table });
    const copy = await pair.copyOf(run);
    assert.deepEqual(copy.table?.['unknown'], [
      'TimeToLive: not authorized to perform dynamodb:DescribeTimeToLive',
      'PointInTimeRecovery: not authorized to perform dynamodb:DescribeContinuousBackups',
      'Tags: not authorized to perform dynamodb:ListTagsOfResource',
      'ResourcePolicy: not authorized to perform dynamodb:GetResourcePolicy',
    ]);
    assert.deepEqual([...run.warnings, ...run.notices], []);
    assert.equal(run.log.match(/manifest-table\.json has no value for some settings/g)?.length, 1, run.log);
  });

  slowTest('stays if an earlier attempt has written it, and a re-run completes the copy', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(18, 10_000));
    const inputs = { ...RESUMED, 'dynamodb-table-name': table };
    await using _ = await dieAt(pair, inputs, putsObject('manifest-summary.md5'), 'drop');
    const before = await definitionsIn(pair);
    assert.equal(before.length, 1);
    pair.source.inject(({ operation }) => (operation === 'ListTagsOfResource' ? tagged('added', 'later') : undefined));
    await using run = await pair.run(inputs, nthAttempt(2));
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 18);
    assert.deepEqual(await definitionsIn(pair), before);
  });
});

suite('manifest-table.json of an export', { concurrency: 3 }, () => {
  slowTest('exists with max-attempts: 0 before DynamoDB has written anything', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await using run = await exporting.run({ 'max-attempts': '0', 's3-key-prefix': 'nightly' });
    assertSucceeded(run);
    assert.deepEqual(run.warnings, []);
    const [description] = exporting.service.exports();
    const id = String(description?.['ExportArn']).replace(/^.*\//, '');
    const key = `nightly/AWSDynamoDB/${id}/manifest-table.json`;
    const { store, bucket } = exporting.pair;
    const written = (await store.list(bucket)).filter((object) => object.key.endsWith('.json'));
    assert.deepEqual(
      written.map((object) => object.key),
      [key],
    );
    const manifest = JSON.parse((await store.read(bucket, key)).toString()) as Record<string, unknown>;
    assert.equal(manifest['tableArn'], exporting.service.tableArn(exporting.table));
    assert.equal(manifest['scope'], 'table');
    assert.deepEqual(manifest['PointInTimeRecovery'], { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 });
    const { TableName } = manifest['CreateTable'] as CreateTableCommandInput;
    assert.equal(TableName, exporting.table);
    const put = store.requests.find(({ operation }) => operation === 'PutObject');
    assert.equal(put?.headers['if-none-match'], '*');
  });

  slowTest('is not replaced by a re-run, which waits for the export and succeeds', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await using first = await exporting.run({ 'max-attempts': '1' });
    assert.equal(first.exitCode, 1);
    const before = await definitionsIn(exporting.pair);
    assert.equal(before.length, 1);
    const described = exporting.calls('DescribeExport').length;
    exporting.service.inject(async ({ operation }, nth) => {
      // The first request of attempt 2 finds the export of attempt 1.
      if (operation === 'DescribeExport' && nth === described + 2) await exporting.service.settle();
      return undefined;
    });
    await using run = await exporting.run({}, attempt(2));
    const copy = await exporting.copyOf(run);
    assert.equal(copy.table?.['scope'], 'table');
    assert.deepEqual(run.warnings, []);
    assert.deepEqual(await definitionsIn(exporting.pair), before);
  });

  slowTest('has the encryption of the export, and the scope subset for a filter', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run({
      'export-table-to-point-in-time-kwargs': JSON.stringify({
        S3SseAlgorithm: 'AES256',
        FilterSpecification: { FilterExpression: 'attribute_exists(pk)' },
      }),
    });
    assertSucceeded(run);
    const put = exporting.pair.store.requests.find(putsObject('manifest-table.json'));
    assert.equal(put?.headers['x-amz-server-side-encryption'], 'AES256');
    const [manifest = '{}'] = await definitionsIn(exporting.pair);
    assert.equal((JSON.parse(manifest) as Record<string, unknown>)['scope'], 'subset');
  });

  for (const [title, fault, message] of [
    ['the role is not allowed to write it', s3Denies('s3:PutObject'), /not authorized to perform s3:PutObject on s3:/],
    ['S3 rejects it', s3Error('InvalidRequest', 400), /S3 did not store it/],
  ] as const) {
    slowTest(`is missing if ${title}, which is a warning and does not fail the export`, async () => {
      await using exporting = await openExportPair();
      exporting.pair.store.inject(({ operation }) => (operation === 'PutObject' ? fault : undefined));
      await using run = await exporting.run();
      const copy = await exporting.copyOf(run);
      assert.equal(copy.table, undefined);
      assert.equal(run.warnings.length, 1, run.warnings.join('\n'));
      assert.match(run.warnings[0] ?? '', message);
    });
  }
});

/** Returns the response for a table with one tag. DynamoDB Local has no tags. */
function tagged(Key: string, Value: string): Fault {
  const body = Buffer.from(JSON.stringify({ Tags: [{ Key, Value }] }));
  return { httpResponse: { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } };
}

/** Returns the definition of a table as the server reports it, without names and times. */
async function definitionOf({ client }: Source, table: string): Promise<object> {
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: table }));
  const { AttributeDefinitions = [], KeySchema, ProvisionedThroughput, BillingModeSummary } = Table;
  const indexes = (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName, Projection, ...index }) => ({
    ...{ IndexName, Projection, KeySchema: index.KeySchema },
    reads: index.ProvisionedThroughput?.ReadCapacityUnits,
    writes: index.ProvisionedThroughput?.WriteCapacityUnits,
  }));
  return {
    ...{ KeySchema, indexes, billing: BillingModeSummary?.BillingMode },
    attributes: AttributeDefinitions.map(
      ({ AttributeName, AttributeType }) => `${AttributeName}${AttributeType}`,
    ).sort(),
    reads: ProvisionedThroughput?.ReadCapacityUnits,
    writes: ProvisionedThroughput?.WriteCapacityUnits,
  };
}

function nameOf({ key }: S3Request): string {
  return key.replace(/^.*\//, '');
}

/** Returns the content of every manifest-table.json in the bucket. */
async function definitionsIn({ store, bucket }: Pair): Promise<string[]> {
  const found = (await store.list(bucket)).filter(({ key }) => key.endsWith('/manifest-table.json'));
  return Promise.all(found.map(async ({ key }) => (await store.read(bucket, key)).toString()));
}
