import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertSucceeded, largeItems, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

suite('job summary', { concurrency: 2 }, () => {
  test('contains the result, the counts, the segments in a collapsed section, and the next steps', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '4' });
    assertSucceeded(run);
    const { summary } = run;
    const positions = [
      `### ✅ Copied ${table} to S3: 30 items`,
      '| Items | 30 |',
      '<summary>4 segments, slowest first</summary>',
      '#### Next steps',
      '<summary>Query the copy with DuckDB</summary>',
    ].map((text) => summary.indexOf(text));
    assert.ok(!positions.includes(-1), summary);
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    );
  });

  slowTest('suggests commands for this copy, and no AWS services for an S3-compatible store', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using run = await pair.run({ 'dynamodb-table-name': table });
    assertSucceeded(run);
    const { summary } = run;
    assert.ok(summary.includes(`aws s3 cp --recursive ${run.outputs['data-uri']} copy/`), summary);
    assert.doesNotMatch(summary, /import-table|Athena/);
  });

  slowTest('lists each segment with its items and its read capacity', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '4' });
    assertSucceeded(run);
    const rows = [...run.summary.matchAll(/^\| \d+ \| (\d+) \| ([\d.]+) \| .* s \|$/gm)];
    assert.equal(rows.length, 4);
    const sum = (column: 1 | 2) => rows.reduce((total, row) => total + Number(row[column]), 0);
    assert.equal(sum(1), 30);
    assert.equal(sum(2), Number(run.outputs['consumed-read-capacity']));
  });

  slowTest('suggests no next steps for a copy in ION, which the suggested tools cannot read', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'export-format': 'ION' });
    assertSucceeded(run);
    assert.doesNotMatch(run.summary, /Next steps|<details>/);
  });
});
