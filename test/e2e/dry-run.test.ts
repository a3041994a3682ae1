import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Fault, jsonAnswer, s3Error } from '../emulators/faults.ts';
import { type Item, openSource } from '../emulators/source.ts';
import { dynamoDbDenies, dynamoDbRefuses, emptyAnswer, s3Denies } from '../fixtures/aws-errors.ts';
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
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

const OWNER = '123456789012';
const DRY = { 'dry-run': 'true' } as const;
const table = await fill(smallItems(30));

/** What the summary says of a check. */
function finding(run: RunResult, name: string): string {
  const row = run.summary.split('\n').find((line) => line.startsWith(`| ${name} |`));
  assert.ok(row !== undefined, `no check ${name} in:\n${run.summary}`);
  return row.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

function operations({ source, store }: Pair): string[] {
  return [...source.requests, ...store.requests].map(({ operation }) => operation);
}

suite('a dry run leaves table and bucket as they were', { concurrency: 2 }, () => {
  /** @throws where anything is other than it was */
  async function assertUntouched(pair: Pair, before: Awaited<ReturnType<typeof stateOf>>): Promise<void> {
    assert.deepEqual(await stateOf(pair), before);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  }

  async function stateOf(pair: Pair) {
    return { keys: await keysIn(pair), items: await pair.source.readItems(table) };
  }

  test('it succeeds, asks what it can, and writes nothing', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'nightly', ...DRY });
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
    // There is an estimate where the source has counted its items.
    const { 'estimated-read-capacity': _, ...outputs } = run.outputs;
    assert.deepEqual(
      Object.keys(outputs).filter((name) => outputs[name] !== ''),
      ['duration-seconds', 'engine', 'scope'],
    );
  });

  slowTest('control: what a run leaves behind would be noticed', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table });
    assertSucceeded(run);
    await assert.rejects(assertUntouched(pair, before), { code: 'ERR_ASSERTION' });
  });

  slowTest('control: so would an upload that was not aborted, and the user is told of it', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    onS3('AbortMultipartUpload', 1, s3Denies('s3:AbortMultipartUpload'), 'from then on')(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY });
    assertSucceeded(run);
    assert.match(run.warnings.join('\n'), /could not be aborted\. Grant s3:AbortMultipartUpload/);
    await assert.rejects(assertUntouched(pair, before), { code: 'ERR_ASSERTION' });
  });

  slowTest('a failed one, too', async () => {
    await using pair = await openPair();
    const before = await stateOf(pair);
    onS3('CreateMultipartUpload', 1, s3Denies('s3:PutObject'))(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY });
    await assertFailed(run, pair, 'ACCESS_DENIED');
    await assertUntouched(pair, before);
  });
});

interface Case {
  readonly inputs?: Inputs;
  readonly script?: (pair: Pair) => void;
  readonly check: string;
  readonly ends: 'ok' | 'not checked' | 'failed';
  readonly says: RegExp;
}

/** One test a check, and how it can end. */
const CASES: Readonly<Record<string, Case>> = {
  'the table is not there': {
    inputs: { 'dynamodb-table-name': 'no-such-table' },
    check: 'Table',
    ends: 'failed',
    says: /TABLE_NOT_FOUND/,
  },
  'the index is not there': {
    inputs: { 'dynamodb-scan-kwargs': 'IndexName: no-such-index' },
    check: 'Index',
    ends: 'failed',
    says: /INDEX_NOT_FOUND/,
  },
  'an expression that DynamoDB does not understand': {
    inputs: { 'dynamodb-scan-kwargs': 'FilterExpression: this is no expression' },
    check: 'Read access',
    ends: 'failed',
    says: /INVALID_SCAN: .*Invalid FilterExpression/,
  },
  'expressions that it does': {
    inputs: { 'dynamodb-scan-kwargs': "FilterExpression: n > :n\nExpressionAttributeValues: {':n': 5}" },
    check: 'Read access',
    ends: 'ok',
    says: /dynamodb-scan-kwargs is valid/,
  },
  'a role that may not scan': {
    script: onDynamoDb('Scan', 1, dynamoDbDenies('dynamodb:Scan'), 'from then on'),
    check: 'Read access',
    ends: 'failed',
    says: /ACCESS_DENIED: .*dynamodb:Scan/,
  },
  'the bucket is not there': {
    inputs: { 's3-bucket-name': 'no-such-bucket-anywhere' },
    check: 'Bucket',
    ends: 'failed',
    says: /BUCKET_NOT_FOUND/,
  },
  'the bucket’s region is told': {
    script: onS3('HeadBucket', 1, emptyAnswer(403, { 'x-amz-bucket-region': 'us-east-1' })),
    check: 'Bucket',
    ends: 'ok',
    says: /in us-east-1 is accessible/,
  },
  'the bucket belongs to somebody else': {
    inputs: { 's3-bucket-owner': OWNER },
    script: refuseOwner(() => s3Error('AccessDenied', 403)),
    check: 'Bucket owner',
    ends: 'failed',
    says: /does not belong to account 123456789012/,
  },
  'who may not look does not learn whose the bucket is': {
    inputs: { 's3-bucket-owner': OWNER },
    script: onS3('HeadBucket', 1, emptyAnswer(403), 'from then on'),
    check: 'Bucket owner',
    ends: 'not checked',
    says: /lacks the optional permission s3:ListBucket/,
  },
  'the bucket may not be written to': {
    script: onS3('CreateMultipartUpload', 1, s3Denies('s3:PutObject')),
    check: 'Write access',
    ends: 'failed',
    says: /ACCESS_DENIED: .*s3:PutObject/,
  },
  'the key may not be used': {
    script: onS3('CreateMultipartUpload', 1, s3Denies('kms:GenerateDataKey')),
    check: 'Write access',
    ends: 'failed',
    says: /ACCESS_DENIED: .*kms:GenerateDataKey on the KMS key/,
  },
  'the key is disabled': {
    script: onS3('CreateMultipartUpload', 1, s3Error('KMS.DisabledException', 400)),
    check: 'Write access',
    ends: 'failed',
    says: /KMS_KEY_UNUSABLE/,
  },
  'a module that cannot be loaded': {
    inputs: { 'process-func': 'not-there.mjs' },
    check: 'process-func',
    ends: 'failed',
    says: /PROCESS_FUNC_INVALID/,
  },
  'credentials without an end': {
    check: 'Credentials',
    ends: 'ok',
    says: /valid for the duration of the copy/,
  },
  'whether recovery is on, which decides the engine': {
    inputs: { 'point-in-time-export': 'auto' },
    script: onDynamoDb('DescribeContinuousBackups', 1, dynamoDbDenies('dynamodb:DescribeContinuousBackups')),
    check: 'Engine choice',
    ends: 'ok',
    says: /not authorized to perform dynamodb:DescribeContinuousBackups/,
  },
};

