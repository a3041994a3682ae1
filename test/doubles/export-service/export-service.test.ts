import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExportCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  call,
  description,
  openExportSetting,
  refusal,
  replaceTable,
} from '../../emulators/export-service/export-calls.ts';
import { RATES_OF_AWS } from '../../emulators/export-service/export-rates.ts';
import { dynamoDbError } from '../../emulators/faults.ts';
import { CREDENTIALS, REGION } from '../../fixtures/credentials.ts';

const EXPORT = 'ExportTableToPointInTime';
const IN_PROGRESS =
  'ClientToken ExportArn ExportFormat ExportStatus ExportTime S3Bucket S3SseAlgorithm StartTime TableArn TableId';
const members = (described: object): string => Object.keys(described).sort().join(' ');

test('an export is in progress at once, and completed when it settles', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  const accepted = await description(service, EXPORT, setting.request());
  assert.equal(members(accepted), IN_PROGRESS);
  const { ExportArn, ExportStatus, ExportTime, StartTime, TableArn, TableId } = accepted;
  assert.equal(ExportStatus, 'IN_PROGRESS');
  assert.equal(ExportTime, StartTime);
  assert.equal(TableArn, `arn:aws:dynamodb:us-east-1:123456789012:table/${setting.table}`);
  assert.match(String(TableId), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/);
  const id = /^(.*)\/export\/((\d{14})-[0-9a-f]{8})$/.exec(String(ExportArn));
  assert.equal(id?.[1], TableArn);
  assert.equal(Number(id?.[3]), Math.round(Number(StartTime) * 1_000));

  const described = await description(service, 'DescribeExport', { ExportArn });
  assert.deepEqual(described, { ...accepted, DestinationType: 'S3' });
  await service.settle();
  const { EndTime, ...completed } = await description(service, 'DescribeExport', { ExportArn });
  assert.deepEqual(completed, {
    ...described,
    ExportStatus: 'COMPLETED',
    ExportManifest: `AWSDynamoDB/${id?.[2]}/manifest-summary.json`,
    ItemCount: 3,
    BilledSizeBytes: completed['BilledSizeBytes'],
  });
  assert.ok(Number.isInteger(completed['BilledSizeBytes']));
  assert.ok(Number(EndTime) >= Number(StartTime));
  assert.deepEqual(
    service.exports().map(members),
    [members(completed).replace('DestinationType', 'EndTime')].map((m) => m.split(' ').sort().join(' ')),
  );
});

test('what was sent is echoed, and of the rest little is filled in', async () => {
  await using setting = await openExportSetting({ bucketOwners: {} });
  const sent = {
    S3BucketOwner: '123456789012',
    S3Prefix: 'nightly/',
    S3SseAlgorithm: 'KMS',
    S3SseKmsKeyId: 'alias/backups',
    ExportFormat: 'ION',
    ExportType: 'FULL_EXPORT',
    ClientToken: 'once',
    FilterSpecification: { FilterExpression: 'attribute_exists(n)' },
  };
  const accepted = await description(setting.service, EXPORT, setting.request({ ...sent, Unknown: 1 }));
  assert.equal(members(accepted), [...new Set([...IN_PROGRESS.split(' '), ...Object.keys(sent)])].sort().join(' '));
  for (const [name, value] of Object.entries(sent)) {
    assert.deepEqual(accepted[name], value, name);
  }
});

test('an incremental export has a period, filled in, instead of a time', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  const ExportFromTime = Math.floor(service.clock.now() / 1_000) - 3_600.5;
  const incremental = { ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: { ExportFromTime } };
  const accepted = await description(service, EXPORT, setting.request(incremental));
  assert.equal(
    members(accepted),
    IN_PROGRESS.replace('ExportTime', 'ExportType').replace('S3Bucket', 'IncrementalExportSpecification S3Bucket'),
  );
  const start = Number(accepted['StartTime']);
  assert.ok(Number.isInteger(start) && Math.abs(start - service.clock.now() / 1_000) < 5);
  assert.match(String(accepted['ExportArn']), /\/export\/\d{11}000-/);
  assert.deepEqual(accepted['IncrementalExportSpecification'], {
    ExportFromTime,
    ExportToTime: start,
    ExportViewType: 'NEW_AND_OLD_IMAGES',
  });
  await service.settle();
  const { BilledSizeBytes } = await description(service, 'DescribeExport', { ExportArn: accepted['ExportArn'] });
  assert.equal(BilledSizeBytes, 10_000_000);
});

