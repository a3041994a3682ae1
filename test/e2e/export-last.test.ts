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
import { slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

suite('ExportFromTime: last', { concurrency: 2 }, () => {
  test('goes on after a full export, then after an increment', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(HOUR);
    await using first = await goOn(exporting);
    assertSucceeded(first);
    service.clock.advance(2 * HOUR);
    await using second = await goOn(exporting, '3');
    assertSucceeded(second);
    const [whole, one, two] = service.exports() as { ExportTime?: number; IncrementalExportSpecification?: Window }[];
    const [a, b] = [one?.IncrementalExportSpecification, two?.IncrementalExportSpecification];
    assert.equal(a?.ExportFromTime, whole?.ExportTime);
    assert.equal(b?.ExportFromTime, a?.ExportToTime, 'no gap, and nothing twice');
  });

  test('is an error where there is no export to go on after', async () => {
    await using exporting = await openExportPair();
    await using elsewhere = await exporting.run({ 's3-key-prefix': 'another' });
    assertSucceeded(elsewhere);
    exporting.service.clock.advance(HOUR);
    await using run = await goOn(exporting);
    assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /no completed export .*\/series.*\n.*Run a full export/s);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('is an error after more than 24 hours', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    exporting.service.clock.advance(26 * HOUR);
    await using run = await goOn(exporting);
    assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /ended 26 hours ago/);
  });

  test('is a notice and success after less than 15 minutes', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    exporting.service.clock.advance(10 * MINUTE);
    await using run = await goOn(exporting);
    assertSucceeded(run);
    assert.match(run.notices.join(), /Skipped: the previous export ended less than 15 minutes/);
    assert.match(run.summary, /^### ✅ Export of .* skipped: the previous export ended less than 15 minutes ago/);
    assert.equal(run.outputs['export-id'], undefined);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  for (const [what, first, next] of [
    ['another view', increment('-PT1H', '-PT30M'), increment('last', undefined, {}, { ExportViewType: 'NEW_IMAGE' })],
    ['another filter', filtered('n < :five'), increment('last', undefined, filterOf('n > :five'))],
    ['a filter', {}, increment('last', undefined, filterOf('n < :five'))],
    ['no filter', filtered('n < :five'), increment('last')],
  ] as const) {
    test(`does not go on after an export where the next one has ${what}`, async () => {
      await using exporting = await openExportPair();
      await using earlier = await exporting.run({ ...first, 's3-key-prefix': 'series' });
      assertSucceeded(earlier);
      exporting.service.clock.advance(HOUR);
      await using run = await exporting.run({ ...next, 's3-key-prefix': 'series' }, ANOTHER_RUN);
      assert.match(assertRefused(run, 'NO_EARLIER_EXPORT'), /with the same ExportViewType and FilterSpecification/);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  slowTest('goes on after an export with the same filter, written in another order', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ ...filtered('n < :five'), 's3-key-prefix': 'series/' });
    assertSucceeded(full);
    exporting.service.clock.advance(HOUR);
    const { FilterSpecification } = filterOf('n < :five');
    const turned = Object.fromEntries(Object.entries(FilterSpecification).reverse());
    const inputs = increment('last', undefined, { FilterSpecification: turned });
    await using run = await exporting.run({ ...inputs, 's3-key-prefix': 'series' }, ANOTHER_RUN);
    await exporting.copyOf(run);
    const [whole, next] = exporting.service.exports() as {
      ExportTime?: number;
      IncrementalExportSpecification?: Window;
    }[];
    assert.equal(next?.IncrementalExportSpecification?.ExportFromTime, whole?.ExportTime);
  });

  slowTest('passes over what failed, so that its window is not lost', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(HOUR);
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await using failed = await goOn(exporting);
    assertRefused(failed, 'EXPORT_FAILED');
    service.decide();
    service.clock.advance(HOUR);
    await using run = await goOn(exporting, '3');
    await exporting.copyOf(run);
    const [whole, , next] = service.exports() as { ExportTime?: number; IncrementalExportSpecification?: Window }[];
    assert.equal(next?.IncrementalExportSpecification?.ExportFromTime, whole?.ExportTime);
  });

  slowTest('up to a relative time, less than 15 minutes are a notice and success', async () => {
    await using exporting = await openExportPair();
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    exporting.service.clock.advance(20 * MINUTE);
    const inputs = { ...increment('last', '-PT10M'), 's3-key-prefix': 'series' };
    await using run = await exporting.run(inputs, ANOTHER_RUN);
    assertSucceeded(run);
    assert.match(run.notices.join(), /Skipped: the previous export ended less than 15 minutes/);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('up to a fixed time reaches it, and then has nothing left', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    await using full = await exporting.run({ 's3-key-prefix': 'series' });
    assertSucceeded(full);
    service.clock.advance(30 * HOUR);
    // More than 24 hours ago, but not from where it ends.
    const to = iso(service.clock.now() - 10 * HOUR);
    const inputs = { ...increment('last', to), 's3-key-prefix': 'series' };
    await using run = await exporting.run(inputs, ANOTHER_RUN);
    await exporting.copyOf(run);
    assert.equal(iso(Date.parse(run.outputs['snapshot-time'] ?? '')), to);
    await using again = await exporting.run(inputs, { env: { GITHUB_RUN_ID: '3' } });
    assertSucceeded(again);
    assert.match(again.notices.join(), /Skipped: the previous export ended less than 15 minutes/);
    const tooSoon = iso(Date.parse(to) + 5 * MINUTE);
    await using short = await exporting.run({ ...inputs, ...increment('last', tooSoon) }, ANOTHER_RUN);
    assert.match(assertRefused(short, 'EXPORT_TIME_INVALID'), /has 5 minutes/);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('is an error where recovery was off in between', async () => {
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
    await using run = await goOn(exporting);
    const message = assertRefused(run, 'NO_EARLIER_EXPORT');
    assert.match(message, /It was disabled in between.*\nRun a full export/s);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('is refused where the role may not look for it', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('ListExports');
    await using run = await goOn(exporting);
    assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:ListExports/);
    assert.equal(exporting.calls(EXPORT).length, 0);
  });
});

const ANOTHER_RUN = { env: { GITHUB_RUN_ID: '2' } };

function filterOf(FilterExpression: string) {
  return { FilterSpecification: { FilterExpression, ExpressionAttributeValues: { ':five': { N: '5' } } } };
}

/** A full export of what the filter leaves. */
function filtered(expression: string): Inputs {
  return { 'export-table-to-point-in-time-kwargs': JSON.stringify(filterOf(expression)) };
}

/** Another run of the workflow, as the same one would be an attempt of the same step. */
function goOn(exporting: ExportPair, runId = '2') {
  const inputs = { ...increment('last'), 's3-key-prefix': 'series' };
  return exporting.run(inputs, { env: { GITHUB_RUN_ID: runId } });
}
