import assert from 'node:assert/strict';
import test, { suite } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableInput,
  DescribeTableCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import {
  createTableInput,
  notIncludedSettings,
  type TableKeyOwner,
  tableKmsKey,
} from '../../src/manifest/table-definition.ts';
import { openSource } from '../emulators/source.ts';

const ON_DEMAND: TableDescription = {
  TableName: 'orders',
  TableArn: 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders',
  TableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
  TableStatus: 'ACTIVE',
  CreationDateTime: new Date(0),
  TableSizeBytes: 1024,
  ItemCount: 7,
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: new Date(0) },
  // DynamoDB reports these zeros for an on-demand table.
  ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
  WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
};

const { BillingModeSummary: _, ...WITHOUT_BILLING_MODE } = ON_DEMAND;
const PROVISIONED: TableDescription = {
  ...WITHOUT_BILLING_MODE,
  ProvisionedThroughput: {
    LastIncreaseDateTime: new Date(0),
    LastDecreaseDateTime: new Date(0),
    NumberOfDecreasesToday: 2,
    ReadCapacityUnits: 5,
    WriteCapacityUnits: 6,
  },
};

const KEYS = {
  TableName: 'orders',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
} as const;

/** Definitions of the attributes of the indexes below, in another order than DynamoDB's. */
const ATTRIBUTES = ['pk', 'sk', 'a', 'b', 'c', 'd'].map((AttributeName) => ({
  AttributeName,
  AttributeType: AttributeName === 'b' ? ('N' as const) : ('S' as const),
}));

const TABLE_KEYS = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
] as const;

const KEY = 'arn:aws:kms:eu-central-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** What DescribeTable reports for an index besides its definition. */
const INDEX_STATE = { IndexStatus: 'ACTIVE', IndexSizeBytes: 10, ItemCount: 1, IndexArn: 'arn' } as const;