suite('each check ends as ok, failed or not checked', { concurrency: 2 }, () => {
  for (const [name, { inputs, script, check, ends, says }] of fewOf(Object.entries(CASES), 4)) {
    test(name, async () => {
      await using pair = await openPair();
      script?.(pair);
      await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY, ...inputs });
      const found = finding(run, check);
      assert.match(found, new RegExp(`^\\| [^|]+ \\| . ${ends} \\|`, 'u'));
      assert.match(found, says);
      if (ends === 'failed') assert.equal(run.exitCode, 1);
      assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    });
  }
});

suite('all that is wrong is told at once', { concurrency: 2 }, () => {
  const WRONG: Inputs = {
    'dynamodb-table-name': table,
    's3-bucket-name': 'no-such-bucket-anywhere',
    'dynamodb-scan-kwargs': 'FilterExpression: this is no expression',
    'process-func': 'not-there.mjs',
  };

  for (const inputs of [DRY, {}]) {
    test(`${inputs === DRY ? 'by a dry run' : 'by a real run'}, in one failure`, async () => {
      await using pair = await openPair();
      await using run = await pair.run({ ...WRONG, ...inputs });
      const { message } = await assertFailed(run, pair, 'CHECKS_FAILED');
      for (const code of ['BUCKET_NOT_FOUND', 'INVALID_SCAN', 'PROCESS_FUNC_INVALID']) {
        assert.match(message, new RegExp(`^- ${code}: `, 'm'));
      }
      assert.deepEqual(await keysIn(pair), []);
    });
  }

  slowTest('once something failed, a real run also asks what it would have left to its first steps', async () => {
    await using pair = await openPair();
    onDynamoDb('Scan', 1, dynamoDbDenies('dynamodb:Scan'), 'from then on')(pair);
    await using run = await pair.run({ 'dynamodb-table-name': table, 'process-func': 'not-there.mjs' });
    const { message } = await assertFailed(run, pair, 'CHECKS_FAILED');
    assert.match(message, /^- ACCESS_DENIED: .*dynamodb:Scan/m);
    assert.match(message, /^- PROCESS_FUNC_INVALID: /m);
  });

  slowTest('what cannot be right whatever the table is keeps a real run from writing its marker', async () => {
    await using pair = await openPair();
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': 'FilterExpression: this is no expression',
    });
    await assertFailed(run, pair, 'INVALID_SCAN');
    assert.deepEqual(await keysIn(pair), []);
  });
});

