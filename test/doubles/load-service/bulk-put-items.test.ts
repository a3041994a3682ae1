import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BulkOperationDescription,
  CancelBulkOperationCommand,
  DeleteTableCommand,
  DescribeBulkOperationCommand,
  DescribeTableCommand,
  ListBulkOperationsCommand,
  StartBulkPutItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { itemLine } from '../../emulators/export-service/export-lines.ts';
import { dynamoDbError } from '../../emulators/faults.ts';
import {
  type LoadSetting,
  lineOf,
  loadableEdges,
  openLoadSetting,
  outcomeOf,
} from '../../emulators/load-service/load-setting.ts';
import { assertSameItems } from '../../fixtures/items.ts';

const HOUR = 3_600_000;

async function start(
  setting: LoadSetting,
  table: string,
  more?: object,
  input?: object,
  output?: object,
): Promise<BulkOperationDescription> {
  const request = new StartBulkPutItemsCommand(setting.bulkPutOf(table, more, input, output));
  return (await setting.client.send(request)).BulkOperationDescription ?? {};
}

async function describe(
  { client }: LoadSetting,
  BulkOperationArn: string | undefined,
): Promise<BulkOperationDescription> {
  const { BulkOperationDescription } = await client.send(new DescribeBulkOperationCommand({ BulkOperationArn }));
  return BulkOperationDescription ?? {};
}

/** Starts an operation, settles it, and returns its description. */
async function outcome(
  setting: LoadSetting,
  table: string,
  input: object = {},
  output: object = {},
): Promise<BulkOperationDescription> {
  const { BulkOperationArn } = await start(setting, table, {}, input, output);
  await setting.service.settle(BulkOperationArn);
  return describe(setting, BulkOperationArn);
}

test('an emulated bulk operation is described from acceptance to completion', async () => {
  await using setting = await openLoadSetting();
  const table = await setting.source.createTable([{ pk: { S: 'a' }, n: { N: '1' } }, { pk: { S: 'z' } }]);
  for (const pk of ['a', 'b', 'c']) await setting.putLines(`data/${pk}`, [lineOf(pk)]);
  const accepted = await start(setting, table, { ClientToken: 'once', MaxWriteRequestUnits: 2_000 });
  const { BulkOperationArn, StartTime, ...rest } = accepted;
  assert.ok(Math.abs(Number(StartTime) - Date.now()) < 5_000);
  assert.match(String(BulkOperationArn), /^arn:aws:dynamodb:us-east-1:123456789012:.{8,}$/);
  const { Table } = await setting.client.send(new DescribeTableCommand({ TableName: table }));
  assert.deepEqual(rest, {
    BulkOperationStatus: 'IN_PROGRESS',
    TableDetails: [{ TableName: table, TableId: Table?.TableId }],
    ClientToken: 'once',
    InputS3Configuration: {
      S3BucketOwner: '123456789012',
      S3Bucket: setting.bucket,
      S3KeyPrefix: 'data/',
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'GZIP',
    },
    OutputS3Configuration: {
      S3BucketOwner: '123456789012',
      S3Bucket: setting.bucket,
      S3KeyPrefix: 'failed/',
      OutputType: ['ERROR'],
    },
    ProcessedItemCount: 0,
    ProcessedInputBytes: 0,
    BulkOperationUsage: [{ TableName: table, BulkPutBytes: 0, Table: { BulkPutBytes: 0 } }],
    FailedItemCount: 0,
    MaxWriteRequestUnits: 2_000,
    PerformanceTier: 'STANDARD',
  });

  await setting.service.advance();
  const stored = (await setting.store.list(setting.bucket, 'data/')).reduce((sum, { size }) => sum + size, 0);
  assert.equal((await describe(setting, BulkOperationArn)).TotalInputBytes, stored);
  await setting.service.advance();
  const halfway = await describe(setting, BulkOperationArn);
  assert.deepEqual([halfway.BulkOperationStatus, halfway.ProcessedItemCount], ['IN_PROGRESS', 2]);
  await setting.service.advance();
  const { EndTime, ...ended } = await describe(setting, BulkOperationArn);
  assert.ok(Number(EndTime) >= Number(StartTime));
  assert.deepEqual([ended.BulkOperationStatus, ended.ProcessedItemCount, ended.FailedItemCount], ['COMPLETED', 3, 0]);
  assertSameItems(
    await setting.source.readItems(table),
    ['a', 'b', 'c', 'z'].map((pk) => ({ pk: { S: pk } })),
  );
  assert.deepEqual(await setting.store.list(setting.bucket, 'failed/'), []);
});

