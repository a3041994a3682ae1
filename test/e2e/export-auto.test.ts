import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dynamoDbError, type Fault, jsonAnswer } from '../emulators/faults.ts';
import { dynamoDbDenies } from '../fixtures/aws-errors.ts';
import { startSts } from '../fixtures/caller-account.ts';
import { openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

const LARGE = 11 * 1024 ** 3;

/** The server's answer to DescribeTable, with another size of the table. */
function sized(TableSizeBytes: number): Fault {
  return jsonAnswer<{ Table: object }>(({ Table }) => ({ Table: { ...Table, TableSizeBytes } }));
}

suite('which engine auto chooses', { concurrency: 3 }, () => {
  for (const [why, engine, sizeBytes, inputs, enabled] of [
    ['the table is smaller than 10 GiB', 'scan', 1_000, {}, true],
    ['point-in-time recovery is disabled', 'scan', LARGE, {}, false],
    ['only a scan supports total-segments', 'scan', LARGE, { 'total-segments': '2' }, true],
    ['point-in-time recovery is enabled and the table is at least 10 GiB', 'export', LARGE, {}, true],
  ] as const) {
    test(`${engine}, because ${why}`, async () => {
      await using exporting = await openExportPair({ recovery: { enabled } });
      exporting.service.inject(({ operation }) => (operation === 'DescribeTable' ? sized(sizeBytes) : undefined));
      await using run = await exporting.run({ 'point-in-time-export': 'auto', ...inputs });
      assertSucceeded(run);
      assert.equal(run.outputs['engine'], engine);
      assert.ok(run.log.includes(`Engine: ${engine}, because ${why}.`), run.log);
      assert.ok(shown(run.summary).includes(`| Engine | ${engine}, because ${why} |`), run.summary);
      assert.equal(run.outputs['item-count'], '12');
    });
  }

  slowTest('is not told of in the summary where the step itself says it', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run();
    assertSucceeded(run);
    assert.doesNotMatch(run.summary, /\| Engine/);
  });
});

suite('which engine auto chooses for the ARN of a large table', { concurrency: 3 }, () => {
  const OWNER = '123456789012';
  for (const [caller, recovery, engine, why] of [
    ['210987654321', 'denied', 'scan', 'the role is not authorized to perform dynamodb:DescribeContinuousBackups'],
    ['210987654321', 'enabled', 'scan', `only the account that owns the table, ${OWNER}, can export it`],
    [OWNER, 'enabled', 'export', 'point-in-time recovery is enabled and the table is at least 10 GiB'],
  ] as const) {
    test(`${engine}, if the caller is of ${caller === OWNER ? 'the same' : 'another'} account and recovery is ${recovery}`, async () => {
      await using exporting = await openExportPair();
      await using sts = await startSts(caller);
      const { service, table } = exporting;
      const arn = service.tableArn(table);
      service.inject(({ operation, parameters }) => {
        if (operation === 'DescribeTable') return sized(LARGE);
        if (operation !== 'DescribeContinuousBackups') return undefined;
        // A bare name would be looked up in the caller's account, which has no such table.
        if (parameters['TableName'] !== arn)
          return dynamoDbError('TableNotFoundException', `Table not found: ${table}`);
        return recovery === 'denied' ? dynamoDbDenies('dynamodb:DescribeContinuousBackups') : undefined;
      });
      const inputs = { 'dynamodb-table-name': arn, 'point-in-time-export': 'auto' };
      await using run = await exporting.run(inputs, { env: { AWS_ENDPOINT_URL_STS: sts.endpoint } });
      assertSucceeded(run);
      assert.equal(run.outputs['engine'], engine);
      assert.ok(run.log.includes(`Engine: ${engine}, because ${why}.`), run.log);
      assert.equal(run.outputs['item-count'], '12');
    });
  }
});

/** As a browser shows it: entities are characters again. */
function shown(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
