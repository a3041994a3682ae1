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
  type ExportSetting,
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

test('an emulated export is in progress when accepted and completed when it settles', async () => {
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

test('the emulated ExportDescription contains the parameters of the request and few other members', async () => {
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

test('an emulated incremental export has a completed period instead of an ExportTime', async () => {
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

test('the AWS SDK can start, describe and wait for an emulated export', async () => {
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

const CONFLICT = 'ExportConflictException: Export conflict: Duplicate request detected with conflicting parameters';

/** Requests an export and returns its ARN. */
async function arnOf({ service, request }: ExportSetting, more: object): Promise<unknown> {
  return (await description(service, EXPORT, request(more)))['ExportArn'];
}

test('emulated exports with the same token are one export until 8 hours after its end', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  const rejected = setting.request({ ClientToken: 'once', ExportTime: -1 });
  assert.match(await refusal(service, EXPORT, rejected), /^InvalidExportTimeException/);
  const [first, same] = await Promise.all([
    arnOf(setting, { ClientToken: 'once' }),
    arnOf(setting, { ClientToken: 'once' }),
  ]);
  assert.equal(first, same, 'concurrent requests after a rejected one must return the same export');
  await service.settle();
  assert.equal(await arnOf(setting, { ClientToken: 'once' }), first, 'the token must be valid after the end');
  service.clock.advance(9 * 3_600_000);
  assert.notEqual(await arnOf(setting, { ClientToken: 'once' }), first, 'the token must expire');
});

test('emulated exports without a token are different exports', async () => {
  await using setting = await openExportSetting();
  assert.notEqual(await arnOf(setting, {}), await arnOf(setting, {}));
});

test('a token of an emulated export is rejected with other parameters or another table', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  await arnOf(setting, { ClientToken: 'once' });
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
});

test('the token of a failed emulated export remains valid and returns that export', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  const toMissingBucket = { ClientToken: 'again', S3Bucket: 'nobody-has-it' };
  const failed = await arnOf(setting, toMissingBucket);
  await service.settle();
  assert.equal(await arnOf(setting, toMissingBucket), failed);
  assert.equal(await refusal(service, EXPORT, setting.request({ ClientToken: 'again' })), CONFLICT);
});

test('the export emulator checks a request in the order of the real service', async () => {
  await using setting = await openExportSetting({ recovery: { enabled: false } });
  const wrong: Record<string, unknown> = { ...setting.request({ ExportTime: -1, ClientToken: 't' }), S3Prefix: '' };
  wrong['TableArn'] = 'orders';
  const error = (): Promise<string> => refusal(setting.service, EXPORT, wrong);
  assert.match(await error(), /'s3Prefix' failed/);
  delete wrong['S3Prefix'];
  assert.match(await error(), /tableArn is not a valid ARN/);
  wrong['TableArn'] = setting.service.tableArn('nobody');
  assert.match(await error(), /^TableNotFoundException/);
  wrong['TableArn'] = setting.service.tableArn(setting.table);
  wrong['S3Bucket'] = 'nobody-has-it';
  assert.match(
    await error(),
    /^PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for table '/,
  );
});

test('the export emulator throttles bursts at the rates of AWS', async () => {
  await using setting = await openExportSetting({ rates: RATES_OF_AWS });
  const { service } = setting;
  const { ExportArn } = await description(service, EXPORT, setting.request());
  const results: string[] = [];
  for (let n = 0; n < 13; n++) {
    results.push(await refusal(service, 'DescribeExport', { ExportArn }));
  }
  assert.deepEqual(results.slice(0, 10), Array(10).fill('200'));
  assert.deepEqual(results.slice(-2), Array(2).fill('ThrottlingException: Rate exceeded'));
  await sleep(1_100);
  assert.equal(await refusal(service, 'DescribeExport', { ExportArn }), '200');
});

test('the export emulator returns the error of IAM for denied operations', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
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

test('the export emulator injects faults, and an export starts even if its response is lost', async () => {
  await using setting = await openExportSetting({ rates: RATES_OF_AWS });
  const { service } = setting;
  service.inject((_, nth) => (nth % 2 === 0 ? dynamoDbError('InternalServerError', 'oops', 500) : 'drop'));
  await assert.rejects(call(service, 'ListExports', {}), /fetch failed/);
  assert.equal((await call(service, 'ListExports', {})).status, 500);
  service.inject(() => 'lose-httpResponse');
  await assert.rejects(call(service, EXPORT, setting.request()), /fetch failed/);
  assert.equal(service.exports().length, 1);
  assert.equal(service.requests.at(-1)?.status, undefined);
});

test('the export emulator forwards other operations to the source and returns tables like those of AWS', async () => {
  await using setting = await openExportSetting();
  const { service, source, table } = setting;
  const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
  const TableArn = service.tableArn(table);
  const describe = async (TableName: string) => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const byName = await describe(table);
  assert.equal(byName?.TableArn, TableArn);
  assert.deepEqual(await describe(TableArn), byName, 'DescribeTable must accept the ARN');
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
  const recreated = await describe(table);
  assert.notEqual(recreated?.TableId, TableId, 'a re-created table must have another ID');
  client.destroy();
});

test('the clock of the export emulator can have an offset and can be advanced', async () => {
  await using setting = await openExportSetting({ clockOffsetMs: -60_000 });
  const { service } = setting;
  const skew = async (operation: string): Promise<number> => {
    const { headers } = await call(service, operation, {});
    return Math.round((Date.parse(String(headers.get('date'))) - Date.now()) / 10_000) * 10;
  };
  assert.equal(await skew('ListExports'), -60);
  assert.equal(await skew('ListTables'), -60, 'forwarded responses must have the same time');
  service.clock.advance(7_200_000);
  assert.equal(await skew('ListExports'), 7_140);
  const { StartTime } = await description(service, EXPORT, setting.request());
  assert.ok(Math.abs(Number(StartTime) * 1_000 - Date.now() - 7_140_000) < 5_000);
});
