import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeImportCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ImportTableCommand,
  type ImportTableDescription,
  ListImportsCommand,
  PutItemCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { dynamoDbError } from '../../emulators/faults.ts';
import { LOAD_RATES_OF_AWS } from '../../emulators/load-service/load-rates.ts';
import {
  type LoadSetting,
  lineOf,
  openLoadSetting,
  outcomeOf,
  uniqueName,
} from '../../emulators/load-service/load-setting.ts';

const HOUR = 3_600_000;

async function startImport(setting: LoadSetting, name: string, more?: object): Promise<ImportTableDescription> {
  const { ImportTableDescription } = await setting.client.send(new ImportTableCommand(setting.importOf(name, more)));
  return ImportTableDescription ?? {};
}

async function describe({ client }: LoadSetting, ImportArn: string | undefined): Promise<ImportTableDescription> {
  const { ImportTableDescription } = await client.send(new DescribeImportCommand({ ImportArn }));
  return ImportTableDescription ?? {};
}

/** Returns the status of the table, or the name of the error of DescribeTable. */
async function tableStatus({ client }: LoadSetting, TableName: string): Promise<string> {
  return client.send(new DescribeTableCommand({ TableName })).then(
    ({ Table }) => String(Table?.TableStatus),
    (error: Error) => error.name,
  );
}

test('an emulated import is described from acceptance to completion as on AWS', async () => {
  const restored = uniqueName('restored');
  await using setting = await openLoadSetting();
  await setting.putLines('data/1.json.gz', [lineOf('a'), lineOf('b')]);
  const accepted = await startImport(setting, restored, { ClientToken: 'once' });
  const { ImportArn, StartTime, TableId, ...rest } = accepted;
  const tableArn = `arn:aws:dynamodb:us-east-1:123456789012:table/${restored}`;
  assert.match(String(ImportArn), new RegExp(`^${tableArn}/import/\\d{14}-[0-9a-f]{8}$`));
  assert.match(String(TableId), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(Math.abs(Number(StartTime) - Date.now()) < 5_000);
  assert.deepEqual(rest, {
    ImportStatus: 'IN_PROGRESS',
    TableArn: tableArn,
    ClientToken: 'once',
    S3BucketSource: { S3BucketOwner: '123456789012', S3Bucket: setting.bucket, S3KeyPrefix: 'data/' },
    ErrorCount: 0,
    CloudWatchLogGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws-dynamodb/imports:*',
    InputFormat: 'DYNAMODB_JSON',
    InputCompressionType: 'GZIP',
    TableCreationParameters: {
      TableName: restored,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    ProcessedItemCount: 0,
    ImportedItemCount: 0,
  });

  assert.equal(await tableStatus(setting, restored), 'ResourceNotFoundException');
  await setting.service.advance();
  assert.equal(await tableStatus(setting, restored), 'CREATING');
  await setting.service.advance();
  assert.equal(await tableStatus(setting, restored), 'ACTIVE');
  assert.deepEqual(await describe(setting, ImportArn), accepted, 'the counts must be 0 until the import ends');
  await setting.service.advance();
  const { EndTime, ...completed } = await describe(setting, ImportArn);
  assert.ok(Number(EndTime) >= Number(StartTime));
  assert.deepEqual(completed, {
    ...accepted,
    ImportStatus: 'COMPLETED',
    ProcessedItemCount: 2,
    ImportedItemCount: 2,
    ProcessedSizeBytes: Buffer.byteLength(`${lineOf('a')}\n${lineOf('b')}\n`),
  });
  const { Table } = await setting.client.send(new DescribeTableCommand({ TableName: restored }));
  assert.equal(Table?.TableId, TableId);
  assert.equal((await setting.source.readItems(restored)).length, 2);
  assert.equal(setting.service.imports().length, 1);
});

test('emulated imports proceed by time unless a test controls them', async () => {
  const restored = uniqueName('restored');
  await using setting = await openLoadSetting({ delays: { tableMs: 5, loadMs: 5, endMs: 5 } });
  await setting.putLines('data/1', [lineOf('a')]);
  const { ImportArn } = await startImport(setting, restored);
  let described = await describe(setting, ImportArn);
  for (const deadline = Date.now() + 10_000; described.ImportStatus === 'IN_PROGRESS' && Date.now() < deadline; ) {
    await sleep(10);
    described = await describe(setting, ImportArn);
  }
  assert.deepEqual([described.ImportStatus, described.ImportedItemCount], ['COMPLETED', 1]);
});

test('a table that is being imported rejects requests as on AWS', async () => {
  const TableName = uniqueName('restored');
  await using setting = await openLoadSetting();
  await startImport(setting, TableName);
  await setting.service.advance();
  const { client, service } = setting;
  const inUse = `ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: ${TableName}`;
  const requests: readonly (readonly [Promise<unknown>, string])[] = [
    [client.send(new DeleteTableCommand({ TableName })), inUse],
    [client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true })), inUse],
    [
      client.send(
        new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }),
      ),
      inUse,
    ],
    [
      client.send(new DescribeTimeToLiveCommand({ TableName })),
      'ValidationException: Cannot describe time to live while table is in CREATING state',
    ],
    [
      client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } })),
      'ResourceNotFoundException: Requested resource not found',
    ],
    [
      client.send(
        new TagResourceCommand({ ResourceArn: service.tableArn(TableName), Tags: [{ Key: 'k', Value: 'v' }] }),
      ),
      'ResourceNotFoundException: Requested resource not found',
    ],
    [
      client.send(
        new UpdateContinuousBackupsCommand({
          TableName,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ),
      `ContinuousBackupsUnavailableException: Backups are being enabled for the table: ${TableName}. Please retry later`,
    ],
    [client.send(new DescribeContinuousBackupsCommand({ TableName })), '200'],
  ];
  for (const [request, expected] of requests) assert.equal(await outcomeOf(request), expected);
});

