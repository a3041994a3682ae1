import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import {
  call,
  description,
  openExportSetting,
  refusal,
  replaceTable,
} from '../../emulators/export-service/export-calls.ts';

const EXPORT = 'ExportTableToPointInTime';

interface Listing {
  readonly ExportSummaries?: readonly Readonly<Record<string, string>>[];
  readonly NextToken?: string;
}

test('exports are listed by the page, newest first', async () => {
  await using setting = await openExportSetting();
  const { service } = setting;
  const list = async (more: object = {}): Promise<Listing> =>
    (await call(service, 'ListExports', { TableArn: service.tableArn(setting.table), ...more })).body as Listing;
  assert.deepEqual(await list(), {});

  const arns: string[] = [];
  for (let n = 0; n < 12; n++) {
    arns.unshift(String((await description(service, EXPORT, setting.request()))['ExportArn']));
  }
  await service.settle(arns[1]);
  const first = await list();
  assert.deepEqual(first.ExportSummaries?.slice(0, 2), [
    { ExportArn: arns[0], ExportStatus: 'IN_PROGRESS', ExportType: 'FULL_EXPORT' },
    { ExportArn: arns[1], ExportStatus: 'COMPLETED', ExportType: 'FULL_EXPORT' },
  ]);
  const second = await list({ NextToken: first.NextToken });
  assert.deepEqual(
    [...(first.ExportSummaries ?? []), ...(second.ExportSummaries ?? [])].map((s) => s['ExportArn']),
    arns,
  );
  assert.equal(first.ExportSummaries?.length, 10);
  assert.equal(second.NextToken, undefined);
  assert.equal((await list({ MaxResults: 25 })).ExportSummaries?.length, 12);
  assert.equal((await list({ MaxResults: 12 })).NextToken, undefined);

  const refused = (more: object): Promise<string> => refusal(service, 'ListExports', { ...setting.request(), ...more });
  assert.match(
    await refused({ MaxResults: 26 }),
    /'maxResults' failed to satisfy constraint: Member must have value less than or equal to 25$/,
  );
  assert.match(await refused({ MaxResults: 0 }), /Member must have value greater than or equal to 1$/);
  assert.equal(
    await refused({ NextToken: 'c3eb5d' }),
    'ValidationException: Invalid Request: Provided nextToken is invalid: c3eb5d',
  );

  const other = await setting.source.createTable();
  await description(service, EXPORT, setting.request({ TableArn: service.tableArn(other) }));
  assert.equal(
    (await list({ MaxResults: 25 })).ExportSummaries?.length,
    12,
    'those of another table are not among them',
  );
  assert.equal((await list({ TableArn: undefined, MaxResults: 25 })).ExportSummaries?.length, 13);
  assert.deepEqual(await list({ TableArn: service.tableArn(other), NextToken: first.NextToken }), {
    ExportSummaries: [],
  });

  service.clock.advance(91 * 24 * 3_600_000);
  assert.deepEqual(await list(), {}, 'after 90 days');
});

for (const listingOrder of ['oldest first', 'shuffled'] as const) {
  test(`exports are listed ${listingOrder}, each once over all pages`, async () => {
    await using setting = await openExportSetting({ listingOrder });
    const { service, table } = setting;
    const created: string[] = [];
    for (let n = 0; n < 12; n++) {
      created.push(String((await description(service, EXPORT, setting.request()))['ExportArn']));
    }
    const listed: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const request = { TableArn: service.tableArn(table), MaxResults: 5, NextToken };
      const page = (await call(service, 'ListExports', request)).body as Listing;
      listed.push(...(page.ExportSummaries ?? []).map((summary) => summary['ExportArn']));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    if (listingOrder === 'oldest first') {
      assert.deepEqual(listed, created);
    } else {
      assert.deepEqual(listed.toSorted(), created.toSorted());
      assert.notDeepEqual(listed, created);
      assert.notDeepEqual(listed, created.toReversed());
    }
  });
}

test('a table that is gone, or was made anew, has no exports, but each can be described', async () => {
  await using setting = await openExportSetting();
  const { service, source, table } = setting;
  const { ExportArn } = await description(service, EXPORT, setting.request());
  const listed = async (): Promise<unknown> =>
    (await call(service, 'ListExports', { TableArn: service.tableArn(table) })).body;
  await source.client.send(new DeleteTableCommand({ TableName: table }));
  assert.deepEqual(await listed(), {});
  await service.settle();
  const described = await description(service, 'DescribeExport', { ExportArn });
  assert.equal(described['ExportStatus'], 'COMPLETED', 'what was asked for in time is completed');
  assert.equal(described['ItemCount'], 3);
  await replaceTable(source, table);
  assert.deepEqual(await listed(), {});
});

test('only exports can be described', async () => {
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

test('recovery is turned on, and off, and forgets', async () => {
  await using setting = await openExportSetting({ recovery: { enabled: false } });
  const { service, table: TableName } = setting;
  const described = async (operation: string, more: object = {}): Promise<Record<string, unknown>> => {
    const { body } = await call(service, operation, { TableName, ...more });
    const backups = body['ContinuousBackupsDescription'] as Record<string, unknown>;
    assert.equal(backups?.['ContinuousBackupsStatus'], 'ENABLED', JSON.stringify(body));
    return backups['PointInTimeRecoveryDescription'] as Record<string, unknown>;
  };
  const turn = (on: boolean, more: object = {}): Promise<Record<string, unknown>> =>
    described('UpdateContinuousBackups', {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: on, ...more },
    });
  const seconds = (): number => service.clock.now() / 1_000;
  const since = (ExportFromTime: number): Promise<string> =>
    refusal(
      service,
      EXPORT,
      setting.request({ ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: { ExportFromTime } }),
    );

  const off = { PointInTimeRecoveryStatus: 'DISABLED' };
  assert.deepEqual(await described('DescribeContinuousBackups'), off);
  assert.match(
    await since(seconds() - 3_600),
    /^InvalidExportTimeException: .* cannot be less than the table creation time/,
  );

  const on = await turn(true);
  const start = Number(on['EarliestRestorableDateTime']);
  assert.deepEqual(on, {
    PointInTimeRecoveryStatus: 'ENABLED',
    RecoveryPeriodInDays: 35,
    EarliestRestorableDateTime: start,
    LatestRestorableDateTime: start,
  });
  assert.ok(Number.isInteger(start) && Math.abs(start - seconds()) < 3);
  assert.equal(await refusal(service, EXPORT, setting.request()), '200', 'at once');
  service.clock.advance(2 * 60_000);
  assert.match(await since(start), /less than 15 minutes$/);
  service.clock.advance(14 * 60_000);
  assert.equal(await since(start), '200');
  const later = await turn(true, { RecoveryPeriodInDays: 1 });
  assert.equal(later['EarliestRestorableDateTime'], start, 'turned on again, it goes on');
  assert.equal(later['RecoveryPeriodInDays'], 1);
  assert.ok(Math.abs(Number(later['LatestRestorableDateTime']) - (seconds() - 300)) < 3);
  service.clock.advance(3 * 24 * 3_600_000);
  const days = await described('DescribeContinuousBackups', { TableName: service.tableArn(TableName) });
  assert.ok(Math.abs(Number(days['EarliestRestorableDateTime']) - (seconds() - 24 * 3_600)) < 3);

  assert.deepEqual(await turn(false), off);
  assert.ok(Number((await turn(true))['EarliestRestorableDateTime']) > start + 24 * 3_600);
  assert.equal(
    await refusal(service, 'DescribeContinuousBackups', { TableName: 'nobody' }),
    'TableNotFoundException: Table not found: nobody',
  );
});
