import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DynamoDBClient, UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import {
  assertRefused,
  type ExportPair,
  HOUR,
  increment,
  iso,
  MINUTE,
  openExportPair,
  type Window,
} from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

suite('series of incremental exports', { concurrency: 2 }, () => {
  test('ExportFromTime: last continues from a full export, then from an incremental export', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(HOUR);
    await using first = await continueSeries(exporting);
    assertSucceeded(first);
    service.clock.advance(2 * HOUR);
    await using second = await continueSeries(exporting, '3');
    assertSucceeded(second);
    const [fullExport, ...incremental] = exportsOf(exporting);
    const [firstWindow, secondWindow] = incremental.map((one) => one.IncrementalExportSpecification);
    assert.equal(firstWindow?.ExportFromTime, fullExport?.ExportTime);
    assert.equal(secondWindow?.ExportFromTime, firstWindow?.ExportToTime, 'the windows have no gap and no overlap');
  });

  test('ExportFromTime: last fails if no earlier export exists under the prefix', async () => {
    await using exporting = await openExportPair();
    await using elsewhere = await exporting.run({ 's3-key-prefix': 'another' });
    assertSucceeded(elsewhere);
    exporting.service.clock.advance(HOUR);
    await using run = await continueSeries(exporting);
    assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /no completed export .*\/series.*\n.*Run a full export/s);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('ExportFromTime: last fails if the previous export ended more than 24 hours ago', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    exporting.service.clock.advance(26 * HOUR);
    await using run = await continueSeries(exporting);
    assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /ended 26 hours ago/);
  });

  slowTest(
    'ExportFromTime: last succeeds with a notice if the previous export ended less than 15 minutes ago',
    async () => {
      await using exporting = await openExportPair();
      await using full = await exporting.run({ 's3-key-prefix': 'series' });
      assertSucceeded(full);
      exporting.service.clock.advance(10 * MINUTE);
      await using run = await continueSeries(exporting);
      assertSucceeded(run);
      assert.match(run.notices.join(), /Skipped: the previous export ended less than 15 minutes/);
      assert.match(run.summary, /^### ✅ Export of .* skipped: the previous export ended less than 15 minutes ago/);
      assert.equal(run.outputs['export-id'], undefined);
      assert.equal(exporting.calls(EXPORT).length, 1);
    },
  );

  for (const [what, first, next] of fewOf(
    [
      [
        'another ExportViewType',
        increment('-PT1H', '-PT30M'),
        increment('last', undefined, {}, { ExportViewType: 'NEW_IMAGE' }),
      ],
      ['another filter', filtered('n < :five'), increment('last', undefined, filterOf('n > :five'))],
      ['a filter', {}, increment('last', undefined, filterOf('n < :five'))],
      ['no filter', filtered('n < :five'), increment('last')],
    ] as const,
    1,
  )) {
    slowTest(`ExportFromTime: last does not continue from an export if the next export has ${what}`, async () => {
      await using exporting = await openExportPair();
      await using earlier = await exporting.run({ ...first, 's3-key-prefix': 'series' });
      assertSucceeded(earlier);
      exporting.service.clock.advance(HOUR);
      await using run = await exporting.run({ ...next, 's3-key-prefix': 'series' }, ANOTHER_RUN);
      assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /with the same ExportViewType and FilterSpecification/);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  slowTest('ExportFromTime: last continues from an export with the same filter in another key order', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ ...filtered('n < :five'), 's3-key-prefix': 'series/' });
    assertSucceeded(full);
    exporting.service.clock.advance(HOUR);
    const { FilterSpecification } = filterOf('n < :five');
    const reordered = Object.fromEntries(Object.entries(FilterSpecification).reverse());
    const inputs = increment('last', undefined, { FilterSpecification: reordered });
    await using run = await exporting.run({ ...inputs, 's3-key-prefix': 'series' }, ANOTHER_RUN);
    await exporting.copyOf(run);
    const [fullExport, next] = exportsOf(exporting);
    assert.equal(next?.IncrementalExportSpecification?.ExportFromTime, fullExport?.ExportTime);
  });

  slowTest('ExportFromTime: last covers the window of a failed export', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(HOUR);
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await using failed = await continueSeries(exporting);
    assertRefused(failed, 'EXPORT_FAILED');
    service.decide();
    service.clock.advance(HOUR);
    await using run = await continueSeries(exporting, '3');
    await exporting.copyOf(run);
    const [fullExport, , next] = exportsOf(exporting);
    assert.equal(next?.IncrementalExportSpecification?.ExportFromTime, fullExport?.ExportTime);
  });

  slowTest(
    'ExportFromTime: last succeeds with a notice if a relative ExportToTime is less than 15 minutes after the previous export',
    async () => {
      await using exporting = await openExportPair();
      await using full = await exporting.run({ 's3-key-prefix': 'series' });
      assertSucceeded(full);
      exporting.service.clock.advance(20 * MINUTE);
      const inputs = { ...increment('last', '-PT10M'), 's3-key-prefix': 'series' };
      await using run = await exporting.run(inputs, ANOTHER_RUN);
      assertSucceeded(run);
      assert.match(run.notices.join(), /Skipped: the previous export ended less than 15 minutes/);
      assert.equal(exporting.calls(EXPORT).length, 1);
    },
  );

  slowTest('ExportFromTime: last continues up to a fixed ExportToTime, and then succeeds with a notice', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(30 * HOUR);
    // The previous export ended more than 24 hours ago, but less than 24 hours before this time.
    const fixedTime = iso(service.clock.now() - 10 * HOUR);
    const inputs = { ...increment('last', fixedTime), 's3-key-prefix': 'series' };
    await using run = await exporting.run(inputs, ANOTHER_RUN);
    await exporting.copyOf(run);
    assert.equal(iso(Date.parse(run.outputs['snapshot-time'] ?? '')), fixedTime);
    await using again = await exporting.run(inputs, { env: { GITHUB_RUN_ID: '3' } });
    assertSucceeded(again);
    assert.match(again.notices.join(), /Skipped: the previous export ended less than 15 minutes/);
    const tooSoon = iso(Date.parse(fixedTime) + 5 * MINUTE);
    await using short = await exporting.run({ ...inputs, ...increment('last', tooSoon) }, ANOTHER_RUN);
    assert.match(assertRefused(short, 'EXPORT_TIME_INVALID'), /has 5 minutes/);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('ExportFromTime: last fails if PITR was disabled since the previous export', async () => {
    await using exporting = await openExportPair();
    const { service, table } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(2 * HOUR);
    const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
    for (const PointInTimeRecoveryEnabled of [false, true]) {
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled };
      await client.send(new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification }));
    }
    client.destroy();
    service.clock.advance(HOUR);
    await using run = await continueSeries(exporting);
    const message = assertRefused(run, 'NO_EARLIER_EXPORT');
    assert.match(message, /It was disabled in between.*\nRun a full export/s);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('ExportFromTime: last fails if the role is not authorized to perform dynamodb:ListExports', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('ListExports');
    await using run = await continueSeries(exporting);
    assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:ListExports/);
    assert.equal(exporting.calls(EXPORT).length, 0);
  });
});

const ANOTHER_RUN = { env: { GITHUB_RUN_ID: '2' } };

function filterOf(FilterExpression: string) {
  return { FilterSpecification: { FilterExpression, ExpressionAttributeValues: { ':five': { N: '5' } } } };
}

/** Returns the exports from the first to the last, as ExportDescription. */
function exportsOf({ service }: ExportPair) {
  return service.exports() as { ExportTime?: number; IncrementalExportSpecification?: Window }[];
}

/** Returns the inputs of a full export with a filter. */
function filtered(expression: string): Inputs {
  return { 'export-table-to-point-in-time-kwargs': JSON.stringify(filterOf(expression)) };
}

/** Runs an incremental export in another workflow run: in the same run it would be a re-run of the earlier export. */
function continueSeries(exporting: ExportPair, runId = '2') {
  const inputs = { ...increment('last'), 's3-key-prefix': 'series' };
  return exporting.run(inputs, { env: { GITHUB_RUN_ID: runId } });
}
