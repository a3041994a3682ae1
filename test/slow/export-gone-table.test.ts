import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { assertRefused, attempt, type ExportPair, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

/** Runs a first attempt that ends with EXPORT_IN_PROGRESS, and deletes the table. */
async function startExportAndDeleteTable(exporting: ExportPair, inputs: Inputs = {}): Promise<void> {
  await using run = await exporting.run({ ...inputs, 'max-attempts': '1' });
  assertRefused(run, 'EXPORT_IN_PROGRESS');
  await deleteTable(exporting);
}

async function deleteTable({ pair, table }: ExportPair): Promise<void> {
  await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
}

suite('an export of a table that was deleted after the export started', { concurrency: 3 }, () => {
  for (const [identifier, nameOf] of [
    ['name', ({ table }: ExportPair) => table],
    ['ARN', ({ service, table }: ExportPair) => service.tableArn(table)],
  ] as const) {
    test(`is completed by a re-run with the table's ${identifier}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const inputs = { 'dynamodb-table-name': nameOf(exporting) };
      await startExportAndDeleteTable(exporting, inputs);
      const step = exporting.start(inputs, attempt(2));
      await step.printed(/Reusing export/);
      await exporting.service.settle();
      await using run = await step.result;
      assert.equal((await exporting.copyOf(run)).summary.itemCount, 12);
      assert.match(run.notices.join(), /The table \S+ is not available\./);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  test('is completed by a re-run among exports of other tables', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await startExportAndDeleteTable(exporting);
    // The name of the other table starts with the name of this table.
    const name = `${exporting.table}-2`;
    await exporting.pair.source.createTable([], { TableName: name });
    for (let other = 0; other < 3; other += 1) {
      await using run = await exporting.run(
        { 'dynamodb-table-name': name, 'max-attempts': '0' },
        { env: { GITHUB_RUN_ID: `${other}` } },
      );
      assertSucceeded(run);
    }
    const described = exporting.calls('DescribeExport').length;
    const step = exporting.start({}, attempt(2));
    await step.printed(/Reusing export/);
    assert.equal(exporting.calls('DescribeExport').length, described + 1);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
  });

  test('is completed by a later step if the first step did not wait for it', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const RUNNER_TEMP = mkdtempSync(join(tmpdir(), 'runner-temp-'));
    after(() => rmSync(RUNNER_TEMP, { recursive: true, force: true }));
    await using started = await exporting.run({ 'max-attempts': '0' }, { env: { RUNNER_TEMP } });
    assertSucceeded(started);
    await deleteTable(exporting);
    await exporting.service.settle();
    await using run = await exporting.run({}, { env: { RUNNER_TEMP, GITHUB_ACTION: 'backup_2' } });
    assert.equal((await exporting.copyOf(run)).summary.itemCount, 12);
  });

  test('is not used by a re-run with resume: false, which fails with TABLE_NOT_FOUND', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { resume: 'false' };
    await startExportAndDeleteTable(exporting, inputs);
    await assertRerunFails(exporting, inputs);
  });

  test('is not found by a re-run without dynamodb:ListExports, which fails with TABLE_NOT_FOUND', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await startExportAndDeleteTable(exporting);
    exporting.service.deny('ListExports');
    await assertRerunFails(exporting);
  });

  test('is not used by a re-run if the export failed, which fails with TABLE_NOT_FOUND', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const { service } = exporting;
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await startExportAndDeleteTable(exporting);
    await service.settle();
    await assertRerunFails(exporting);
  });

  test('is not searched for by a first attempt, which fails with TABLE_NOT_FOUND', async () => {
    await using exporting = await openExportPair();
    await deleteTable(exporting);
    await using run = await exporting.run();
    assertRefused(run, 'TABLE_NOT_FOUND');
    assert.equal(exporting.calls('ListExports').length, 0);
  });
});

/** Runs a second attempt, and asserts that it fails with TABLE_NOT_FOUND and starts no export. */
async function assertRerunFails(exporting: ExportPair, inputs: Inputs = {}): Promise<void> {
  await using run = await exporting.run(inputs, attempt(2));
  assertRefused(run, 'TABLE_NOT_FOUND');
  assert.equal(exporting.calls(EXPORT).length, 1);
}
