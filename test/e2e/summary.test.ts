import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertSucceeded, largeItems, openPair, smallItems, startServers } from '../fixtures/pair.ts';

await startServers();

suite('the summary of a run', { concurrency: 2 }, () => {
  test('the result, the table, the segments in a fold, and what can be done with this very copy', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(30));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'total-segments': '4' });
    assertSucceeded(run);
    const { summary } = run;
    const places = [
      `### ✅ Copied ${table} to S3: 30 items`,
      '| Items | 30 |',
      '<summary>4 segments, slowest first</summary>',
      '#### Next steps',
      '<summary>Query the copy with DuckDB</summary>',
    ].map((text) => summary.indexOf(text));
    assert.ok(!places.includes(-1), summary);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok(summary.includes(`aws s3 cp --recursive ${run.outputs['data-uri']} copy/`), summary);
    // A store of another kind is out of reach of AWS's other services.
    assert.doesNotMatch(summary, /import-table|Athena/);
    const rows = [...summary.matchAll(/^\| \d+ \| (\d+) \| ([\d.]+) \| .* s \|$/gm)];
    assert.equal(rows.length, 4);
    const sum = (column: 1 | 2) => rows.reduce((total, row) => total + Number(row[column]), 0);
    assert.equal(sum(1), 30);
    assert.equal(sum(2), Number(run.outputs['consumed-read-capacity']));
  });

  test('what cannot be read by anything that is known is offered for nothing', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(5));
    await using run = await pair.run({ 'dynamodb-table-name': table, 'export-format': 'ION' });
    assertSucceeded(run);
    assert.doesNotMatch(run.summary, /Next steps|<details>/);
  });
});
