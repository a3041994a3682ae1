import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentTable } from '../../src/report/segment-table.ts';
import { SegmentLog } from '../../src/scan/scan-progress.ts';

test('segmentTable lists the slowest segments first, starting with unfinished ones', () => {
  const log = new SegmentLog();
  log.page(0, 10, 1.5, 1_000);
  log.page(1, 7, 1, 1_000);
  log.page(0, 5, 1, 2_000);
  log.page(2, 1_000, 64, 4_000);
  log.ended(0, 4_000);
  log.ended(1, 6_000);
  assert.deepEqual(segmentTable(log.all, 3), [
    '<details>',
    '<summary>3 segments, slowest first</summary>',
    '',
    '| Segment | Items read | Read capacity units | Time |',
    '|--:|--:|--:|--:|',
    '| 2 | 1,000 | 64 | not finished |',
    '| 1 | 7 | 1 | 5 s |',
    '| 0 | 15 | 2.5 | 3 s |',
    '',
    '</details>',
    '',
  ]);
});

test('segmentTable is empty for a scan with one segment', () => {
  const log = new SegmentLog();
  assert.deepEqual(segmentTable(log.all, 1), []);
  log.page(0, 1, 1, 0);
  assert.deepEqual(segmentTable(log.all, 1), []);
});

test('1,000,000 segments use bounded memory and 50 rows in the summary', () => {
  const log = new SegmentLog();
  for (let index = 0; index < 1_000_000; index += 1) {
    log.page(index, 1, 0.5, 0);
    log.ended(index, index);
  }
  assert.equal(log.all.length, 2_000);
  const fold = segmentTable(log.all, 1_000_000);
  assert.equal(fold[1], '<summary>50 slowest of the first 2,000 of 1,000,000 segments</summary>');
  assert.equal(fold.filter((line) => /^\| \d/.test(line)).length, 50);
  assert.match(fold[5] ?? '', /^\| 1999 /);
});
