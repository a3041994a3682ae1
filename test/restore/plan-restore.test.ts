import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { describeWriteEstimate, estimatedWriteUnits, planRestore } from '../../src/restore/plan-restore.ts';
import type { RestoreContext } from '../../src/restore/restore-context.ts';
import type { CopyToRestore, RestoreRequest } from '../../src/restore/restore-request.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

const ACCOUNT = '111111111111';
const SOURCE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/orders`;
const TARGET = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/orders-restored`;
const STEP = { id: 'f'.repeat(32), attempt: 1 };
const RE_RUN = { step: { ...STEP, attempt: 2 } };

const KEYS = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
} as const;

const COPY: CopyToRestore = {
  exportId: '01763806396789-8c1f3a2b',
  dataPrefix: 'AWSDynamoDB/01763806396789-8c1f3a2b/data/',
  scope: 'table',
  tableArn: SOURCE,
  tableId: 'source-id',
  format: 'DYNAMODB_JSON',
  compression: 'gzip',
  hasOneMember: true,
  checksums: undefined,
  files: [],
  itemCount: 10,
  uncompressedBytes: 1_000,
  sizeBytes: 300,
  largestObjectBytes: 300,
  definition: { ...KEYS, BillingMode: 'PAY_PER_REQUEST' } as unknown as NonNullable<CopyToRestore['definition']>,
  settings: {},
};

const REQUEST: RestoreRequest = {
  copy: COPY,
  method: 'auto',
  ifTableExists: 'error',
  allow: { sourceTable: false, globalTable: false, stream: false },
  overrides: {},
  settings: [],
  writeCapacity: { kind: 'auto' },
  temporary: false,
  failedItems: undefined,
  bucketOwner: undefined,
  location: { region: 'eu-central-1', account: ACCOUNT },
  isOneIdentity: true,
  waiting: { checkIntervalMs: 1, maxAttempts: 1 },
  step: STEP,
  rejectedKeysFile: '/tmp/keys',
};

/** Tag of a table that an earlier attempt created for the copy. */
const OWN = { 'dynamodb-to-s3:restore': `${STEP.id}/${COPY.exportId}` };

interface Existing {
  readonly table?: Partial<TableDescription>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly imports?: readonly object[];
  readonly items?: readonly object[];
  readonly kinesis?: string;
}

/** Plans with a DynamoDB in which this exists. */
function plan(request: Partial<RestoreRequest>, existing: Existing = {}) {
  const { table, tags = {}, imports = [], items = [], kinesis } = existing;
  const client = new RespondingClient(({ operation, input }) => {
    switch (operation) {
      case 'DescribeTable':
        if (!table) throw serviceError('ResourceNotFoundException');
        return { Table: { TableArn: TARGET, TableId: 'target-id', TableStatus: 'ACTIVE', ...KEYS, ...table } };
      case 'ListTagsOfResource':
        return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
      case 'ListImports':
        return { ImportSummaryList: imports };
      case 'DescribeImport':
        return {
          ImportTableDescription: imports.find((each) => 'ImportArn' in each && each.ImportArn === input['ImportArn']),
        };
      case 'Scan':
        return { Items: items };
      case 'DescribeKinesisStreamingDestination':
        if (kinesis === 'denied') throw serviceError('AccessDeniedException');
        return { KinesisDataStreamDestinations: kinesis ? [{ DestinationStatus: kinesis }] : [] };
      default:
        throw new Error(`unexpected ${operation}`);
    }
  });
  const warnings: string[] = [];
  const context = {
    client,
    tableName: 'orders-restored',
    bucket: { name: 'copies' },
    logger: { info() {}, notice() {}, warning: (line: string) => warnings.push(line) },
    signal: AbortSignal.timeout(10_000),
  } as unknown as RestoreContext;
  return planRestore(context, { ...REQUEST, ...request });
}

const ownImport = (status: string, TableId = 'target-id') => ({
  ImportArn: `${TARGET}/import/1`,
  TableArn: TARGET,
  ImportStatus: status,
  TableId,
  ClientToken: `dynamodb-to-s3-${STEP.id}-1`,
  ImportedItemCount: 3,
  S3BucketSource: { S3Bucket: 'copies', S3KeyPrefix: COPY.dataPrefix },
});

