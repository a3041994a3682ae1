import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Fault, jsonResponse, s3Error } from '../emulators/faults.ts';
import { type Item, openSource } from '../emulators/source.ts';
import { dynamoDbDenies, dynamoDbRefuses, emptyResponse, s3Denies } from '../fixtures/aws-errors.ts';
import { HOUR, iso, openExportPair } from '../fixtures/export-pair.ts';
import { onDynamoDb, onS3 } from '../fixtures/fault-scripts.ts';
import {
  assertFailed,
  assertSucceeded,
  type Inputs,
  keysIn,
  largeItems,
  openPair,
  type Pair,
  smallItems,
  startServers,
} from '../fixtures/pair.ts';
import { runWithModule } from '../fixtures/user-module.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

const OWNER = '123456789012';
const DRY_RUN = { 'dry-run': 'true' } as const;
const table = await fill(smallItems(30));

/** Returns the row of a check in the summary. */
function checkRow(run: RunResult, name: string): string {
  const row = run.summary.split('\n').find((line) => line.startsWith(`| ${name} |`));
  assert.ok(row !== undefined, `the check ${name} is missing in:\n${run.summary}`);
  return row.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

function operations({ source, store }: Pair): string[] {
  return [...source.requests, ...store.requests].map(({ operation }) => operation);
}

suite('dry runs without changes', { concurrency: 2 }, () => {
  /** @throws {AssertionError} if the items, the keys or the open uploads changed */
  async function assertUntouched(pair: Pair, before: Awaited<ReturnType<typeof stateOf>>): Promise<void> {
    assert.deepEqual(await stateOf(pair), before);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  }

  async function stateOf(pair: Pair) {
    return { keys: await keysIn(pair), items: await pair.source.readItems(table) };
  }

  test('a dry run checks the table and the bucket and writes nothing', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'nightly', ...DRY_RUN });
    assertSucceeded(run);
    await assertUntouched(pair, before);
    assert.deepEqual(operations(pair), [
      'DescribeTable',
      'Scan',
      'HeadBucket',
      'CreateMultipartUpload',
      'AbortMultipartUpload',
    ]);
    assert.equal(pair.store.uploads.aborted().length, 1);
    assert.match(pair.store.uploads.created()[0]?.key ?? '', /^nightly\/AWSDynamoDB\/\d{14}-[0-9a-f]{8}\/_started$/);
    assert.match(run.summary, /^### 🔎 Dry run passed for table-\w+\. Nothing was written\n/);
    assert.match(run.log, /Dry run passed\. Nothing was written\./);
    // The estimate is set only if the source counts its items.
    const { 'estimated-read-capacity': _, ...outputs } = run.outputs;
    assert.deepEqual(
      Object.keys(outputs).filter((name) => outputs[name] !== ''),
      ['duration-seconds', 'engine', 'scope'],
    );
  });

  test('a dry run shows that process-func changes the items, and the commit status that a copy would set', async () => {
    await using pair = await openPair();
    await using run = await runWithModule(
      pair,
      table,
      "export const output = 'item';\nexport default (item) => item;\n",
      {
        inputs: { ...DRY_RUN, 'commit-status': 'backup/orders', 'github-token': 'ghs_0123456789' },
        env: { GITHUB_SHA: '' },
      },
    );
    assertSucceeded(run);
    assert.match(run.log, /process-func "scripts\/process\.mjs" changes the items\. To restore the copy, /);
    assert.match(run.log, /Objects: DYNAMODB_JSON \(items of process-func\), gzip/);
    assert.match(run.summary, /backup\/orders of an unknown commit/);
  });

  slowTest('control: the objects of a real run are detected as changes', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table });
    assertSucceeded(run);
    await assert.rejects(assertUntouched(pair, before), { code: 'ERR_ASSERTION' });
  });

  slowTest('a dry run warns if it cannot abort its upload, which is detected as a change', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    onS3('AbortMultipartUpload', 1, s3Denies('s3:AbortMultipartUpload'), 'from then on')(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY_RUN });
    assertSucceeded(run);
    assert.match(run.warnings.join('\n'), /could not be aborted\. Grant s3:AbortMultipartUpload/);
    await assert.rejects(assertUntouched(pair, before), { code: 'ERR_ASSERTION' });
  });

  slowTest('a dry run writes nothing if a check fails', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    onS3('CreateMultipartUpload', 1, s3Denies('s3:PutObject'))(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY_RUN });
    await assertFailed(run, pair, 'ACCESS_DENIED');
    await assertUntouched(pair, before);
  });
});

interface CheckCase {
  readonly inputs?: Inputs;
  readonly script?: (pair: Pair) => void;
  /** Name of the check in the summary. */
  readonly check: string;
  readonly reason: RegExp;
}

