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

/** A first attempt gives up, and then the table is deleted. */
async function giveUpAndDelete(exporting: ExportPair, inputs: Inputs = {}): Promise<void> {
  await using run = await exporting.run({ ...inputs, 'max-attempts': '1' });
  assertRefused(run, 'EXPORT_IN_PROGRESS');
  await deleteTable(exporting);
}

async function deleteTable({ pair, table }: ExportPair): Promise<void> {
  await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
}

suite('of a table that was deleted after its export began', { concurrency: 3 }, () => {
  for (const [what, nameOf] of [
    ['name', ({ table }: ExportPair) => table],
    ['ARN', ({ service, table }: ExportPair) => service.tableArn(table)],
  ] as const) {
    test(`a re-run finishes the export, by the table's ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const inputs = { 'dynamodb-table-name': nameOf(exporting) };
      await giveUpAndDelete(exporting, inputs);
      const step = exporting.start(inputs, attempt(2));
      await step.printed(/Reusing export/);
      await exporting.service.settle();
      await using run = await step.result;
      assert.equal((await exporting.copyOf(run)).summary.itemCount, 12);
      assert.match(run.notices.join(), /The table \S+ is not available\./);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  test('a re-run finishes the export among those of other tables', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUpAndDelete(exporting);
    // One whose name begins with this one's, too.
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

  test('a later step finishes what the first did not wait for', async () => {
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

  for (const [what, inputs, prepare] of [
    ['resume: false', { resume: 'false' }, () => {}],
    ['no right to look', {}, ({ service }: ExportPair) => service.deny('ListExports')],
    ['only one that failed', {}, undefined],
  ] as const) {
    test(`a re-run fails where there is ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const { service } = exporting;
      if (!prepare) service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
      await giveUpAndDelete(exporting, inputs);
      await (prepare ? prepare(exporting) : service.settle());
      await using run = await exporting.run(inputs, attempt(2));
      assertRefused(run, 'TABLE_NOT_FOUND');
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  test('a first attempt fails at once', async () => {
    await using exporting = await openExportPair();
    await deleteTable(exporting);
    await using run = await exporting.run();
    assertRefused(run, 'TABLE_NOT_FOUND');
    assert.equal(exporting.calls('ListExports').length, 0);
  });
});