describe('the plan of a restore', () => {
  it('creates a table that does not exist', async () => {
    const planned = await plan({});
    assert.equal(planned.target, 'new table');
    assert.equal(planned.method, 'write');
  });

  it('refuses to let DynamoDB write the records of failed items into the folder of the copy', async () => {
    const bulkPut = (prefix: string, bucket = 'copies') =>
      plan({ method: 'bulk-put', failedItems: { bucket, prefix } });
    for (const prefix of [COPY.dataPrefix, COPY.dataPrefix.slice(0, -1), `AWSDynamoDB/${COPY.exportId}`]) {
      await assert.rejects(bulkPut(prefix), { code: 'INVALID_INPUT', message: /the folder of the copy/ });
      assert.equal((await bulkPut(prefix, 'others')).method, 'bulk-put');
    }
    assert.equal((await bulkPut('failed')).method, 'bulk-put');
  });

  it('refuses a table that exists by default', async () => {
    await assert.rejects(plan({}, { table: {} }), { code: 'TABLE_EXISTS', message: /exists\. Nothing was written/ });
  });

  it('continues with a table that an earlier attempt of the step created', async () => {
    const planned = await plan(RE_RUN, { table: {}, tags: OWN });
    assert.deepEqual(planned.target === 'existing table' && planned.isOwn, true);
  });

  it('refuses in its first attempt a table that a step with equal inputs is loading', async () => {
    await assert.rejects(plan({}, { table: {}, tags: OWN }), { code: 'TABLE_EXISTS' });
  });

  it('continues with the table of an earlier attempt that has the name of the deleted source table', async () => {
    const planned = await plan(RE_RUN, { table: { TableArn: SOURCE }, tags: OWN });
    assert.deepEqual(planned.target === 'existing table' && planned.isOwn, true);
  });

  it('continues with the table of an earlier attempt that has enabled its stream', async () => {
    const table = { StreamSpecification: { StreamEnabled: true } };
    const planned = await plan(RE_RUN, { table, tags: OWN });
    assert.deepEqual(planned.target === 'existing table' && planned.isOwn, true);
  });

  it('refuses the source table itself although it has the tag of the step', async () => {
    const overwrite = { ...RE_RUN, ifTableExists: 'overwrite' } as const;
    await assert.rejects(plan(overwrite, { table: { TableId: 'source-id' }, tags: OWN }), { code: 'TABLE_PROTECTED' });
  });

  it('refuses the table and the import of an earlier attempt that loaded another copy', async () => {
    const other = { exportId: '01763806396789-00000000', dataPrefix: 'AWSDynamoDB/01763806396789-00000000/data/' };
    const request = { copy: { ...COPY, ...other }, step: { ...STEP, attempt: 2 } };
    const refusal = {
      code: 'RESTORE_FAILED',
      message: /another copy into the table orders-restored, which is partial/,
    };
    await assert.rejects(plan(request, { table: {}, tags: OWN }), refusal);
    for (const status of ['IN_PROGRESS', 'COMPLETED']) {
      await assert.rejects(plan(request, { table: {}, imports: [ownImport(status)] }), refusal);
    }
  });

  it('refuses a table that another step created', async () => {
    const tags = { 'dynamodb-to-s3:restore': `${'a'.repeat(32)}/${COPY.exportId}` };
    await assert.rejects(plan(RE_RUN, { table: {}, tags }), { code: 'TABLE_EXISTS' });
  });

  it('loads into an empty table if requested, and refuses one with items', async () => {
    const planned = await plan({ ifTableExists: 'load-if-empty' }, { table: {} });
    assert.equal(planned.target === 'existing table' && planned.isOwn, false);
    const items = [{ pk: { S: '1' } }];
    await assert.rejects(plan({ ifTableExists: 'load-if-empty' }, { table: {}, items }), {
      code: 'TABLE_EXISTS',
      message: /not empty/,
    });
  });

  it('refuses a table with other keys', async () => {
    const other = [{ AttributeName: 'pk', AttributeType: 'N' }] as const;
    await assert.rejects(plan({ ifTableExists: 'overwrite' }, { table: { AttributeDefinitions: [...other] } }), {
      code: 'TABLE_EXISTS',
      message: /other keys/,
    });
  });

  for (const status of ['CREATING', 'DELETING', 'ARCHIVED', 'INACCESSIBLE_ENCRYPTION_CREDENTIALS'] as const) {
    it(`refuses a table with the status ${status}`, async () => {
      await assert.rejects(plan({ ifTableExists: 'overwrite' }, { table: { TableStatus: status } }), {
        code: 'TABLE_NOT_READY',
        message: new RegExp(status),
      });
    });
  }

  const PROTECTED: readonly (readonly [what: string, existing: Existing, allowance: keyof RestoreRequest['allow']])[] =
    [
      ['the copied table itself', { table: { TableArn: SOURCE } }, 'sourceTable'],
      ['a table with the ID of the copied table', { table: { TableId: 'source-id' } }, 'sourceTable'],
      [
        'a replica of the copied table',
        { table: { TableArn: SOURCE.replace('eu-central-1', 'eu-west-1') } },
        'sourceTable',
      ],
      ['a table with replicas', { table: { Replicas: [{ RegionName: 'eu-west-1' }] } }, 'globalTable'],
      ['a table with a stream', { table: { StreamSpecification: { StreamEnabled: true } } }, 'stream'],
      ['a table with a Kinesis destination', { table: {}, kinesis: 'ACTIVE' }, 'stream'],
    ];
  for (const [what, existing, allowance] of PROTECTED) {
    it(`refuses ${what} unless it is allowed`, async () => {
      const overwrite = { ifTableExists: 'overwrite' } as const;
      await assert.rejects(plan(overwrite, existing), { code: 'TABLE_PROTECTED' });
      const allow = { ...REQUEST.allow, [allowance]: true };
      assert.equal((await plan({ ...overwrite, allow }, existing)).target, 'existing table');
    });
  }

  it('accepts a table whose Kinesis destinations the role is not authorized to read', async () => {
    const planned = await plan({ ifTableExists: 'overwrite' }, { table: {}, kinesis: 'denied' });
    assert.equal(planned.method, 'write');
  });

  it('accepts a table whose Kinesis destination is disabled', async () => {
    assert.equal((await plan({ ifTableExists: 'overwrite' }, { table: {}, kinesis: 'DISABLED' })).method, 'write');
  });

  it('waits for an import that an earlier attempt started', async () => {
    for (const table of [undefined, {}]) {
      const existing = { imports: [ownImport('IN_PROGRESS')], ...(table && { table }) };
      const planned = await plan({ step: { ...STEP, attempt: 2 } }, existing);
      assert.equal(planned.target, 'started import');
    }
  });

  it('uses an import that is complete by now', async () => {
    const planned = await plan({ step: { ...STEP, attempt: 2 } }, { table: {}, imports: [ownImport('COMPLETED')] });
    assert.equal(planned.target, 'started import');
  });

  it('does not use an import of a table that was deleted since', async () => {
    const imports = [ownImport('COMPLETED', 'deleted-id')];
    await assert.rejects(plan({ step: { ...STEP, attempt: 2 } }, { table: {}, imports }), { code: 'TABLE_EXISTS' });
    const planned = await plan({ step: { ...STEP, attempt: 2 } }, { imports: [ownImport('COMPLETED')] });
    assert.equal(planned.target, 'new table');
  });

  it('does not use an import of another step', async () => {
    const imports = [{ ...ownImport('IN_PROGRESS'), ClientToken: 'dynamodb-to-s3-other-1' }];
    await assert.rejects(plan({ step: { ...STEP, attempt: 2 } }, { table: {}, imports }), { code: 'TABLE_EXISTS' });
  });

  it('fails with the error of an import that left a partial table', async () => {
    const step = { ...STEP, attempt: 2 };
    await assert.rejects(plan({ step }, { table: {}, imports: [ownImport('FAILED')] }), {
      code: 'RESTORE_FAILED',
      message: /is partial: it contains 3 items/,
    });
    assert.equal((await plan({ step }, { imports: [ownImport('FAILED')] })).target, 'new table');
  });
});

