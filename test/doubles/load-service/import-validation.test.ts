import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DescribeTableCommand, ImportTableCommand } from '@aws-sdk/client-dynamodb';
import { type LoadSetting, openLoadSetting, outcomeOf, uniqueName } from '../../emulators/load-service/load-setting.ts';
import { sendRaw } from '../../fixtures/raw-dynamodb.ts';

const INDEX = {
  IndexName: 'by-date',
  KeySchema: [{ AttributeName: 'date', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};
const KEYS_AND_DATE = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'date', AttributeType: 'S' },
];
const UNUSED_ATTRIBUTE =
  'ValidationException: One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions';

const REJECTED: readonly {
  readonly what: string;
  readonly more?: object;
  readonly table?: object;
  readonly message: string;
}[] = [
  {
    what: 'a token with a dollar sign',
    more: { ClientToken: 'a$b' },
    message:
      "ValidationException: 1 validation error detected: Value 'a$b' at 'clientToken' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[^\\$]+$",
  },
  {
    what: 'a bucket ARN and an unknown format',
    more: { S3BucketSource: { S3Bucket: 'arn:aws:s3:::b' }, InputFormat: 'PARQUET' },
    message:
      "ValidationException: 2 validation errors detected: Value 'arn:aws:s3:::b' at 's3BucketSource.s3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$; Value 'PARQUET' at 'inputFormat' failed to satisfy constraint: Member must satisfy enum value set: [ION, CSV, DYNAMODB_JSON]",
  },
  {
    what: 'an unknown compression',
    more: { InputCompressionType: 'BZIP2' },
    message:
      "ValidationException: 1 validation error detected: Value 'BZIP2' at 'inputCompressionType' failed to satisfy constraint: Member must satisfy enum value set: [ZSTD, NONE, GZIP]",
  },
  {
    what: 'a table name with a space',
    table: { TableName: 'not a name' },
    message:
      "ValidationException: 1 validation error detected: Value 'not a name' at 'tableCreationParameters.tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
  },
  {
    what: 'an unknown key type',
    table: { KeySchema: [{ AttributeName: 'pk', KeyType: 'SORT' }] },
    message:
      "ValidationException: 1 validation error detected: Value 'SORT' at 'tableCreationParameters.keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]",
  },
  {
    what: 'CSV options for another format',
    more: { InputFormatOptions: { Csv: { Delimiter: ',' } } },
    message:
      'ValidationException: Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.',
  },
  {
    what: 'a table without billing mode and throughput',
    table: { BillingMode: undefined },
    message:
      'ValidationException: One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  },
  {
    what: 'a maximum throughput of a provisioned table',
    table: {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      OnDemandThroughput: { MaxWriteRequestUnits: 1 },
    },
    message:
      'ValidationException: One or more parameter values were invalid: MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.',
  },
  {
    what: 'a provisioned throughput of an on-demand table',
    table: { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
    message:
      'ValidationException: One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
  },
  {
    what: 'an attribute that is not part of a key',
    table: { AttributeDefinitions: KEYS_AND_DATE },
    message: UNUSED_ATTRIBUTE,
  },
  {
    what: 'a key without an attribute definition',
    table: { GlobalSecondaryIndexes: [INDEX] },
    message: 'ValidationException: Invalid KeySchema: Some index key attribute have no definition',
  },
  {
    what: 'warm throughput of an index',
    table: {
      AttributeDefinitions: KEYS_AND_DATE,
      GlobalSecondaryIndexes: [{ ...INDEX, WarmThroughput: { ReadUnitsPerSecond: 12_000 } }],
    },
    message: 'ValidationException: WarmThroughput is not supported on Global Secondary Indexes via ImportTable',
  },
];

suite('parameters of emulated imports', () => {
  let setting: LoadSetting;
  before(async () => {
    setting = await openLoadSetting();
  });
  after(() => setting[Symbol.asyncDispose]());

  for (const { what, more, table, message } of REJECTED) {
    test(`the emulated ImportTable rejects ${what}`, async () => {
      const request = new ImportTableCommand(setting.importOf('rejected', more, table));
      assert.equal(await outcomeOf(setting.client.send(request)), message);
      assert.deepEqual(
        setting.service.imports().filter(({ TableArn }) => String(TableArn).endsWith('/rejected')),
        [],
      );
    });
  }

  test('the emulated ImportTable rejects a request without a token, which the SDK fills in', async () => {
    const response = await sendRaw(setting.service.endpoint, 'ImportTable', setting.importOf('rejected'));
    assert.equal(response.status, 400);
    assert.match(await response.text(), /Value null at 'clientToken' failed to satisfy constraint/);
  });

  test('the emulated ImportTable creates indexes, encryption and limits but drops what AWS drops', async () => {
    const { client, service } = setting;
    const created = uniqueName('created');
    const table = {
      AttributeDefinitions: KEYS_AND_DATE,
      GlobalSecondaryIndexes: [INDEX],
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'alias/mine' },
      OnDemandThroughput: { MaxReadRequestUnits: 100, MaxWriteRequestUnits: 100 },
    };
    const dropped = {
      LocalSecondaryIndexes: 'not even a list',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      Tags: [{ Key: 'k', Value: 'v' }],
      DeletionProtectionEnabled: true,
    };
    const request = setting.importOf(created, { ClientToken: 'once' }, { ...table, ...dropped });
    const response = await sendRaw(service.endpoint, 'ImportTable', request);
    const { ImportTableDescription } = (await response.json()) as {
      ImportTableDescription: { TableCreationParameters: object };
    };
    const { TableCreationParameters } = ImportTableDescription;
    assert.deepEqual(TableCreationParameters, {
      TableName: created,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      ...table,
    });
    await service.settle();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: created }));
    assert.deepEqual(
      [Table?.GlobalSecondaryIndexes?.[0]?.IndexName, Table?.SSEDescription, Table?.OnDemandThroughput],
      [
        'by-date',
        {
          Status: 'ENABLED',
          SSEType: 'KMS',
          KMSMasterKeyArn: 'arn:aws:kms:us-east-1:123456789012:alias/mine',
        },
        table.OnDemandThroughput,
      ],
    );
    assert.equal(Table?.StreamSpecification, undefined);
    assert.deepEqual(await service.settings(created), {
      tags: {},
      timeToLive: undefined,
      pointInTimeRecovery: false,
      policy: undefined,
      deletionProtection: false,
      streamViewType: undefined,
    });
  });

  test('the emulated ImportTable creates a provisioned table by default', async () => {
    const provisioned = uniqueName('provisioned');
    const throughput = { ReadCapacityUnits: 2, WriteCapacityUnits: 3 };
    const table = { BillingMode: undefined, ProvisionedThroughput: throughput };
    await setting.client.send(new ImportTableCommand(setting.importOf(provisioned, {}, table)));
    await setting.service.settle();
    const { Table } = await setting.client.send(new DescribeTableCommand({ TableName: provisioned }));
    const { ReadCapacityUnits, WriteCapacityUnits } = Table?.ProvisionedThroughput ?? {};
    assert.deepEqual({ ReadCapacityUnits, WriteCapacityUnits }, throughput);
  });
});
