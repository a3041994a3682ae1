import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  forCreateTable,
  forImportTable,
  type TableDefinition,
  type TableLocation,
  type TableOverrides,
  tableParameters,
} from '../../src/restore/table-parameters.ts';

const HERE: TableLocation = { region: 'eu-central-1', account: '111111111111' };

const ORDERS: TableDefinition = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'day', AttributeType: 'S' },
    { AttributeName: 'total', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'by-total',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'total', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-day',
      KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    },
  ],
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 20 },
  SSESpecification: {
    Enabled: true,
    SSEType: 'KMS',
    KMSMasterKeyId: 'arn:aws:kms:eu-central-1:111111111111:key/7a1b',
  },
  TableClass: 'STANDARD_INFREQUENT_ACCESS',
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  DeletionProtectionEnabled: true,
};

const parametersOf = (overrides: TableOverrides = {}, definition: TableDefinition | undefined = ORDERS, to = HERE) =>
  tableParameters(definition, overrides, { from: HERE, to });

const namesIn = ({ AttributeDefinitions = [] }: TableDefinition) =>
  AttributeDefinitions.map(({ AttributeName }) => AttributeName);

describe('parameters of a restored table', () => {
  it('are those of the copied table without overrides', () => {
    assert.deepEqual(parametersOf(), ORDERS);
  });

  it('have no throughput with BillingMode PAY_PER_REQUEST', () => {
    const { BillingMode, ProvisionedThroughput, GlobalSecondaryIndexes } = parametersOf({
      BillingMode: 'PAY_PER_REQUEST',
    });
    assert.deepEqual(
      { BillingMode, ProvisionedThroughput },
      { BillingMode: 'PAY_PER_REQUEST', ProvisionedThroughput: undefined },
    );
    assert.deepEqual(Object.keys(GlobalSecondaryIndexes?.[0] ?? {}), ['IndexName', 'KeySchema', 'Projection']);
  });

  it('have no definitions of attributes of removed indexes', () => {
    assert.deepEqual(namesIn(parametersOf({ GlobalSecondaryIndexes: [] })), ['pk', 'sk', 'total']);
    const withoutIndexes = parametersOf({ GlobalSecondaryIndexes: [], LocalSecondaryIndexes: [] });
    assert.deepEqual(namesIn(withoutIndexes), ['pk', 'sk']);
    assert.equal('GlobalSecondaryIndexes' in withoutIndexes || 'LocalSecondaryIndexes' in withoutIndexes, false);
  });

  it('are rejected if an on-demand table becomes provisioned without throughput', () => {
    const onDemand = parametersOf({ BillingMode: 'PAY_PER_REQUEST' });
    const provisioned = { BillingMode: 'PROVISIONED' } as const;
    assert.throws(() => parametersOf(provisioned, onDemand), { code: 'INVALID_INPUT', message: /throughput/ });
    const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
    // The throughput of the index is missing too.
    assert.throws(() => parametersOf({ ...provisioned, ProvisionedThroughput }, onDemand), { code: 'INVALID_INPUT' });
    const complete = { ...provisioned, ProvisionedThroughput, GlobalSecondaryIndexes: [] };
    assert.deepEqual(parametersOf(complete, onDemand).ProvisionedThroughput, ProvisionedThroughput);
  });

  it('are rejected if a throughput is set that does not belong to the billing mode', () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
    const onDemand = parametersOf({ BillingMode: 'PAY_PER_REQUEST' });
    assert.throws(() => parametersOf({ ProvisionedThroughput }, onDemand), {
      code: 'INVALID_INPUT',
      message: /BillingMode of the new table is PAY_PER_REQUEST/,
    });
    assert.throws(() => parametersOf({ OnDemandThroughput: { MaxWriteRequestUnits: 1 } }), { code: 'INVALID_INPUT' });
  });

  it('are rejected if the throughput of the copied table is unknown', () => {
    const { ProvisionedThroughput: _, ...definition } = ORDERS;
    assert.throws(() => parametersOf({}, definition), {
      code: 'INVALID_INPUT',
      message: /, as the copied table had, but/,
    });
  });

  it('are rejected if the keys of the table are unknown', () => {
    assert.throws(() => tableParameters(undefined, { BillingMode: 'PAY_PER_REQUEST' }, { from: HERE, to: HERE }), {
      code: 'INVALID_INPUT',
      message: /manifest-table\.json/,
    });
  });

  it('can come from the overrides only', () => {
    const overrides = {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    } as const;
    assert.deepEqual(
      tableParameters(undefined, overrides as unknown as TableOverrides, { from: HERE, to: HERE }),
      overrides,
    );
  });

  for (const [what, to] of [
    ['another Region', { region: 'eu-west-1', account: '111111111111' }],
    ['another account', { region: 'eu-central-1', account: '222222222222' }],
  ] as const) {
    it(`need another KMS key in ${what}`, () => {
      assert.throws(() => parametersOf({}, ORDERS, to), { code: 'INVALID_INPUT', message: /KMS key/ });
      const encrypted = { SSESpecification: { Enabled: false } };
      assert.deepEqual(parametersOf(encrypted, ORDERS, to).SSESpecification, { Enabled: false });
    });
  }

  it('keep a KMS key in the same Region if the account of the table is unknown', () => {
    const to = { region: 'eu-central-1', account: undefined };
    assert.deepEqual(parametersOf({}, ORDERS, to).SSESpecification, ORDERS.SSESpecification);
  });
});

describe('parameters for CreateTable and ImportTable', () => {
  it('leave stream and deletion protection for after the load', () => {
    const { atCreation, afterLoad } = forCreateTable(ORDERS);
    assert.deepEqual(afterLoad, {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      DeletionProtectionEnabled: true,
    });
    assert.deepEqual({ ...atCreation, ...afterLoad }, ORDERS);
    assert.equal('StreamSpecification' in atCreation || 'DeletionProtectionEnabled' in atCreation, false);
  });

  it('contain only what an import supports', () => {
    const { creation, afterLoad } = forImportTable(ORDERS);
    assert.deepEqual(Object.keys(creation).sort(), [
      'AttributeDefinitions',
      'BillingMode',
      'GlobalSecondaryIndexes',
      'KeySchema',
      'ProvisionedThroughput',
      'SSESpecification',
    ]);
    assert.equal(afterLoad.TableClass, 'STANDARD_INFREQUENT_ACCESS');
  });
});