test('emulated bulk operations proceed by time unless a test controls them', async () => {
  await using setting = await openLoadSetting({ delays: { tableMs: 5, loadMs: 5, endMs: 5 } });
  const table = await setting.source.createTable();
  const { BulkOperationArn } = await start(setting, setting.service.tableArn(table));
  let described = await describe(setting, BulkOperationArn);
  for (const deadline = Date.now() + 10_000; described.EndTime === undefined && Date.now() < deadline; ) {
    await sleep(10);
    described = await describe(setting, BulkOperationArn);
  }
  assert.equal(described.BulkOperationStatus, 'COMPLETED');
});

test('an emulated bulk operation puts every type of item, in both formats', async () => {
  await using setting = await openLoadSetting();
  for (const InputFormat of ['DYNAMODB_JSON', 'ION'] as const) {
    const items = loadableEdges(setting.source, InputFormat);
    const written = await setting.source.createTable(items as never);
    await setting.putLines(
      `${InputFormat}/1`,
      items.map((item) => itemLine(InputFormat, item)),
    );
    const table = await setting.source.createTable();
    const ended = await outcome(setting, table, { InputFormat, S3KeyPrefix: `${InputFormat}/` });
    assert.deepEqual([ended.BulkOperationStatus, ended.ProcessedItemCount], ['COMPLETED', items.length]);
    assertSameItems(await setting.source.readItems(table), await setting.source.readItems(written));
  }
});

test('an emulated bulk operation with invalid items completes with errors and reports them', async () => {
  await using setting = await openLoadSetting();
  const table = await setting.source.createTable();
  await setting.putLines('data/1', [lineOf('a'), '{"Item":{"n":{"N":"1"}}}', lineOf('b')]);
  await setting.putLines('data/2', [lineOf('c'), 'garbage', lineOf('skipped')]);
  const ended = await outcome(setting, table);
  assert.equal(ended.BulkOperationStatus, 'COMPLETED_WITH_ERRORS');
  assert.deepEqual([ended.ProcessedItemCount, ended.FailedItemCount, ended.FailureCode], [5, 2, undefined]);
  assert.equal((await setting.source.readItems(table)).length, 3);
  const [report] = await setting.store.list(setting.bucket, 'failed/');
  const lines = (await setting.store.read(setting.bucket, report?.key ?? '')).toString().trim().split('\n');
  assert.deepEqual(
    lines.map((line) => {
      const { S3Key, Line, Item } = JSON.parse(line) as Record<string, unknown>;
      return [S3Key, Line, Item];
    }),
    [
      ['data/1', 2, { n: { N: '1' } }],
      ['data/2', 2, undefined],
    ],
  );

  const quiet = await outcome(setting, table, {}, { S3KeyPrefix: 'quiet/', OutputType: ['CONDITION_CHECK_FAILURE'] });
  assert.equal(quiet.BulkOperationStatus, 'COMPLETED_WITH_ERRORS');
  assert.deepEqual(await setting.store.list(setting.bucket, 'quiet/'), []);
});

test('a token returns the same emulated bulk operation for 8 hours, unless the parameters differ', async () => {
  await using setting = await openLoadSetting();
  const { service } = setting;
  const table = await setting.source.createTable();
  const first = await start(setting, table, { ClientToken: 'once' });
  const arnOf = async (): Promise<string | undefined> =>
    (await start(setting, table, { ClientToken: 'once' })).BulkOperationArn;
  assert.equal(await arnOf(), first.BulkOperationArn);
  await service.settle();
  assert.equal(await arnOf(), first.BulkOperationArn);
  await assert.rejects(start(setting, table, { ClientToken: 'once' }, { S3KeyPrefix: 'other/' }), {
    name: 'IdempotentParameterMismatchException',
  });
  assert.equal(service.bulkOperations().length, 1);
  service.clock.advance(9 * HOUR);
  assert.notEqual(await arnOf(), first.BulkOperationArn);
});

