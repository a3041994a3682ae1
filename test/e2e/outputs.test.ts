import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { assertFailed, assertSucceeded, largeItems, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

const PROJECT = dirname(dirname(import.meta.dirname));

/** Outputs that only an export has. */
const NOT_OF_A_SCAN = ['export-arn', 'estimated-read-capacity'];

suite('what a run tells', { concurrency: 3 }, () => {
  test('a progress line after 5 seconds', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    pair.source.inject(({ operation }, nth) => (operation === 'Scan' && nth === 2 ? { delayMs: 5_500 } : undefined));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '1' });
    await pair.copyOf(run);
    const lines = progressLines(run);
    assert.equal(lines.length, 1, run.log);
    // The first page is written by then, and the second is on its way.
    const [, items] =
      /^(\d+) items, [\d.]+ MB, [\d.]+ [kM]B\/s, [\d,]+ RCU\/s, 0 of 1 segments/.exec(lines[0] ?? '') ?? [];
    assert.ok(Number(items) > 0 && Number(items) < 30, lines[0]);
    // It took long enough for a chart, which shows the pause.
    assert.match(
      run.summary,
      /^```mermaid\n%%\{init: .*\}%%\nxychart-beta\n {4}title "Data \(MB\/s\)"\n[^`]* line \[[^\]]*\b0\.00, 0\.00/m,
    );
  });

  test('every output that action.yml declares for a scan, and no other', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run({ 'dynamodb-table-name': table, 's3-key-prefix': 'nightly/{table}' });
    const copy = await pair.copyOf(run);
    const { outputs } = run;
    const declared = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { outputs: Record<string, unknown> };
    assert.deepEqual(
      Object.keys(outputs).sort(),
      Object.keys(declared.outputs)
        .filter((name) => !NOT_OF_A_SCAN.includes(name))
        .sort(),
    );

    const {
      's3-keys': keys,
      's3-keys-file': file = '',
      'duration-seconds': duration,
      'consumed-read-capacity': units,
      ...rest
    } = outputs;
    assert.deepEqual(rest, {
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
    assert.ok(Number(duration) > 0 && Number(duration) <= run.durationMs / 1000, duration);
    // 30 items of 100 kB, read with eventual consistency: half a unit for each 4 kB.
    assert.ok(Number(units) >= 3_000_000 / 8_192, units);
  });

  test('a summary of the job: what, where, how much, how long', async () => {
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
    // The first progress line comes after 5 seconds, which a busy machine can take for this copy.
    assert.ok(run.durationMs > 5_000 || progressLines(run).length === 0, run.log);
  });

  slowTest('a summary of a subset says so', async () => {
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

  slowTest('a summary of a failure: what happened, what to do, what was written', async () => {
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

  slowTest('a runner without a place for a summary, or for files, is no error', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(10));
    await using run = await pair.run(
      { 'dynamodb-table-name': table },
      { env: { GITHUB_STEP_SUMMARY: '', RUNNER_TEMP: '' } },
    );
    await pair.copyOf(run);
    assert.equal(run.summary, '');
    assert.equal(run.outputs['s3-keys-file'], undefined);
    assert.equal(run.outputs['item-count'], '10');
  });
});

function progressLines(run: RunResult): string[] {
  return run.log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\d+ of \d+ segments/.test(line));
}