const FAILED_CHECKS: Readonly<Record<string, CheckCase>> = {
  'the table does not exist': {
    inputs: { 'dynamodb-table-name': 'no-such-table' },
    check: 'Table',
    reason: /TABLE_NOT_FOUND/,
  },
  'the index does not exist': {
    inputs: { 'dynamodb-scan-kwargs': 'IndexName: no-such-index' },
    check: 'Index',
    reason: /INDEX_NOT_FOUND/,
  },
  'DynamoDB rejects an expression': {
    inputs: { 'dynamodb-scan-kwargs': 'FilterExpression: this is no expression' },
    check: 'Read access',
    reason: /INVALID_SCAN: .*Invalid FilterExpression/,
  },
  'the role is not authorized to perform dynamodb:Scan': {
    script: onDynamoDb('Scan', 1, dynamoDbDenies('dynamodb:Scan'), 'from then on'),
    check: 'Read access',
    reason: /ACCESS_DENIED: .*dynamodb:Scan/,
  },
  'the bucket does not exist': {
    inputs: { 's3-bucket-name': 'no-such-bucket-anywhere' },
    check: 'Bucket',
    reason: /BUCKET_NOT_FOUND/,
  },
  'the bucket belongs to another account': {
    inputs: { 's3-bucket-owner': OWNER },
    script: rejectOwner(() => s3Error('AccessDenied', 403)),
    check: 'Bucket owner',
    reason: /does not belong to account 123456789012/,
  },
  'the role is not authorized to perform s3:PutObject': {
    script: onS3('CreateMultipartUpload', 1, s3Denies('s3:PutObject')),
    check: 'Write access',
    reason: /ACCESS_DENIED: .*s3:PutObject/,
  },
  'the role is not authorized to use the KMS key': {
    script: onS3('CreateMultipartUpload', 1, s3Denies('kms:GenerateDataKey')),
    check: 'Write access',
    reason: /ACCESS_DENIED: .*kms:GenerateDataKey on the KMS key/,
  },
  'the KMS key is disabled': {
    script: onS3('CreateMultipartUpload', 1, s3Error('KMS.DisabledException', 400)),
    check: 'Write access',
    reason: /KMS_KEY_UNUSABLE/,
  },
  'the process-func module does not exist': {
    inputs: { 'process-func': 'not-there.mjs' },
    check: 'process-func',
    reason: /PROCESS_FUNC_INVALID/,
  },
};

const OTHER_CHECKS: Readonly<Record<string, CheckCase & { readonly result: 'ok' | 'not checked' }>> = {
  'DynamoDB accepts the expressions': {
    inputs: { 'dynamodb-scan-kwargs': "FilterExpression: n > :n\nExpressionAttributeValues: {':n': 5}" },
    check: 'Read access',
    result: 'ok',
    reason: /dynamodb-scan-kwargs is valid/,
  },
  'HeadBucket is denied but returns the Region of the bucket': {
    script: onS3('HeadBucket', 1, emptyResponse(403, { 'x-amz-bucket-region': 'us-east-1' })),
    check: 'Bucket',
    result: 'ok',
    reason: /in us-east-1 is accessible/,
  },
  'HeadBucket is denied and the bucket owner is unknown': {
    inputs: { 's3-bucket-owner': OWNER },
    script: onS3('HeadBucket', 1, emptyResponse(403), 'from then on'),
    check: 'Bucket owner',
    result: 'not checked',
    reason: /lacks the optional permission s3:ListBucket/,
  },
  'the credentials do not expire': {
    check: 'Credentials',
    result: 'ok',
    reason: /valid for the duration of the copy/,
  },
  'auto cannot read the status of point-in-time recovery': {
    inputs: { 'point-in-time-export': 'auto' },
    script: onDynamoDb('DescribeContinuousBackups', 1, dynamoDbDenies('dynamodb:DescribeContinuousBackups')),
    check: 'Engine choice',
    result: 'ok',
    reason: /not authorized to perform dynamodb:DescribeContinuousBackups/,
  },
};

suite('checks of dry runs', { concurrency: 2 }, () => {
  for (const [name, failing] of fewOf(Object.entries(FAILED_CHECKS), 2)) {
    test(`a dry run reports the check "${failing.check}" as failed if ${name}`, async () => {
      const { exitCode } = await assertCheck(failing, 'failed');
      assert.equal(exitCode, 1);
    });
  }

  for (const [name, { result, ...checked }] of fewOf(Object.entries(OTHER_CHECKS), 2)) {
    test(`a dry run reports the check "${checked.check}" as ${result} if ${name}`, async () => {
      await assertCheck(checked, result);
    });
  }

  async function assertCheck({ inputs, script, check, reason }: CheckCase, result: string) {
    await using pair = await openPair();
    script?.(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY_RUN, ...inputs });
    const row = checkRow(run, check);
    assert.match(row, new RegExp(`^\\| [^|]+ \\| . ${result} \\|`, 'u'));
    assert.match(row, reason);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    return { exitCode: run.exitCode };
  }
});