test('an emulated bulk operation needs an active table that is not a global table', async () => {
  await using setting = await openLoadSetting({ createMs: 60_000 });
  const { client, service } = setting;
  await assert.rejects(start(setting, 'nobody'), {
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: nobody not found',
  });
  const creating = await setting.source.createTable();
  await assert.rejects(start(setting, creating), { name: 'ResourceInUseException' });

  await using ready = await openLoadSetting();
  const table = await ready.source.createTable();
  await ready.service.replicate(table, 'eu-west-1');
  await assert.rejects(start(ready, table), { name: 'ValidationException', message: /global tables/ });
  const { Table } = await ready.client.send(new DescribeTableCommand({ TableName: table }));
  assert.deepEqual(Table?.Replicas, [{ RegionName: 'eu-west-1', ReplicaStatus: 'ACTIVE' }]);
  assert.equal(service.bulkOperations().length, 0);
  assert.equal((await client.send(new DescribeTableCommand({ TableName: creating }))).Table?.TableStatus, 'CREATING');
});

test('an emulated bulk operation can be cancelled, and keeps the items that it has written', async () => {
  await using setting = await openLoadSetting();
  const { client, service } = setting;
  const table = await setting.source.createTable();
  for (const pk of ['a', 'b', 'c', 'd']) await setting.putLines(`data/${pk}`, [lineOf(pk)]);
  const { BulkOperationArn } = await start(setting, table);
  await service.advance();
  await service.advance();
  const cancel = () => client.send(new CancelBulkOperationCommand({ BulkOperationArn }));
  const { $metadata: _, ...response } = await cancel();
  assert.deepEqual(response, { BulkOperationArn, BulkOperationStatus: 'CANCELLING' });
  assert.equal((await describe(setting, BulkOperationArn)).BulkOperationStatus, 'CANCELLING');
  await service.settle();
  const { BulkOperationStatus, EndTime, FailureCode } = await describe(setting, BulkOperationArn);
  assert.equal(BulkOperationStatus, 'CANCELLED');
  assert.ok(EndTime && FailureCode);
  assert.equal((await setting.source.readItems(table)).length, 2);
  await assert.rejects(cancel(), { name: 'ValidationException' });
});

test('an emulated bulk operation that is set to fail or to never end does so', async () => {
  await using setting = await openLoadSetting();
  const { service } = setting;
  for (const pk of ['a', 'b', 'c']) await setting.putLines(`data/${pk}`, [lineOf(pk)]);
  const table = await setting.source.createTable();
  service.decide(({ kind }) => ({
    FailureCode: 'SomethingNew',
    FailureMessage: `never heard of ${kind}`,
    afterItems: 2,
  }));
  const failed = await outcome(setting, table);
  assert.deepEqual(
    [failed.BulkOperationStatus, failed.FailureCode, failed.FailureMessage, failed.ProcessedItemCount],
    ['FAILED', 'SomethingNew', 'never heard of bulk-put', 2],
  );
  assert.equal((await setting.source.readItems(table)).length, 2);

  service.decide(() => 'never');
  const endless = await outcome(setting, table);
  assert.equal(endless.BulkOperationStatus, 'IN_PROGRESS');
  await setting.client.send(new CancelBulkOperationCommand({ BulkOperationArn: endless.BulkOperationArn }));
  await service.settle();
  assert.equal((await describe(setting, endless.BulkOperationArn)).BulkOperationStatus, 'CANCELLED');
});