suite('the estimate is within 20% of what the run consumes', { concurrency: 2 }, () => {
  const mixed: Item[] = Array.from({ length: 3_000 }, (_, index) => ({
    pk: { S: `item-${index}` },
    n: { N: String(index) },
    text: { S: 'x'.repeat(index % 2_000) },
    tags: { SS: [`tag-${index % 7}`, 'another'] },
  }));
  const CASES: Readonly<Record<string, { readonly items: Item[]; readonly inputs?: Inputs }>> = {
    'a table of one page': { items: smallItems(500) },
    'large items, with the page that is looked at first': { items: largeItems(60) },
    'items of all sizes': { items: mixed },
    'a small Limit': { items: smallItems(500), inputs: { 'dynamodb-scan-kwargs': 'Limit: 10', 'total-segments': '1' } },
    'four segments': { items: mixed, inputs: { 'total-segments': '4' } },
  };
  for (const [name, { items, inputs }] of fewOf(Object.entries(CASES), 1)) {
    test(name, async () => {
      await using pair = await openPair();
      const counted = await pair.source.createTable(items);
      // Not every server counts, and DynamoDB itself does so every six hours.
      pair.source.inject(({ operation }) => (operation === 'DescribeTable' ? withCounts(items) : undefined));
      const wanted = { 'dynamodb-table-name': counted, ...inputs };
      await using dry = await pair.run({ ...wanted, ...DRY });
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

test('a dry run and a run of one of eight jobs get an eighth of the default share of the read capacity', async () => {
  await using pair = await openPair();
  pair.source.inject(({ operation }) => (operation === 'DescribeTable' ? provisionedWith(1_600) : undefined));
  const wanted = {
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': '{"Segment": 3, "TotalSegments": 8}',
    'total-segments': '1',
  };
  const cap =
    /at most 100 read capacity units \(RCU\) per second: 50% of 1,600 \(provisioned throughput\), divided by 8 \(TotalSegments\)\./;
  await using dry = await pair.run({ ...wanted, ...DRY });
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

suite('an export is previewed without being started', { concurrency: 2 }, () => {
  test('recovery and its window, and what nobody can tell beforehand', async () => {
    await using exporter = await openExportPair();
    await using run = await exporter.run({ ...DRY });
    assertSucceeded(run);
    assert.match(finding(run, 'Point-in-time recovery'), /ok .*enabled, from \d{4}-.*Z to \d{4}-.*Z/);
    assert.match(finding(run, 'Export permission'), /not checked .*dynamodb:ExportTableToPointInTime/);
    assert.equal(run.outputs['estimated-read-capacity'], '0');
    assert.equal(run.outputs['engine'], 'export');
    assert.deepEqual(exporter.calls('ExportTableToPointInTime'), []);
    assert.deepEqual(await keysIn(exporter.pair), []);
    assert.deepEqual(await exporter.pair.store.openUploads(exporter.pair.bucket), []);
  });

  slowTest('a time that recovery does not keep', async () => {
    await using exporter = await openExportPair();
    await using run = await exporter.run({ ...DRY, 'export-time': iso(Date.now() - 50 * 24 * HOUR) });
    assert.equal(run.exitCode, 1);
    assert.match(finding(run, 'Point-in-time recovery'), /failed .*EXPORT_TIME_INVALID/);
  });

  slowTest('recovery that is off: a failure, unless it may be turned on, which a dry run does not', async () => {
    await using exporter = await openExportPair({ recovery: { enabled: false } });
    await using refused = await exporter.run({ ...DRY });
    assert.equal(refused.exitCode, 1);
    assert.match(finding(refused, 'Point-in-time recovery'), /failed .*PITR_DISABLED/);
    await using run = await exporter.run({ ...DRY, 'enable-point-in-time-recovery': 'true' });
    assertSucceeded(run);
    assert.match(finding(run, 'Point-in-time recovery'), /ok .*disabled; a run would enable it/);
    assert.deepEqual(exporter.calls('UpdateContinuousBackups'), []);
  });

  slowTest('a role that may not ask whether it is on', async () => {
    await using exporter = await openExportPair();
    exporter.service.inject(({ operation }) =>
      operation === 'DescribeContinuousBackups' ? dynamoDbDenies('dynamodb:DescribeContinuousBackups') : undefined,
    );
    await using run = await exporter.run({ ...DRY });
    assertSucceeded(run);
    assert.match(finding(run, 'Point-in-time recovery'), /not checked .*dynamodb:DescribeContinuousBackups/);
  });
});

slowTest('what DynamoDB names in its refusals is no more in a preview than elsewhere', async () => {
  await using pair = await openPair();
  onDynamoDb('Scan', 1, dynamoDbRefuses('ValidationException', 'Invalid FilterExpression: secret patient-4711'))(pair);
  await using run = await pair.run({ 'dynamodb-table-name': table, ...DRY });
  assert.equal(run.exitCode, 1);
  assert.ok(!`${run.log}${run.summary}`.includes('patient-4711'));
});

function refuseOwner(refusal: () => Fault) {
  return ({ store }: Pair): void =>
    store.inject(({ headers }) => (headers['x-amz-expected-bucket-owner'] === OWNER ? refusal() : undefined));
}

function provisionedWith(ReadCapacityUnits: number): Fault {
  return jsonAnswer<{ Table: object }>(({ Table }) => ({
    Table: { ...Table, BillingModeSummary: undefined, ProvisionedThroughput: { ReadCapacityUnits } },
  }));
}

function withCounts(items: readonly Item[]): Fault {
  const TableSizeBytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
  return jsonAnswer<{ Table: object }>(({ Table }) => ({
    Table: { ...Table, TableSizeBytes, ItemCount: items.length },
  }));
}

/**
 * Bytes of an item, as far as these tests use the types.
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