test('the table of an emulated import can be deleted when it is active, and the import remains', async () => {
  const restored = uniqueName('restored');
  await using setting = await openLoadSetting();
  const { ImportArn, TableArn } = await startImport(setting, restored);
  await setting.service.advance();
  await setting.service.advance();
  await setting.client.send(new DeleteTableCommand({ TableName: restored }));
  await setting.service.settle();
  assert.equal((await describe(setting, ImportArn)).ImportStatus, 'COMPLETED');
  const { ImportSummaryList } = await setting.client.send(new ListImportsCommand({ TableArn }));
  assert.deepEqual(
    ImportSummaryList?.map((summary) => summary.ImportArn),
    [ImportArn],
  );
});

test('a token returns the same emulated import until its table is active, and again after its deletion', async () => {
  const restored = uniqueName('restored');
  const elsewhere = uniqueName('elsewhere');
  await using setting = await openLoadSetting();
  const { client, service } = setting;
  const request = (name: string, more: object = {}) =>
    startImport(setting, name, { ClientToken: 'once', ...more }).then(
      ({ ImportArn }) => String(ImportArn),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  const first = await request(restored);
  assert.equal(await request(restored), first);
  await service.advance();
  const S3BucketSource = { S3Bucket: 'another', S3KeyPrefix: 'other/' };
  assert.equal(await request(restored, { S3BucketSource }), first, 'AWS ignores every other change');
  assert.equal(
    await request(elsewhere),
    'ImportConflictException: Import conflict: Duplicate request detected with conflicting parameters',
  );
  await service.advance();
  assert.equal(await request(restored), `ResourceInUseException: Table already exists: ${restored}`);
  await service.settle();
  assert.equal(await request(restored), `ResourceInUseException: Table already exists: ${restored}`);

  await client.send(new DeleteTableCommand({ TableName: restored }));
  assert.equal(await request(restored), first);
  assert.equal(await tableStatus(setting, restored), 'ResourceNotFoundException', 'AWS imports nothing');
  service.clock.advance(9 * HOUR);
  assert.notEqual(await request(restored), first, 'a token must expire 8 hours after the end');
});

test('of two emulated imports with one table name the second fails', async () => {
  const restored = uniqueName('restored');
  await using setting = await openLoadSetting();
  const [first, second] = [await startImport(setting, restored), await startImport(setting, restored)];
  assert.notEqual(first.ImportArn, second.ImportArn);
  await setting.service.settle(second.ImportArn);
  await setting.service.settle(first.ImportArn);
  assert.equal((await describe(setting, second.ImportArn)).ImportStatus, 'COMPLETED');
  const failed = await describe(setting, first.ImportArn);
  assert.deepEqual([failed.ImportStatus, failed.FailureCode], ['FAILED', 'TableAlreadyExists']);
  const { Table } = await setting.client.send(new DescribeTableCommand({ TableName: restored }));
  assert.equal(Table?.TableId, second.TableId);
});

test('ImportTable rejects an existing table and more imports than the limit', async () => {
  const first = uniqueName('first');
  const second = uniqueName('second');
  await using setting = await openLoadSetting({ maxImports: 1 });
  const table = await setting.source.createTable();
  await assert.rejects(startImport(setting, table), {
    name: 'ResourceInUseException',
    message: `Table already exists: ${table}`,
  });
  await startImport(setting, first);
  await assert.rejects(startImport(setting, second), { name: 'LimitExceededException' });
  await setting.service.settle();
  await startImport(setting, second);
});

test('ListImports lists imports of every status by time, newest first, in pages', async () => {
  const zzz = uniqueName('zzz');
  const aaa = uniqueName('aaa');
  const mmm = uniqueName('mmm');
  await using setting = await openLoadSetting();
  const { client, service } = setting;
  const arns: (string | undefined)[] = [];
  for (const name of [zzz, aaa, mmm]) {
    service.clock.advance(1_000);
    arns.unshift((await startImport(setting, name)).ImportArn);
  }
  await service.settle(arns[2]);
  const listed: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListImportsCommand({ PageSize: 2, NextToken }));
    listed.push(...(page.ImportSummaryList ?? []).map(({ ImportArn }) => ImportArn));
    NextToken = page.NextToken;
    assert.match(NextToken ?? '0'.repeat(112), /^([0-9a-f]{16}){7,64}$/);
  } while (NextToken !== undefined);
  assert.deepEqual(listed, arns);

  const { ImportSummaryList = [] } = await client.send(new ListImportsCommand({ TableArn: service.tableArn(zzz) }));
  assert.deepEqual(ImportSummaryList.flatMap(Object.keys).sort(), [
    'CloudWatchLogGroupArn',
    'EndTime',
    'ImportArn',
    'ImportStatus',
    'InputFormat',
    'S3BucketSource',
    'StartTime',
    'TableArn',
  ]);
  for (const parameters of [{ PageSize: 0 }, { PageSize: 26 }, { NextToken: '0'.repeat(112) }, { NextToken: 'x' }]) {
    await assert.rejects(client.send(new ListImportsCommand(parameters)), { name: 'ValidationException' });
  }
  service.clock.advance(91 * 24 * HOUR);
  assert.deepEqual((await client.send(new ListImportsCommand({}))).ImportSummaryList, []);
});

