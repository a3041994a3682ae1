import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import {
  call,
  description,
  type ExportSetting,
  openExportSetting,
  refusal,
  replaceTable,
} from '../../emulators/export-service/export-calls.ts';

const EXPORT = 'ExportTableToPointInTime';

interface Listing {
  readonly ExportSummaries?: readonly Readonly<Record<string, string>>[];
  readonly NextToken?: string;
}

/** Starts exports of the table and returns their ARNs, oldest first. */
async function startExports({ service, request }: ExportSetting, count: number): Promise<string[]> {
  const arns: string[] = [];
  for (let n = 0; n < count; n++) {
    arns.push(String((await description(service, EXPORT, request()))['ExportArn']));
  }
  return arns;
}

async function list({ service, table }: ExportSetting, more: object = {}): Promise<Listing> {
  return (await call(service, 'ListExports', { TableArn: service.tableArn(table), ...more })).body as Listing;
}

const arnsIn = ({ ExportSummaries = [] }: Listing) => ExportSummaries.map((summary) => summary['ExportArn']);

test('the emulated ListExports returns pages of 10 exports, newest first', async () => {
  await using setting = await openExportSetting();
  assert.deepEqual(await list(setting), {});
  const arns = (await startExports(setting, 12)).reverse();
  await setting.service.settle(arns[1]);
  const first = await list(setting);
  assert.deepEqual(first.ExportSummaries?.slice(0, 2), [
    { ExportArn: arns[0], ExportStatus: 'IN_PROGRESS', ExportType: 'FULL_EXPORT' },
    { ExportArn: arns[1], ExportStatus: 'COMPLETED', ExportType: 'FULL_EXPORT' },
  ]);
  const second = await list(setting, { NextToken: first.NextToken });
  assert.deepEqual([...arnsIn(first), ...arnsIn(second)], arns);
  assert.equal(first.ExportSummaries?.length, 10);
  assert.equal(second.NextToken, undefined);
  assert.equal(arnsIn(await list(setting, { MaxResults: 25 })).length, 12);
  assert.equal((await list(setting, { MaxResults: 12 })).NextToken, undefined);
});

test('the emulated ListExports rejects an invalid MaxResults or NextToken', async () => {
  await using setting = await openExportSetting();
  const rejected = (more: object): Promise<string> =>
    refusal(setting.service, 'ListExports', { ...setting.request(), ...more });
  await startExports(setting, 1);
  assert.match(
    await rejected({ MaxResults: 26 }),
    /'maxResults' failed to satisfy constraint: Member must have value less than or equal to 25$/,
  );
  assert.match(await rejected({ MaxResults: 0 }), /Member must have value greater than or equal to 1$/);
  assert.equal(
    await rejected({ NextToken: 'c3eb5d' }),
    'ValidationException: Invalid Request: Provided nextToken is invalid: c3eb5d',
  );
});

test('the emulated ListExports with a TableArn returns only exports of that table', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  await startExports(setting, 12);
  const { NextToken } = await list(setting);
  const other = service.tableArn(await setting.source.createTable());
  await description(service, EXPORT, setting.request({ TableArn: other }));
  assert.equal(arnsIn(await list(setting, { MaxResults: 25 })).length, 12);
  assert.equal(arnsIn(await list(setting, { TableArn: undefined, MaxResults: 25 })).length, 13);
  assert.deepEqual(await list(setting, { TableArn: other, NextToken }), { ExportSummaries: [] });
});

test('the emulated ListExports does not return exports that are older than 90 days', async () => {
  await using setting = await openExportSetting();
  await startExports(setting, 1);
  setting.service.clock.advance(91 * 24 * 3_600_000);
  assert.deepEqual(await list(setting), {});
});

/** Returns the ARNs on all pages of the list. */
async function listAll(setting: ExportSetting): Promise<(string | undefined)[]> {
  const listed: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await list(setting, { MaxResults: 5, NextToken });
    listed.push(...arnsIn(page));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return listed;
}

test('the emulated ListExports returns each export once with listing order "oldest first"', async () => {
  await using setting = await openExportSetting({ listingOrder: 'oldest first' });
  const created = await startExports(setting, 12);
  assert.deepEqual(await listAll(setting), created);
});

test('the emulated ListExports returns each export once, in neither order, with listing order "shuffled"', async () => {
  await using setting = await openExportSetting({ listingOrder: 'shuffled' });
  const created = await startExports(setting, 12);
  const listed = await listAll(setting);
  assert.deepEqual(listed.toSorted(), created.toSorted());
  assert.notDeepEqual(listed, created);
  assert.notDeepEqual(listed, created.toReversed());
});

test('the emulated service does not list exports of a deleted or re-created table, but describes them', async () => {
  await using setting = await openExportSetting();
  const { service, source, table } = setting;
  const { ExportArn } = await description(service, EXPORT, setting.request());
  const listed = async (): Promise<unknown> =>
    (await call(service, 'ListExports', { TableArn: service.tableArn(table) })).body;
  await source.client.send(new DeleteTableCommand({ TableName: table }));
  assert.deepEqual(await listed(), {});
  await service.settle();
  const described = await description(service, 'DescribeExport', { ExportArn });
  assert.equal(described['ExportStatus'], 'COMPLETED', 'an export that started before the deletion must complete');
  assert.equal(described['ItemCount'], 3);
  await replaceTable(source, table);
  assert.deepEqual(await listed(), {});
});

