import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DynamoDBClient, ExportTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { RATES_OF_AWS } from '../emulators/export-service/export-rates.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertRefused, attempt, type ExportPair, HOUR, increment, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

/** Reduces the time between DescribeExport requests, which is one second with AWS. */
const FAST = { DYNAMODB_TO_S3_TIME_SCALE: '0.02' };

/** Starts exports of the same table that do not belong to this step, one per second. */
async function startForeignExports(
  { service, table, pair }: ExportPair,
  count: number,
  S3Prefix = 'foreign',
): Promise<void> {
  const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
  for (let index = 0; index < count; index += 1) {
    service.clock.advance(1_000);
    const request = { TableArn: service.tableArn(table), S3Bucket: pair.bucket, S3Prefix };
    await client.send(new ExportTableToPointInTimeCommand(request));
  }
  client.destroy();
}

/** Runs an attempt that ends with EXPORT_IN_PROGRESS after one status check. */
async function runUntilGivenUp(exporting: ExportPair): Promise<void> {
  await using run = await exporting.run({ 'max-attempts': '1' });
  assertRefused(run, 'EXPORT_IN_PROGRESS');
}

suite('an export that an earlier attempt started', { concurrency: 2 }, () => {
  test('is found behind 24 other exports in progress although DescribeExport is throttled', async () => {
    const rates = { DescribeExport: { burst: 10, perSecond: 5 } };
    await using exporting = await openExportPair({ settleAfterMs: 'manual', rates });
    await runUntilGivenUp(exporting);
    await startForeignExports(exporting, 24);
    const step = exporting.start({}, attempt(2, FAST));
    await step.printed(/Reusing export/);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
    assert.equal(run.outputs['s3-uri']?.includes('foreign'), false);
    assert.ok(
      exporting.calls('DescribeExport').some(({ status }) => status === 400),
      'control: DescribeExport was throttled',
    );
    assert.equal(exporting.calls('ListExports').length, 1);
    assert.equal(exporting.calls(EXPORT).length, 1 + 24);
  });

  test('is found behind 36 failed exports without a DescribeExport request for them', async () => {
    const { DescribeExport = assert.fail() } = RATES_OF_AWS;
    await using exporting = await openExportPair({ settleAfterMs: 'manual', rates: { DescribeExport } });
    const { service } = exporting;
    await runUntilGivenUp(exporting);
    const [own] = service.exports();
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await startForeignExports(exporting, 36);
    service.decide();
    for (const { ExportArn } of service.exports().slice(1)) await service.settle(String(ExportArn));
    const step = exporting.start({}, attempt(2));
    await step.printed(/Reusing export/);
    await service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
    assert.equal(run.outputs['export-arn'], own?.['ExportArn']);
    const pages = exporting
      .calls('ListExports')
      .map(({ parameters }) => [parameters['MaxResults'], parameters['NextToken'] !== undefined]);
    assert.deepEqual(pages, [
      [25, false],
      [25, true],
    ]);
    assert.ok(exporting.calls('DescribeExport').every(({ status }) => status === 200));
  });

  test('is found if 60 older exports are listed first', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual', listingOrder: 'oldest first' });
    await startForeignExports(exporting, 60);
    exporting.service.clock.advance(1_000);
    await runUntilGivenUp(exporting);
    const before = exporting.calls('DescribeExport').length;
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2, FAST));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(run.notices.join(), /Reusing export \S+, which an earlier attempt of this step started/);
    assert.equal(exporting.calls(EXPORT).length, 60 + 1);
    assert.equal(exporting.calls('DescribeExport').length - before, 1 + 1);
  });
});

suite('ExportFromTime: last', { concurrency: 2 }, () => {
  test('continues its series if 60 older exports are listed first', async () => {
    await using exporting = await openExportPair({ listingOrder: 'oldest first', partitions: 1 });
    const { service } = exporting;
    await startForeignExports(exporting, 60);
    service.clock.advance(1_000);
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    // The Action requests descriptions of completed exports only.
    await service.settle();
    service.clock.advance(HOUR);
    const before = exporting.calls('DescribeExport').length;
    const inputs = { ...increment('last'), 's3-key-prefix': 'series' };
    await using run = await exporting.run(inputs, { env: { GITHUB_RUN_ID: '2', ...FAST } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls('ListExports').length, 3);
    assert.equal(exporting.calls('DescribeExport').length - before, 1 + 1);
  });

  test('sends DescribeExport requests for completed exports only', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await startForeignExports(exporting, 5, 'series');
    service.decide(() => 'never');
    await startForeignExports(exporting, 5, 'series');
    await service.settle();
    service.decide();
    service.clock.advance(HOUR);
    const before = exporting.calls('DescribeExport').length;
    const inputs = { ...increment('last'), 's3-key-prefix': 'series' };
    await using run = await exporting.run(inputs, { env: { GITHUB_RUN_ID: '2' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls('DescribeExport').length - before, 1 + 1);
  });
});
