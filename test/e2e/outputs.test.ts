import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { assertFailed, assertSucceeded, largeItems, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

const PROJECT = dirname(dirname(import.meta.dirname));

/** Outputs that only an export sets. */
const EXPORT_OUTPUTS = ['export-arn', 'estimated-read-capacity'];

suite('progress, outputs and job summary', { concurrency: 3 }, () => {
  slowTest('logs a progress line after 5 seconds, and adds a throughput chart to the job summary', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    pair.source.inject(({ operation }, nth) => (operation === 'Scan' && nth === 2 ? { delayMs: 5_500 } : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '1' });
    await pair.copyOf(run);
    const lines = progressLines(run);
    assert.equal(lines.length, 1, run.log);
    // By then, the first page is written and the second is requested.
    const [, items] =
      /^(\d+) items, [\d.]+ MB, [\d.]+ [kM]B\/s, [\d,]+ RCU\/s, 0 of 1 segments/.exec(lines[0] ?? '') ?? [];
    assert.ok(Number(items) > 0 && Number(items) < 30, lines[0]);
    // The copy runs long enough for a chart, which shows the pause.
    assert.match(
      run.summary,
      /^```mermaid\n%%\{init: .*\}%%\nxychart-beta\n {4}title "Data \(MB\/s\)"\n[^`]* line \[[^\]]*\b0\.00, 0\.00/m,
    );
  });

  test('sets every output that action.yml declares for a scan, and no other', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'nightly/{table}' });
    await pair.copyOf(run);
    const declared = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { outputs: Record<string, unknown> };
    assert.deepEqual(
      Object.keys(run.outputs).sort(),
      Object.keys(declared.outputs)
        .filter((name) => !EXPORT_OUTPUTS.includes(name))
        .sort(),
    );
  });

  test('sets the outputs of a scan to the values of the copy in S3', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'nightly/{table}' });
    const copy = await pair.copyOf(run);
    const {
      's3-keys': keys,
      's3-keys-file': file = '',
      'checksums-file': checksums = '',
      'duration-seconds': duration,
      'consumed-read-capacity': consumed,
      ...others
    } = run.outputs;
    assert.deepEqual(others, {
      engine: 'scan',
      scope: 'table',
      'export-id': copy.exportId,
      's3-uri': `s3://${pair.bucket}/nightly/${table}/AWSDynamoDB/${copy.exportId}/`,
      'data-uri': `s3://${pair.bucket}/nightly/${table}/AWSDynamoDB/${copy.exportId}/data/`,
      'manifest-key': `nightly/${table}/AWSDynamoDB/${copy.exportId}/manifest-summary.json`,
      'snapshot-time': copy.summary.exportTime,
      'item-count': '30',
      'dropped-count': '0',
      'file-count': String(copy.objects.length),
      'size-bytes': String(copy.objects.reduce((sum, object) => sum + object.size, 0)),
      'uncompressed-bytes': String(copy.objects.reduce((sum, object) => sum + object.content.length, 0)),
    });
    assert.deepEqual(
      JSON.parse(keys ?? ''),
      copy.objects.map((object) => object.dataFileS3Key),
    );
    assert.equal(readFileSync(file, 'utf8'), keys);
    assert.ok(file.startsWith(join(run.folder, 'temp')), file);
    assert.ok(checksums.startsWith(join(run.folder, 'temp')), checksums);
    assert.equal(basename(checksums), 'manifest-sha256.txt');
    const stored = await pair.store.read(pair.bucket, `${copy.folder}manifest-sha256.txt`);
    assert.deepEqual(readFileSync(checksums), stored);
    assert.ok(Number(duration) > 0 && Number(duration) <= run.durationMs / 1000, duration);
    // 30 items of 100 kB. An eventually consistent read consumes 0.5 RCU per 4 kB.
    assert.ok(Number(consumed) >= 3_000_000 / 8_192, consumed);
  });

  test('writes a job summary with the table, the copy, its size and its duration', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(1_234));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'dynamodb-scan-kwargs': 'Limit: 1000' });
    const copy = await pair.copyOf(run);
    const lines = run.summary.split('\n');
    assert.equal(lines[0], `### ✅ Copied ${table} to S3: 1,234 items`);
    const row = (name: string): string => lines.find((line) => line.startsWith(`| ${name} |`)) ?? `no row ${name}`;
    assert.ok(row('Table').includes(`${table} (us-east-1)`), row('Table'));
    assert.ok(row('Copy').includes(`s3://${pair.bucket}/${copy.folder}`), row('Copy'));
    assert.ok(row('Items').includes('1,234'), row('Items'));
    assert.ok(row('Objects').includes(`${copy.objects.length} × DYNAMODB&#95;JSON, gzip`), row('Objects'));
    assert.match(row('Size'), /[\d.]+ kB stored, [\d.]+ kB uncompressed/);
    assert.match(row('Time'), /[\d.]+ s/);
    assert.ok(row('Started').includes(copy.summary.startTime), row('Started'));
    const consumed = row('Read capacity units');
    assert.ok(consumed.includes(run.outputs['consumed-read-capacity'] ?? '?'), consumed);
    assert.match(row('Segments'), /16 of 16, 16 in parallel/);
    // The first progress line appears after 5 seconds. On a busy machine, this copy can take longer.
    assert.ok(run.durationMs > 5_000 || progressLines(run).length === 0, run.log);
  });

  slowTest('the job summary of a filtered scan reports "Copied part of" the table', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': '{"FilterExpression": "n < :five", "ExpressionAttributeValues": {":five": 5}}',
    });
    assertSucceeded(run);
    assert.equal(run.summary.split('\n')[0], `### ✅ Copied part of ${table} to S3: 5 items`);
    assert.equal(run.outputs['scope'], 'subset');
  });

  slowTest('the job summary of a failure contains the error, its remedy and the S3 URI', async () => {
    await using pair = await openPair();
    await using run = await pair.run({
      'dynamodb-table-name': await pair.source.createTable(),
      'if-empty': 'error',
    });
    const { message, remedy } = await assertFailed(run, pair, 'EMPTY_COPY');
    const text = run.summary.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    assert.ok(text.startsWith('### ❌ DynamoDB to S3 failed: `EMPTY_COPY`'), text);
    assert.ok(text.includes(`> ${message}`), text);
    assert.ok(text.includes(`> ${remedy}`), text);
    assert.ok(text.includes(run.outputs['s3-uri'] ?? '?'), text);
    assert.match(text, /no `manifest-summary.json` and does not count as a copy/);
  });

  slowTest('a copy succeeds if GITHUB_STEP_SUMMARY and RUNNER_TEMP are empty', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    await using run = await pair.run(
      { 'dynamodb-table-name': table },
      { env: { GITHUB_STEP_SUMMARY: '', RUNNER_TEMP: '' } },
    );
    await pair.copyOf(run);
    assert.equal(run.summary, '');
    assert.equal(run.outputs['s3-keys-file'], undefined);
    assert.equal(run.outputs['checksums-file'], undefined);
    assert.equal(run.outputs['item-count'], '10');
  });
});

function progressLines(run: RunResult): string[] {
  return run.log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\d+ of \d+ segments/.test(line));
}
