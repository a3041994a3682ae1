import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { costRows, readPrices, totalCost, type Usage } from '../../scripts/live-check/cost.ts';

const USAGE: Usage = {
  scanUnits: 1_000_000,
  comparisons: 2,
  tableBytes: 4096 * 500_000,
  writtenItems: 2_000_000,
  exportedBytes: 1024 ** 3,
  importedBytes: 2 * 1024 ** 3,
  bulkPutItems: 10,
  objects: 200,
  storedBytes: 0,
};

test('the costs are the quantities multiplied by the prices', () => {
  const prices = readPrices(
    [
      '| read request unit | $0.5 per million |',
      '| write request unit | $2 per million |',
      '| export | $0.1 per GB |',
      '| import | $0.25 per GB |',
      '| S3 PUT or LIST request | $0.005 per thousand |',
      '| S3 GET request | $0.0004 per thousand |',
    ].join('\n'),
  );
  const rows = costRows(USAGE, prices);
  assert.deepEqual(
    rows.map(({ cost }) => cost),
    [0.5, 0.5, 4, 0.1, 0.5, undefined, 0.005, 0.0008, undefined],
  );
  assert.equal(rows[5]?.quantity, '10 items');
  assert.equal(totalCost(rows).toFixed(4), '5.6058');
});

test('docs/cost-and-limits.md has a price of everything that a live check uses, except bulk puts', () => {
  const prices = readPrices(readFileSync('docs/cost-and-limits.md', 'utf8'));
  const rows = costRows(USAGE, prices);
  assert.deepEqual(
    rows.filter(({ cost }) => cost === undefined).map(({ what }) => what),
    ['StartBulkPutItems'],
  );
});