describe('the estimate of write capacity units', () => {
  const unitsOf = (copy: Partial<CopyToRestore>) => estimatedWriteUnits({ ...COPY, ...copy });

  it('is at least one per item', () => assert.equal(unitsOf({ itemCount: 1_000, uncompressedBytes: 1_000 }), 1_000));

  it('is one per KiB, and half of one per item', () => {
    assert.equal(unitsOf({ itemCount: 10, uncompressedBytes: 1024 * 1000 }), 1_005);
  });

  it('is shown with the time that the write limit allows', async () => {
    const request = { ...REQUEST, copy: { ...COPY, itemCount: 5_000 } };
    assert.equal(describeWriteEstimate(request, await plan(request)), 'about 5,000 WCU');
    const limited = { ...request, writeCapacity: { kind: 'units', unitsPerSecond: 50 } } as const;
    assert.equal(describeWriteEstimate(limited, await plan(limited)), 'about 5,000 WCU, at least 1 min 40 s');
    const imported = { ...request, method: 'import' } as const;
    assert.equal(describeWriteEstimate(imported, await plan(imported)), undefined);
  });

  it('is that of the whole capacity for the table of an earlier attempt, which no application uses', async () => {
    const throughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 2 };
    const request: RestoreRequest = {
      ...REQUEST,
      copy: { ...COPY, itemCount: 40_000, uncompressedBytes: 1_000 },
      step: { ...STEP, attempt: 2 },
    };
    const own = { table: { ProvisionedThroughput: throughput }, tags: OWN };
    assert.equal(describeWriteEstimate(request, await plan(request, own)), 'about 40,000 WCU, at least 5 h 33 min');
    const overwrite = { ...request, ifTableExists: 'overwrite' } as const;
    await assert.rejects(plan(overwrite, { table: { ProvisionedThroughput: throughput } }), {
      code: 'METHOD_NOT_POSSIBLE',
      message: /about 11 h 6 min/,
    });
  });

  it('is based on four times the stored size if the size of the items is unknown', () => {
    assert.equal(unitsOf({ itemCount: 10, uncompressedBytes: undefined, sizeBytes: 1024 * 1000 }), 4_005);
  });
});