suite('inputs and outputs of emulated bulk operations', () => {
  let setting: LoadSetting;
  let table: string;
  before(async () => {
    setting = await openLoadSetting({ maxObjects: 2, bucketOwners: { theirs: '210987654321' } });
    await setting.store.createBucket('theirs').catch(() => undefined);
    table = await setting.source.createTable();
    for (const n of [1, 2, 3]) await setting.putLines(`many/${n}`, [lineOf(String(n))]);
  });
  after(() => setting[Symbol.asyncDispose]());

  for (const [what, input, output, code] of [
    ['an input bucket that does not exist', { S3Bucket: 'nobody-has-it' }, {}, 'S3NoSuchBucket'],
    ['an input bucket of another account', { S3Bucket: 'theirs' }, {}, 'S3AccessDenied'],
    ['an output bucket of another account', {}, { S3Bucket: 'theirs' }, 'S3AccessDenied'],
    ['more objects than the limit', { S3KeyPrefix: 'many/' }, {}, 'LimitExceededException'],
  ] as const) {
    test(`an emulated bulk operation is accepted but fails because of ${what}`, async () => {
      const { BulkOperationStatus, FailureCode, FailureMessage } = await outcome(setting, table, input, output);
      assert.deepEqual([BulkOperationStatus, FailureCode], ['FAILED', code]);
      assert.ok(FailureMessage);
    });
  }

  for (const [what, more, input, output, message] of [
    ['a rate below 1,024', { MaxWriteRequestUnits: 1_000 }, {}, {}, /Value '1000' at 'maxWriteRequestUnits'/],
    ['an unknown tier', { PerformanceTier: 'FAST' }, {}, {}, /'performanceTier'.*\[STANDARD, ACCELERATED\]/],
    ['CSV', {}, { InputFormat: 'CSV' }, {}, /'inputS3Configuration.inputFormat' .*\[ION, DYNAMODB_JSON\]/],
    [
      'an unknown compression',
      {},
      { InputCompressionType: 'BZIP2' },
      {},
      /'inputS3Configuration.inputCompressionType'/,
    ],
    ['no input bucket', {}, { S3Bucket: undefined }, {}, /Value null at 'inputS3Configuration.s3Bucket'/],
    ['no output bucket', {}, {}, { S3Bucket: undefined }, /Value null at 'outputS3Configuration.s3Bucket'/],
    ['no output type', {}, {}, { OutputType: undefined }, /Value null at 'outputS3Configuration.outputType'/],
    ['an empty list of output types', {}, {}, { OutputType: [] }, /'outputS3Configuration.outputType'.*length greater/],
    ['an unknown output type', {}, {}, { OutputType: ['ALL'] }, /'outputS3Configuration.outputType.1.member'/],
    ['a key without KMS', {}, {}, { S3SseKmsKeyId: 'alias/k' }, /KMS Key Id is not supported/],
    ['a token with a dollar sign', { ClientToken: '$' }, {}, {}, /'clientToken'/],
  ] as const) {
    test(`the emulated StartBulkPutItems rejects ${what}`, async () => {
      const count = setting.service.bulkOperations().length;
      await assert.rejects(start(setting, table, more, input, output), { name: 'ValidationException', message });
      assert.equal(setting.service.bulkOperations().length, count);
    });
  }
});

test('an emulated bulk operation fails if its table is deleted', async () => {
  await using setting = await openLoadSetting();
  const table = await setting.source.createTable();
  await setting.putLines('data/1', [lineOf('a')]);
  const { BulkOperationArn } = await start(setting, table);
  await setting.client.send(new DeleteTableCommand({ TableName: table }));
  await setting.service.settle();
  const { BulkOperationStatus, FailureCode } = await describe(setting, BulkOperationArn);
  assert.deepEqual([BulkOperationStatus, FailureCode], ['FAILED', 'ResourceNotFoundException']);
});

test('ListBulkOperations lists the operations of all tables in pages', async () => {
  await using setting = await openLoadSetting();
  const arns: (string | undefined)[] = [];
  for (let n = 0; n < 3; n++) {
    arns.unshift((await start(setting, await setting.source.createTable())).BulkOperationArn);
  }
  await setting.service.settle(arns[0]);
  const listed: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await setting.client.send(new ListBulkOperationsCommand({ MaxResults: 2, NextToken }));
    listed.push(...(page.BulkOperationsSummaryList ?? []).map(({ BulkOperationArn }) => BulkOperationArn));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(listed, arns);
  const { BulkOperationsSummaryList = [] } = await setting.client.send(new ListBulkOperationsCommand({}));
  assert.deepEqual(
    BulkOperationsSummaryList.map(({ BulkOperationStatus, EndTime }) => [BulkOperationStatus, EndTime === undefined]),
    [
      ['COMPLETED', false],
      ['IN_PROGRESS', true],
      ['IN_PROGRESS', true],
    ],
  );
});

test('the load emulator injects faults into bulk operations and limits their number', async () => {
  await using setting = await openLoadSetting({ maxBulkOperations: 1 });
  const { service } = setting;
  const table = await setting.source.createTable();
  service.inject(({ operation }) =>
    operation === 'StartBulkPutItems' ? dynamoDbError('ThrottlingException') : 'lose-httpResponse',
  );
  assert.match(await outcomeOf(start(setting, table)), /^ThrottlingException/);
  service.inject(() => 'lose-httpResponse');
  assert.notEqual(await outcomeOf(start(setting, table)), '200');
  service.inject();
  assert.equal(service.bulkOperations().length, 1, 'the operation must have started');
  assert.match(await outcomeOf(start(setting, table)), /^LimitExceededException/);
  await service.settle();
  assert.equal(await outcomeOf(start(setting, table)), '200');
  await assert.rejects(describe(setting, service.tableArn('unknown/bulk')), { name: 'ResourceNotFoundException' });
});