test('the SDK understands all of it', async () => {
  await using setting = await openExportSetting({ settleAfterMs: 20 });
  const { endpoint } = setting.service;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  const { ExportDescription } = await client.send(
    new ExportTableToPointInTimeCommand({
      TableArn: setting.service.tableArn(setting.table),
      S3Bucket: setting.bucket,
    }),
  );
  let described = ExportDescription;
  while (described?.ExportStatus === 'IN_PROGRESS') {
    const { ExportArn } = described;
    described = (await client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription;
  }
  assert.equal(described?.ExportStatus, 'COMPLETED');
  assert.equal(described.StartTime?.getTime(), described.ExportTime?.getTime());
  const unknown = client.send(new DescribeExportCommand({ ExportArn: `${described.ExportArn}0` }));
  await assert.rejects(unknown, { name: 'ExportNotFoundException' });
  client.destroy();
  const operations = setting.service.requests.map((request) => request.operation);
  assert.deepEqual([...new Set(operations)], [EXPORT, 'DescribeExport']);
  assert.equal(setting.source.requests.length, 0);
});

test('a token stands for one export', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  const CONFLICT = 'ExportConflictException: Export conflict: Duplicate request detected with conflicting parameters';
  const arnOf = async (more: object): Promise<unknown> =>
    (await description(service, EXPORT, setting.request(more)))['ExportArn'];

  const rejected = setting.request({ ClientToken: 'once', ExportTime: -1 });
  assert.match(await refusal(service, EXPORT, rejected), /^InvalidExportTimeException/);
  const [first, same] = await Promise.all([arnOf({ ClientToken: 'once' }), arnOf({ ClientToken: 'once' })]);
  assert.equal(first, same, 'also where both come together, and after a rejected one');
  for (const changed of [
    { S3Prefix: 'p' },
    { ExportFormat: 'ION' },
    { S3Bucket: 'other' },
    { S3SseAlgorithm: 'KMS' },
  ]) {
    assert.equal(await refusal(service, EXPORT, setting.request({ ClientToken: 'once', ...changed })), CONFLICT);
  }
  const other = await setting.source.createTable();
  const elsewhere = setting.request({ ClientToken: 'once', TableArn: service.tableArn(other) });
  assert.equal(await refusal(service, EXPORT, elsewhere), CONFLICT);
  await service.settle();
  assert.equal(await arnOf({ ClientToken: 'once' }), first, 'after its end');
  assert.notEqual(await arnOf({}), await arnOf({}), 'without a token, each is another one');

  const nowhere = { ClientToken: 'again', S3Bucket: 'nobody-has-it' };
  const failed = await arnOf(nowhere);
  await service.settle();
  assert.equal(await arnOf(nowhere), failed, 'after it failed');
  assert.equal(await refusal(service, EXPORT, setting.request({ ClientToken: 'again' })), CONFLICT);
  service.clock.advance(9 * 3_600_000);
  assert.notEqual(await arnOf({ ClientToken: 'once' }), first, 'hours after its end');
});

test('checks come in the order of the service', async () => {
  await using setting = await openExportSetting({ recovery: { enabled: false } });
  const wrong: Record<string, unknown> = { ...setting.request({ ExportTime: -1, ClientToken: 't' }), S3Prefix: '' };
  wrong['TableArn'] = 'orders';
  const answered = (): Promise<string> => refusal(setting.service, EXPORT, wrong);
  assert.match(await answered(), /'s3Prefix' failed/);
  delete wrong['S3Prefix'];
  assert.match(await answered(), /tableArn is not a valid ARN/);
  wrong['TableArn'] = setting.service.tableArn('nobody');
  assert.match(await answered(), /^TableNotFoundException/);
  wrong['TableArn'] = setting.service.tableArn(setting.table);
  wrong['S3Bucket'] = 'nobody-has-it';
  assert.match(
    await answered(),
    /^PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for table '/,
  );
});