test('the emulated DescribeExport rejects ARNs that are not those of its exports', async () => {
  await using setting = await openExportSetting();
  const arn = (region: string, account: string): string =>
    `arn:aws:dynamodb:${region}:${account}:table/T/export/01791506414432-3f2e5aa4`;
  const cases: Readonly<Record<string, string>> = {
    [arn('us-east-1', '123456789012')]:
      `ExportNotFoundException: Export not found: Export not found: ${arn('us-east-1', '123456789012')}`,
    [arn('eu-west-1', '123456789012')]: 'ExportNotFoundException: Export not found: Invalid export arn',
    [arn('us-east-1', '210987654321')]: 'AccessDeniedException: Access is denied',
    [setting.service.tableArn(setting.table)]: 'ValidationException: Invalid Export ARN',
    [arn('us-east-1', '123456789012').replace('export', 'import')]: 'ValidationException: Invalid Export ARN',
    ['x'.repeat(40)]: 'ValidationException: Invalid Export ARN',
    orders:
      "ValidationException: 1 validation error detected: Value 'orders' at 'exportArn' failed to satisfy constraint: Member must have length greater than or equal to 37",
  };
  for (const [ExportArn, expected] of Object.entries(cases)) {
    assert.equal(await refusal(setting.service, 'DescribeExport', { ExportArn }), expected);
  }
});

interface PitrSetting extends AsyncDisposable {
  readonly setting: ExportSetting;
  /** Returns the PointInTimeRecoveryDescription of DescribeContinuousBackups. */
  readonly describe: (more?: object) => Promise<Record<string, unknown>>;
  /** Calls UpdateContinuousBackups and returns the PointInTimeRecoveryDescription. */
  readonly update: (enabled: boolean, more?: object) => Promise<Record<string, unknown>>;
  /** Requests an incremental export from this time and returns the result of `refusal`. */
  readonly exportFrom: (seconds: number) => Promise<string>;
  /** Returns the time of the service in seconds since the epoch. */
  readonly now: () => number;
}

/** Opens a service with a table that has PITR disabled. */
async function openPitrSetting(): Promise<PitrSetting> {
  const setting = await openExportSetting({ recovery: { enabled: false } });
  const { service, table } = setting;
  const recovery = async (operation: string, parameters: object): Promise<Record<string, unknown>> => {
    const { body } = await call(service, operation, { TableName: table, ...parameters });
    const backups = body['ContinuousBackupsDescription'] as Record<string, unknown>;
    assert.equal(backups?.['ContinuousBackupsStatus'], 'ENABLED', JSON.stringify(body));
    return backups['PointInTimeRecoveryDescription'] as Record<string, unknown>;
  };
  return {
    setting,
    describe: (more = {}) => recovery('DescribeContinuousBackups', more),
    update: (enabled, more) =>
      recovery('UpdateContinuousBackups', {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: enabled, ...more },
      }),
    exportFrom: (ExportFromTime) =>
      refusal(
        service,
        EXPORT,
        setting.request({ ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: { ExportFromTime } }),
      ),
    now: () => service.clock.now() / 1_000,
    [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose](),
  };
}

test('the emulated service reports disabled PITR and rejects an incremental export without it', async () => {
  await using pitr = await openPitrSetting();
  assert.deepEqual(await pitr.describe(), { PointInTimeRecoveryStatus: 'DISABLED' });
  assert.match(
    await pitr.exportFrom(pitr.now() - 3_600),
    /^InvalidExportTimeException: .* cannot be less than the table creation time/,
  );
  assert.equal(
    await refusal(pitr.setting.service, 'DescribeContinuousBackups', { TableName: 'nobody' }),
    'TableNotFoundException: Table not found: nobody',
  );
});

test('the emulated service accepts a full export as soon as PITR is enabled, incremental ones after 15 min', async () => {
  await using pitr = await openPitrSetting();
  const { service, request } = pitr.setting;
  const enabled = await pitr.update(true);
  const start = Number(enabled['EarliestRestorableDateTime']);
  assert.deepEqual(enabled, {
    PointInTimeRecoveryStatus: 'ENABLED',
    RecoveryPeriodInDays: 35,
    EarliestRestorableDateTime: start,
    LatestRestorableDateTime: start,
  });
  assert.ok(Number.isInteger(start) && Math.abs(start - pitr.now()) < 3);
  assert.equal(await refusal(service, EXPORT, request()), '200');
  service.clock.advance(2 * 60_000);
  assert.match(await pitr.exportFrom(start), /less than 15 minutes$/);
  service.clock.advance(14 * 60_000);
  assert.equal(await pitr.exportFrom(start), '200');
});

test('the emulated service keeps the earliest restorable time until PITR is disabled or the period ends', async () => {
  await using pitr = await openPitrSetting();
  const { service, table } = pitr.setting;
  const start = Number((await pitr.update(true))['EarliestRestorableDateTime']);
  service.clock.advance(16 * 60_000);
  const again = await pitr.update(true, { RecoveryPeriodInDays: 1 });
  assert.equal(again['EarliestRestorableDateTime'], start, 'enabling PITR again must not move the start');
  assert.equal(again['RecoveryPeriodInDays'], 1);
  assert.ok(Math.abs(Number(again['LatestRestorableDateTime']) - (pitr.now() - 300)) < 3);
  service.clock.advance(3 * 24 * 3_600_000);
  const days = await pitr.describe({ TableName: service.tableArn(table) });
  assert.ok(Math.abs(Number(days['EarliestRestorableDateTime']) - (pitr.now() - 24 * 3_600)) < 3);

  assert.deepEqual(await pitr.update(false), { PointInTimeRecoveryStatus: 'DISABLED' });
  assert.ok(Number((await pitr.update(true))['EarliestRestorableDateTime']) > start + 24 * 3_600);
});
