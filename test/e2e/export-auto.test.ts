import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dynamoDbError, type Fault, jsonResponse } from '../emulators/faults.ts';
import { dynamoDbDenies } from '../fixtures/aws-errors.ts';
import { startSts } from '../fixtures/caller-account.ts';
import { openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const LARGE = 11 * 1024 ** 3;

/** Changes the size of the table in the DescribeTable response. */
function withTableSize(TableSizeBytes: number): Fault {
  return jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, TableSizeBytes } }));
}

suite('engine with point-in-time-export: auto', { concurrency: 3 }, () => {
  for (const [why, engine, sizeBytes, inputs, enabled] of fewOf(
    [
      ['the table is smaller than 10 GiB', 'scan', 1_000, {}, true],
      ['point-in-time recovery is disabled', 'scan', LARGE, {}, false],
      ['only a scan supports total-segments', 'scan', LARGE, { 'total-segments': '2' }, true],
      ['point-in-time recovery is enabled and the table is at least 10 GiB', 'export', LARGE, {}, true],
    ] as const,
    2,
  )) {
    test(`auto chooses ${engine} because ${why}`, async () => {
      await using exporting = await openExportPair({ recovery: { enabled } });
      exporting.service.inject(({ operation }) =>
        operation === 'DescribeTable' ? withTableSize(sizeBytes) : undefined,
      );
      await using run = await exporting.run({ 'point-in-time-export': 'auto', ...inputs });
      assertSucceeded(run);
      assert.equal(run.outputs['engine'], engine);
      assert.ok(run.log.includes(`Engine: ${engine}, because ${why}.`), run.log);
      assert.ok(decoded(run.summary).includes(`| Engine | ${engine}, because ${why} |`), run.summary);
      assert.equal(run.outputs['item-count'], '12');
    });
  }

  slowTest('the summary has no row for the engine if point-in-time-export is true', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run();
    assertSucceeded(run);
    assert.doesNotMatch(run.summary, /\| Engine/);
  });
});

suite('engine with point-in-time-export: auto for the ARN of a large table', { concurrency: 3 }, () => {
  const OWNER = '123456789012';
  const OTHER_ACCOUNT = '210987654321';
  for (const [condition, caller, backups, engine, why] of fewOf(
    [
      [
        'a role of another account is not authorized to read the PITR status',
        OTHER_ACCOUNT,
        dynamoDbDenies('dynamodb:DescribeContinuousBackups'),
        'scan',
        'the role is not authorized to perform dynamodb:DescribeContinuousBackups',
      ],
      [
        'the role belongs to another account',
        OTHER_ACCOUNT,
        undefined,
        'scan',
        `only the account that owns the table, ${OWNER}, can export it`,
      ],
      [
        'the role belongs to the account of the table',
        OWNER,
        undefined,
        'export',
        'point-in-time recovery is enabled and the table is at least 10 GiB',
      ],
    ] as const,
    2,
  )) {
    test(`auto chooses ${engine} for a table ARN if ${condition}`, async () => {
      await using exporting = await openExportPair();
      await using sts = await startSts(caller);
      const { service, table } = exporting;
      const arn = service.tableArn(table);
      service.inject(({ operation, parameters }) => {
        if (operation === 'DescribeTable') return withTableSize(LARGE);
        if (operation !== 'DescribeContinuousBackups') return undefined;
        // DynamoDB would search for a table name in the caller's account, which has no such table.
        if (parameters['TableName'] !== arn)
          return dynamoDbError('TableNotFoundException', `Table not found: ${table}`);
        return backups;
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

/** Replaces character references in Markdown with the characters, as a browser shows them. */
function decoded(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