suite('all problems in one failure', { concurrency: 2 }, () => {
  const INVALID: Inputs = {
    'dynamodb-table-name': table,
    's3-bucket-name': 'no-such-bucket-anywhere',
    'dynamodb-scan-kwargs': 'FilterExpression: this is no expression',
    'process-func': 'not-there.mjs',
  };

  for (const [what, inputs] of fewOf(
    [
      ['a dry run', DRY_RUN],
      ['a real run', {}],
    ] as const,
    1,
  )) {
    test(`${what} reports the bucket, the expression and the module in one failure`, async () => {
      await using pair = await openPair();
      await using run = await pair.run({ ...INVALID, ...inputs });
      const { message } = await assertFailed(run, pair, 'CHECKS_FAILED');
      for (const code of ['BUCKET_NOT_FOUND', 'INVALID_SCAN', 'PROCESS_FUNC_INVALID']) {
        assert.match(message, new RegExp(`^- ${code}: `, 'm'));
      }
      assert.deepEqual(await keysIn(pair), []);
    });
  }

  slowTest('a real run performs the remaining checks after one of them fails', async () => {
    await using pair = await openPair();
    onDynamoDb('Scan', 1, dynamoDbDenies('dynamodb:Scan'), 'from then on')(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, 'process-func': 'not-there.mjs' });
    const { message } = await assertFailed(run, pair, 'CHECKS_FAILED');
    assert.match(message, /^- ACCESS_DENIED: .*dynamodb:Scan/m);
    assert.match(message, /^- PROCESS_FUNC_INVALID: /m);
  });

  slowTest('a real run does not write its marker if DynamoDB rejects an expression', async () => {
    await using pair = await openPair();
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': 'FilterExpression: this is no expression',
    });
    await assertFailed(run, pair, 'INVALID_SCAN');
    assert.deepEqual(await keysIn(pair), []);
  });
});

suite('estimates of dry runs', { concurrency: 2 }, () => {
  const mixed: Item[] = Array.from({ length: 3_000 }, (_, index) => ({
    pk: { S: `item-${index}` },
    n: { N: String(index) },
    text: { S: 'x'.repeat(index % 2_000) },
    tags: { SS: [`tag-${index % 7}`, 'another'] },
  }));
  const CASES: Readonly<Record<string, { readonly items: Item[]; readonly inputs?: Inputs }>> = {
    'a table with one page': { items: smallItems(500) },
    'large items': { items: largeItems(60) },
    'items of all sizes': { items: mixed },
    'a small Limit': { items: smallItems(500), inputs: { 'dynamodb-scan-kwargs': 'Limit: 10', 'total-segments': '1' } },
    'four segments': { items: mixed, inputs: { 'total-segments': '4' } },
  };
  for (const [name, { items, inputs }] of fewOf(Object.entries(CASES), 1)) {
    test(`the estimate is within 20% of the consumed read capacity for ${name}`, async () => {
      await using pair = await openPair();
      const counted = await pair.source.createTable(items);
      // Not every emulator counts items, and DynamoDB updates the counts about every 6 hours.
      pair.source.inject(({ operation }) => (operation === 'DescribeTable' ? withCounts(items) : undefined));
      const wanted = { 'dynamodb-table-name': counted, ...inputs };
      await using dry = await pair.run({ ...wanted, ...DRY_RUN });
      await using run = await pair.run(wanted);
      assertSucceeded(dry);
      assertSucceeded(run);
      const estimated = Number(dry.outputs['estimated-read-capacity']);
      const consumed = Number(run.outputs['consumed-read-capacity']);
      assert.ok(consumed > 0);
      assert.ok(Math.abs(estimated / consumed - 1) <= 0.2, `${estimated} estimated, ${consumed} consumed`);
      assert.match(dry.summary, /\| Read capacity units \| about [\d,.]+ \|/);
    });
  }
});

test('a dry run and a real run of one of eight shards get an eighth of the default percentage of the read capacity', async () => {
  await using pair = await openPair();
  pair.source.inject(({ operation }) => (operation === 'DescribeTable' ? provisionedWith(1_600) : undefined));
  const wanted = {
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': '{"Segment": 3, "TotalSegments": 8}',
    'total-segments': '1',
  };
  const cap =
    /at most 100 read capacity units \(RCU\) per second: 50% of 1,600 \(provisioned throughput\), divided by 8 \(TotalSegments\)\./;
  await using dry = await pair.run({ ...wanted, ...DRY_RUN });
  await using run = await pair.run(wanted);
  assertSucceeded(dry);
  assertSucceeded(run);
  assert.match(dry.log, cap);
  assert.match(
    dry.summary.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
    cap,
  );
  assert.match(run.log, cap);
  assert.match(run.summary, /\| Read capacity units \| [\d,.]+, at most 100 RCU per second \|/);
});