test('DescribeImport rejects the ARN of another resource, account or Region', async () => {
  const restored = uniqueName('restored');
  await using setting = await openLoadSetting();
  const { ImportArn = '' } = await startImport(setting, restored);
  for (const [arn, error] of [
    [setting.service.tableArn(restored), /^ValidationException: Invalid Import ARN$/],
    [ImportArn.replace(restored, 'x'), /^ValidationException: Invalid Import ARN$/],
    [ImportArn.replace('123456789012', '210987654321'), /^AccessDeniedException/],
    [ImportArn.replace('us-east-1', 'eu-west-1'), /^ImportNotFoundException/],
    [ImportArn.replace(/.$/, 'x'), /^ImportNotFoundException/],
    ['arn', /^ValidationException: 1 validation error detected: Value 'arn' at 'importArn' failed/],
  ] as const) {
    assert.match(await outcomeOf(describe(setting, arn)), error);
  }
});

test('an emulated import that is set to fail or to never end does so', async () => {
  const forever = uniqueName('forever');
  const none = uniqueName('none');
  const partial = uniqueName('partial');
  await using setting = await openLoadSetting();
  await setting.putLines(
    'data/1',
    ['a', 'b', 'c'].map((pk) => lineOf(pk)),
  );
  const { service } = setting;
  service.decide(({ kind, tableName }) => {
    if (tableName === forever) return 'never';
    const failure = { FailureCode: 'SomethingNew', FailureMessage: `never heard of this ${kind}` };
    return tableName === partial ? { ...failure, afterItems: 2 } : failure;
  });
  const started = [];
  for (const name of [forever, none, partial]) started.push(await startImport(setting, name));
  await service.settle();
  const ended = [];
  for (const { ImportArn } of started) {
    const { ImportStatus, FailureCode, FailureMessage, ImportedItemCount } = await describe(setting, ImportArn);
    ended.push([ImportStatus, FailureCode, FailureMessage, ImportedItemCount]);
  }
  assert.deepEqual(ended, [
    ['IN_PROGRESS', undefined, undefined, 0],
    ['FAILED', 'SomethingNew', 'never heard of this import', 0],
    ['FAILED', 'SomethingNew', 'never heard of this import', 2],
  ]);
  assert.equal(await tableStatus(setting, none), 'ResourceNotFoundException');
  assert.equal(await tableStatus(setting, partial), 'ACTIVE');
  assert.equal((await setting.source.readItems(partial)).length, 2);
});

test('the load emulator injects faults, denies operations and limits rates', async () => {
  const restored = uniqueName('restored');
  const other = uniqueName('other');
  await using setting = await openLoadSetting({ rates: LOAD_RATES_OF_AWS });
  const { service } = setting;
  service.inject(({ operation }, nth) =>
    operation !== 'ImportTable'
      ? undefined
      : nth === 1
        ? dynamoDbError('LimitExceededException')
        : nth === 2
          ? dynamoDbError('InternalServerError', 'oops', 500)
          : 'lose-httpResponse',
  );
  assert.match(await outcomeOf(startImport(setting, restored)), /^LimitExceededException/);
  assert.match(await outcomeOf(startImport(setting, restored)), /^InternalServerError/);
  assert.equal(service.imports().length, 0);
  assert.notEqual(await outcomeOf(startImport(setting, restored)), '200');
  assert.equal(service.imports().length, 1, 'the import must have started');
  service.inject();

  const ImportArn = String(service.imports()[0]?.['ImportArn']);
  const polls: string[] = [];
  for (let n = 0; n < 13; n++) polls.push(await outcomeOf(describe(setting, ImportArn)));
  assert.deepEqual([polls[0], polls.at(-1)], ['200', 'ThrottlingException: Rate exceeded']);
  service.deny('ImportTable', 'Scan');
  assert.match(
    await outcomeOf(startImport(setting, restored)),
    /^AccessDeniedException: User: .* is not authorized to perform: dynamodb:ImportTable on resource: arn:aws:dynamodb:us-east-1:123456789012:table\/restored-\w+ because/,
  );
  service.deny();
  assert.equal(await outcomeOf(startImport(setting, other)), '200');
});
