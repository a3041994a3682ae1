import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparedReading, type ReadingFigures, startVerifyLog } from '../../src/report/verify-log.ts';

const OBJECTS = { checkedObjectCount: 2, plannedObjectCount: 5, failedObjectCount: 1 };

test('the progress of a verification is logged for each reading, with the rate since the last line', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'] });
  const lines: string[] = [];
  const log = { info: (line: string) => lines.push(line), notice() {}, warning() {} };
  let figures: ReadingFigures = { what: 'The copy 1: ', uncompressedBytes: 0, ...OBJECTS };
  const stop = startVerifyLog(() => figures, log, { first: 5_000, interval: 30_000 });
  figures = { ...figures, uncompressedBytes: 10_000_000 };
  t.mock.timers.tick(5_000);
  figures = { ...figures, uncompressedBytes: 40_000_000, failedObjectCount: 0 };
  t.mock.timers.tick(30_000);
  figures = { what: 'The table orders: ', uncompressedBytes: 15_000_000 };
  t.mock.timers.tick(30_000);
  stop();
  t.mock.timers.tick(60_000);
  assert.deepEqual(lines, [
    'The copy 1: 2 of 5 objects, problems with 1 object, 10 MB, 2 MB/s',
    'The copy 1: 2 of 5 objects, 40 MB, 1 MB/s',
    'The table orders: 15 MB, 500 kB/s',
  ]);
});

test('the lines of a comparison name what is read, and the objects only for the copy', () => {
  const names = { copy: 'The copy 1', other: 'The table orders' };
  const objects = { ...OBJECTS, itemCount: 4, bytesRead: 100, uncompressedBytes: 500 };
  assert.deepEqual(comparedReading({ pass: 1, side: 'copy', lineBytes: 300 }, names, objects), {
    ...objects,
    what: 'The copy 1: ',
    uncompressedBytes: 300,
  });
  assert.deepEqual(comparedReading({ pass: 2, side: 'other', lineBytes: 7 }, names, objects), {
    what: 'The table orders, again to find the differences: ',
    uncompressedBytes: 7,
  });
});