suite('dry runs of exports', { concurrency: 2 }, () => {
  test('a dry run reports the PITR window without starting an export', async () => {
    await using exporter = await openExportPair();
    await using run = await exporter.run({ ...DRY_RUN });
    assertSucceeded(run);
    assert.match(checkRow(run, 'Point-in-time recovery'), /ok .*enabled, from \d{4}-.*Z to \d{4}-.*Z/);
    assert.match(checkRow(run, 'Export permission'), /not checked .*dynamodb:ExportTableToPointInTime/);
    assert.equal(run.outputs['estimated-read-capacity'], '0');
    assert.equal(run.outputs['engine'], 'export');
    assert.deepEqual(exporter.calls('ExportTableToPointInTime'), []);
    assert.deepEqual(await keysIn(exporter.pair), []);
    assert.deepEqual(await exporter.pair.store.openUploads(exporter.pair.bucket), []);
  });

  slowTest('a dry run fails if export-time is before the PITR window', async () => {
    await using exporter = await openExportPair();
    await using run = await exporter.run({ ...DRY_RUN, 'export-time': iso(Date.now() - 50 * 24 * HOUR) });
    assert.equal(run.exitCode, 1);
    assert.match(checkRow(run, 'Point-in-time recovery'), /failed .*EXPORT_TIME_INVALID/);
  });

  slowTest('a dry run fails if PITR is disabled', async () => {
    await using exporter = await openExportPair({ recovery: { enabled: false } });
    await using run = await exporter.run({ ...DRY_RUN });
    assert.equal(run.exitCode, 1);
    assert.match(checkRow(run, 'Point-in-time recovery'), /failed .*PITR_DISABLED/);
    assert.deepEqual(exporter.calls('UpdateContinuousBackups'), []);
  });

  slowTest('a dry run with enable-point-in-time-recovery succeeds without enabling PITR', async () => {
    await using exporter = await openExportPair({ recovery: { enabled: false } });
    await using run = await exporter.run({ ...DRY_RUN, 'enable-point-in-time-recovery': 'true' });
    assertSucceeded(run);
    assert.match(checkRow(run, 'Point-in-time recovery'), /ok .*disabled; a run would enable it/);
    assert.deepEqual(exporter.calls('UpdateContinuousBackups'), []);
  });

  slowTest('a dry run reports PITR as not checked if dynamodb:DescribeContinuousBackups is denied', async () => {
    await using exporter = await openExportPair();
    exporter.service.inject(({ operation }) =>
      operation === 'DescribeContinuousBackups' ? dynamoDbDenies('dynamodb:DescribeContinuousBackups') : undefined,
    );
    await using run = await exporter.run({ ...DRY_RUN });
    assertSucceeded(run);
    assert.match(checkRow(run, 'Point-in-time recovery'), /not checked .*dynamodb:DescribeContinuousBackups/);
  });
});

slowTest('a dry run does not show text from error messages of DynamoDB', async () => {
  await using pair = await openPair();
  onDynamoDb('Scan', 1, dynamoDbRefuses('ValidationException', 'Invalid FilterExpression: secret patient-4711'))(pair);
  await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY_RUN });
  assert.equal(run.exitCode, 1);
  assert.ok(!`${run.log}${run.summary}`.includes('patient-4711'));
});

function rejectOwner(rejection: () => Fault) {
  return ({ store }: Pair): void =>
    store.inject(({ headers }) => (headers['x-amz-expected-bucket-owner'] === OWNER ? rejection() : undefined));
}

function provisionedWith(ReadCapacityUnits: number): Fault {
  return jsonResponse<{ Table: object }>(({ Table }) => ({
    Table: { ...Table, BillingModeSummary: undefined, ProvisionedThroughput: { ReadCapacityUnits } },
  }));
}

function withCounts(items: readonly Item[]): Fault {
  const TableSizeBytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
  return jsonResponse<{ Table: object }>(({ Table }) => ({
    Table: { ...Table, TableSizeBytes, ItemCount: items.length },
  }));
}

/**
 * Returns the size of an item in bytes; supports the types in these tests.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize({ S, N, SS }: AttributeValue): number {
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  return (SS ?? [S ?? '']).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

async function fill(items: readonly Item[]): Promise<string> {
  await using source = await openSource();
  return await source.createTable(items);
}
