import assert from 'node:assert/strict';
import test from 'node:test';
import { progressLine, startProgressLog } from '../../src/report/progress.ts';
import type { ScanFigures } from '../../src/scan/scan-state.ts';
import { figuresOf } from '../fixtures/copy-states.ts';

function figuresAt(items: number, uncompressedBytes: number, change: Partial<ScanFigures> = {}) {
  const segments = { total: 64, done: 3, workers: 32 };
  return figuresOf({ itemCount: items, scannedCount: items, uncompressedBytes, segments, ...change });
}

const NO_SPEED = { bytes: 0, units: 0 };

test('progressLine reports items, bytes, speed, segments and percentage', () => {
  assert.equal(
    progressLine(figuresAt(1_500, 2_000_000), 6_000, { bytes: 400_000, units: 49.6 }),
    '1,500 items, 2 MB, 400 kB/s, 50 RCU/s, 3 of 64 segments, about 25% read',
  );
});

test('progressLine reports the used part of the read limit and the number of throttled requests', () => {
  const figures = figuresAt(1_500, 2_000_000, { readLimit: 2_500, throttledRequests: 3 });
  assert.equal(
    progressLine(figures, undefined, { bytes: 400_000, units: 2_480.4 }),
    '1,500 items, 2 MB, 400 kB/s, 2,480 of 2,500 RCU/s, 3 of 64 segments, 3 throttled requests',
  );
});

test('progressLine shows decimals of a read limit below 10 RCU per second', () => {
  const figures = figuresAt(1_500, 2_000_000, { readLimit: 0.0625 });
  assert.match(progressLine(figures, undefined, { bytes: 0, units: 0.06 }), /, 0\.06 of 0\.063 RCU\/s, /);
});

test('progressLine caps the percentage at 100% and omits it if the item count is unknown', () => {
  assert.match(progressLine(figuresAt(9_000, 1), 6_000, NO_SPEED), /, about 100% read$/);
  for (const unknown of [undefined, 0])
    assert.match(progressLine(figuresAt(9_000, 1), unknown, NO_SPEED), /3 of 64 segments$/);
});

test('the progress log estimates the remaining time from the speed since the start of the attempt', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const lines: string[] = [];
  const logger = { info: (line: string) => void lines.push(line), notice: assert.fail, warning: assert.fail };
  // A resumed attempt: its first 3,000 items were read by the previous attempt.
  const scan = { figures: figuresAt(3_000, 0) };
  const stop = startProgressLog(scan, 10_000, logger);
  scan.figures = figuresAt(3_500, 0);
  t.mock.timers.tick(5_000);
  scan.figures = figuresAt(6_500, 0);
  t.mock.timers.tick(30_000);
  stop();
  assert.match(lines[0] ?? '', /, about 35% read, about 1 min 5 s remaining$/);
  assert.match(lines[1] ?? '', /, about 65% read, about 35 s remaining$/);
});

test('the progress log starts after 5 s, continues every 30 s, and ends with stop', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const lines: string[] = [];
  const logger = { info: (line: string) => void lines.push(line), notice: assert.fail, warning: assert.fail };
  const scan = { figures: figuresAt(0, 0) };
  const stop = startProgressLog(scan, undefined, logger);
  t.mock.timers.tick(4_999);
  assert.equal(lines.length, 0);
  scan.figures = figuresAt(0, 5_000_000);
  t.mock.timers.tick(1);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', / 5 MB, 1 MB\/s, /);
  scan.figures = figuresAt(0, 65_000_000, { consumedReadCapacity: 15_000 });
  t.mock.timers.tick(30_000);
  assert.equal(lines.length, 2);
  assert.match(
    lines[1] ?? 'the speed covers the time since the previous line',
    / 65 MB, 2 MB\/s, 500 RCU\/s, /,
    'the speed is of the time since the line before',
  );
  stop();
  t.mock.timers.tick(300_000);
  assert.equal(lines.length, 2);
});

test('the progress log does not keep the process running', () => {
  const logger = { info: () => {}, notice: () => {}, warning: () => {} };
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const stop = startProgressLog({ figures: figuresAt(0, 0) }, undefined, logger);
  assert.equal(timers(), before);
  const held = setTimeout(() => {}, 1_000);
  assert.equal(timers(), before + 1, 'control: an ordinary timer is counted');
  clearTimeout(held);
  stop();
});