const CASES: Readonly<Record<string, readonly [TableDescription, object, TableKeyOwner?]>> = {
  'an on-demand table has no throughput': [ON_DEMAND, { ...KEYS, BillingMode: 'PAY_PER_REQUEST' }],
  'a table without BillingModeSummary is provisioned, and keeps only its two capacity units': [
    PROVISIONED,
    { ...KEYS, BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } },
  ],
  'a table that was on-demand earlier is provisioned': [
    { ...PROVISIONED, BillingModeSummary: { BillingMode: 'PROVISIONED' } },
    { ...KEYS, BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } },
  ],
  'a provisioned table has no on-demand limits': [
    { ...PROVISIONED, OnDemandThroughput: { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 10 } },
    { ...KEYS, BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 } },
  ],
  'on-demand limits are kept, and -1 stands for none': [
    { ...ON_DEMAND, OnDemandThroughput: { MaxReadRequestUnits: 100, MaxWriteRequestUnits: -1 } },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST', OnDemandThroughput: { MaxReadRequestUnits: 100 } },
  ],
  'two on-demand limits of -1 are left out': [
    { ...ON_DEMAND, OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1 } },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST' },
  ],
  'indexes of a provisioned table keep keys, projection and throughput': [
    {
      ...PROVISIONED,
      AttributeDefinitions: ATTRIBUTES,
      KeySchema: [...TABLE_KEYS],
      LocalSecondaryIndexes: [
        {
          ...{ IndexName: 'local', IndexArn: 'arn', IndexSizeBytes: 10, ItemCount: 1 },
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'a', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'y'] },
        },
      ],
      GlobalSecondaryIndexes: [
        {
          ...INDEX_STATE,
          IndexName: 'keys',
          KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
          ProvisionedThroughput: { NumberOfDecreasesToday: 1, ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
          WarmThroughput: { ReadUnitsPerSecond: 1, WriteUnitsPerSecond: 1 },
        },
        {
          ...INDEX_STATE,
          ...{ IndexStatus: 'CREATING', Backfilling: true },
          IndexName: 'several',
          KeySchema: [
            { AttributeName: 'a', KeyType: 'HASH' },
            { AttributeName: 'b', KeyType: 'HASH' },
            { AttributeName: 'c', KeyType: 'RANGE' },
            { AttributeName: 'd', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL', NonKeyAttributes: [] },
          ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
    },
    {
      TableName: 'orders',
      AttributeDefinitions: ATTRIBUTES,
      KeySchema: TABLE_KEYS,
      LocalSecondaryIndexes: [
        {
          IndexName: 'local',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'a', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'y'] },
        },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'keys',
          KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
          ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
        },
        {
          IndexName: 'several',
          KeySchema: [
            { AttributeName: 'a', KeyType: 'HASH' },
            { AttributeName: 'b', KeyType: 'HASH' },
            { AttributeName: 'c', KeyType: 'RANGE' },
            { AttributeName: 'd', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
    },
  ],
  'indexes of an on-demand table have limits, but no throughput': [
    {
      ...ON_DEMAND,
      GlobalSecondaryIndexes: [
        {
          ...INDEX_STATE,
          IndexName: 'limited',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
          OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 50 },
        },
      ],
    },
    {
      ...KEYS,
      GlobalSecondaryIndexes: [
        {
          IndexName: 'limited',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          OnDemandThroughput: { MaxWriteRequestUnits: 50 },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
  ],
  'an index that is being deleted is left out, with the attributes that only it uses': [
    {
      ...ON_DEMAND,
      AttributeDefinitions: ATTRIBUTES.slice(0, 4),
      KeySchema: [...TABLE_KEYS],
      GlobalSecondaryIndexes: [
        {
          ...INDEX_STATE,
          IndexStatus: 'DELETING',
          IndexName: 'deleted',
          KeySchema: [
            { AttributeName: 'sk', KeyType: 'HASH' },
            { AttributeName: 'a', KeyType: 'HASH' },
            { AttributeName: 'b', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
        {
          ...INDEX_STATE,
          IndexName: 'kept',
          KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    },
    {
      TableName: 'orders',
      AttributeDefinitions: ATTRIBUTES.slice(0, 4).filter(({ AttributeName }) => AttributeName !== 'a'),
      KeySchema: TABLE_KEYS,
      GlobalSecondaryIndexes: [
        {
          IndexName: 'kept',
          KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
  ],
  'vector indexes are kept without their state': [
    {
      ...ON_DEMAND,
      VectorIndexes: [
        {
          ...INDEX_STATE,
          IndexName: 'similar',
          VectorAttribute: { AttributeName: 'embedding' },
          SearchSchema: [{ AttributeName: 'pk', SearchSchemaElementType: 'HASH' }],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
          Dimensions: 256,
          DistanceFunction: 'COSINE',
        },
      ],
    },
    {
      ...KEYS,
      VectorIndexes: [
        {
          IndexName: 'similar',
          VectorAttribute: { AttributeName: 'embedding' },
          SearchSchema: [{ AttributeName: 'pk', SearchSchemaElementType: 'HASH' }],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
          Dimensions: 256,
          DistanceFunction: 'COSINE',
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
  ],
  'an enabled stream is kept': [
    { ...ON_DEMAND, ...streamOf('NEW_IMAGE'), LatestStreamLabel: 'label', LatestStreamArn: 'arn' },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST', ...streamOf('NEW_IMAGE') },
  ],
  'a disabled stream is left out': [
    { ...ON_DEMAND, StreamSpecification: { StreamEnabled: false } },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST' },
  ],
  'the key of a customer is kept': [
    { ...ON_DEMAND, SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY } },
    {
      ...KEYS,
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
    },
    'customer',
  ],
  'the AWS managed key is left out': [
    { ...ON_DEMAND, SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY } },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST', SSESpecification: { Enabled: true, SSEType: 'KMS' } },
    'AWS',
  ],
  'a key of an unknown owner is kept': [
    { ...ON_DEMAND, SSEDescription: { Status: 'UPDATING', SSEType: 'KMS', KMSMasterKeyArn: KEY } },
    {
      ...KEYS,
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
    },
    'unknown',
  ],
  'a table with an AWS owned key has no SSESpecification': [
    { ...ON_DEMAND, SSEDescription: { Status: 'DISABLED' } },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST' },
  ],
  'a table whose KMS key is being disabled has no SSESpecification': [
    { ...ON_DEMAND, SSEDescription: { Status: 'DISABLING', SSEType: 'KMS', KMSMasterKeyArn: KEY } },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST' },
    'customer',
  ],
  'table class and deletion protection are kept': [
    {
      ...ON_DEMAND,
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS', LastUpdateDateTime: new Date(0) },
      DeletionProtectionEnabled: true,
    },
    {
      ...KEYS,
      BillingMode: 'PAY_PER_REQUEST',
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      DeletionProtectionEnabled: true,
    },
  ],
  'a replica of a global table is defined like any other table': [
    {
      ...ON_DEMAND,
      GlobalTableVersion: '2019.11.21',
      Replicas: [{ RegionName: 'us-east-1', ReplicaStatus: 'ACTIVE' }],
    },
    { ...KEYS, BillingMode: 'PAY_PER_REQUEST' },
  ],
};

function streamOf(StreamViewType: 'NEW_IMAGE') {
  return { StreamSpecification: { StreamEnabled: true, StreamViewType } };
}

suite('createTableInput', () => {
  for (const [title, [table, expected, keyOwner = 'unknown']] of Object.entries(CASES)) {
    test(title, () => {
      const input = createTableInput(table, keyOwner);
      assert.deepEqual(input, expected);
      // The order of the members too.
      assert.equal(JSON.stringify(input), JSON.stringify(expected));
    });
  }
});

suite('createTableInput accepts its own result', () => {
  const wanted = {
    'an on-demand table': CASES['an on-demand table has no throughput'],
    'a provisioned table with indexes': CASES['indexes of a provisioned table keep keys, projection and throughput'],
    'a provisioned table':
      CASES['a table without BillingModeSummary is provisioned, and keeps only its two capacity units'],
  };
  for (const [title, found] of Object.entries(wanted)) {
    test(`if a server creates ${title} from it and describes it`, async () => {
      assert.ok(found);
      await using source = await openSource();
      const TableName = `created-${title.replaceAll(' ', '-')}`;
      const { GlobalSecondaryIndexes, ...rest } = createTableInput(found[0], 'unknown');
      // No server here knows keys of several attributes.
      const indexes = GlobalSecondaryIndexes?.filter(({ KeySchema = [] }) => KeySchema.length <= 2);
      const used = new Set([rest, ...(rest.LocalSecondaryIndexes ?? []), ...(indexes ?? [])].flatMap(names));
      const input: CreateTableInput = {
        ...rest,
        TableName,
        AttributeDefinitions: rest.AttributeDefinitions?.filter(({ AttributeName }) => used.has(AttributeName)),
        ...(indexes && { GlobalSecondaryIndexes: indexes }),
      };
      await source.client.send(new CreateTableCommand(input));
      const { Table } = await source.client.send(new DescribeTableCommand({ TableName }));
      assert.ok(Table);
      const { DeletionProtectionEnabled: _, ...described } = createTableInput(Table, 'unknown');
      assert.deepEqual(sorted(described), sorted(input));
    });
  }
});

function names({ KeySchema = [] }: { readonly KeySchema?: CreateTableInput['KeySchema'] }): (string | undefined)[] {
  return KeySchema.map(({ AttributeName }) => AttributeName);
}

/** DynamoDB returns attribute definitions in an order of its own. */
function sorted(input: CreateTableInput): CreateTableInput {
  const byName = (a: { AttributeName?: string | undefined }, b: { AttributeName?: string | undefined }) =>
    String(a.AttributeName) < String(b.AttributeName) ? -1 : 1;
  return { ...input, AttributeDefinitions: input.AttributeDefinitions?.toSorted(byName) };
}

suite('notIncludedSettings', () => {
  const always = 'Kinesis data stream destinations';
  for (const [title, table, expected] of [
    ['names auto scaling for a provisioned table', PROVISIONED, ['auto scaling', always]],
    ['does not name auto scaling for an on-demand table', ON_DEMAND, [always]],
    [
      'names the other replicas of a global table in order',
      { ...ON_DEMAND, Replicas: ['us-west-2', 'eu-central-1', 'eu-west-1'].map((RegionName) => ({ RegionName })) },
      [always, 'replicas: eu-west-1, us-west-2'],
    ],
    [
      'names the witness and the consistency of a global table with strong consistency',
      {
        ...ON_DEMAND,
        Replicas: [{ RegionName: 'eu-west-1' }],
        GlobalTableWitnesses: [{ RegionName: 'eu-west-3' }],
        MultiRegionConsistency: 'STRONG',
      },
      [always, 'replicas: eu-west-1', 'global table witnesses: eu-west-3', 'multi-Region strong consistency'],
    ],
  ] as const) {
    test(title, () => assert.deepEqual(notIncludedSettings(table as TableDescription), expected));
  }
});

test('tableKmsKey returns the key only if the table is encrypted with it', () => {
  assert.equal(tableKmsKey({ Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY }), KEY);
  assert.equal(tableKmsKey({ Status: 'DISABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY }), undefined);
  assert.equal(tableKmsKey(undefined), undefined);
});