test('throttled, refused and broken requests', async (t) => {
  await using setting = await openExportSetting({ rates: RATES_OF_AWS });
  const { service } = setting;
  const { ExportArn } = await description(service, EXPORT, setting.request());
  await t.test('bursts are throttled, and what is paced is not', async () => {
    const answers: string[] = [];
    for (let n = 0; n < 13; n++) {
      answers.push(await refusal(service, 'DescribeExport', { ExportArn }));
    }
    assert.deepEqual(answers.slice(0, 10), Array(10).fill('200'));
    assert.deepEqual(answers.slice(-2), Array(2).fill('ThrottlingException: Rate exceeded'));
    await sleep(1_100);
    assert.equal(await refusal(service, 'DescribeExport', { ExportArn }), '200');
  });
  await t.test('IAM says who may not do what', async () => {
    service.deny(EXPORT, 'Scan');
    const { status, body } = await call(service, EXPORT, setting.request());
    assert.equal(status, 400);
    assert.deepEqual(body, {
      __type: 'com.amazon.coral.service#AccessDeniedException',
      Message: `User: arn:aws:sts::123456789012:assumed-role/table-backup/GitHubActions is not authorized to perform: dynamodb:${EXPORT} on resource: ${service.tableArn(setting.table)} because no identity-based policy allows the dynamodb:${EXPORT} action`,
    });
    assert.match(
      await refusal(service, 'Scan', { TableName: setting.table }),
      /perform: dynamodb:Scan on resource: arn:/,
    );
    service.deny();
    assert.equal(await refusal(service, 'Scan', { TableName: setting.table }), '200');
  });
  await t.test('faults of the proxy', async () => {
    service.inject((_, nth) => (nth % 2 === 0 ? dynamoDbError('InternalServerError', 'oops', 500) : 'drop'));
    await assert.rejects(call(service, 'ListExports', {}), /fetch failed/);
    assert.equal((await call(service, 'ListExports', {})).status, 500);
    const before = service.exports().length;
    service.inject(() => 'lose-answer');
    await assert.rejects(call(service, EXPORT, setting.request()), /fetch failed/);
    assert.equal(service.exports().length, before + 1, 'an export of which nobody has heard');
    assert.equal(service.requests.at(-1)?.status, undefined);
  });
});

test('everything else goes to the source, and its tables look like those of AWS', async () => {
  await using setting = await openExportSetting();
  const { service, source, table } = setting;
  const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
  const TableArn = service.tableArn(table);
  const describe = async (TableName: string) => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const byName = await describe(table);
  assert.equal(byName?.TableArn, TableArn);
  assert.deepEqual(await describe(TableArn), byName, 'also by its ARN');
  const { TableId } = await description(service, EXPORT, setting.request());
  assert.equal(byName?.TableId, TableId);
  assert.equal((await client.send(new ScanCommand({ TableName: TableArn }))).Count, 3);
  assert.deepEqual(
    source.requests.map((request) => [request.operation, request.parameters['TableName']]),
    [
      ['DescribeTable', table],
      ['DescribeTable', table],
      ['Scan', table],
    ],
  );
  source.inject(() => 'drop');
  await assert.rejects(call(service, 'Scan', { TableName: table }), /fetch failed/);

  source.inject();
  await replaceTable(source, table);
  const anew = await describe(table);
  assert.notEqual(anew?.TableId, TableId, 'a table made anew has another id');
  client.destroy();
});

test('the clock can be off, and be moved', async () => {
  await using setting = await openExportSetting({ clockOffsetMs: -60_000 });
  const { service } = setting;
  const skew = async (operation: string): Promise<number> => {
    const { headers } = await call(service, operation, {});
    return Math.round((Date.parse(String(headers.get('date'))) - Date.now()) / 10_000) * 10;
  };
  assert.equal(await skew('ListExports'), -60);
  assert.equal(await skew('ListTables'), -60, 'of an answer that was passed on as well');
  service.clock.advance(7_200_000);
  assert.equal(await skew('ListExports'), 7_140);
  const { StartTime } = await description(service, EXPORT, setting.request());
  assert.ok(Math.abs(Number(StartTime) * 1_000 - Date.now() - 7_140_000) < 5_000);
});
