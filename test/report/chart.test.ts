import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHART_STYLE, throughputCharts } from '../../src/report/chart.ts';
import { ThroughputSamples } from '../../src/report/throughput-samples.ts';
import { figuresOf } from '../fixtures/copy-states.ts';

/** Returns samples taken one second apart from running totals. */
function samplesOf(bytes: readonly number[], units: readonly number[]) {
  return bytes.map((total, seconds) => ({ seconds, bytes: total, units: units[seconds] ?? 0 }));
}

test('throughputCharts draws the data rate and the read rate of each interval over time', () => {
  const samples = samplesOf([0, 1e6, 3e6, 3e6, 8e6], [0, 128, 384, 384, 1024]);
  assert.deepEqual(throughputCharts(samples, undefined), [
    '```mermaid',
    CHART_STYLE,
    'xychart-beta',
    '    title "Data (MB/s)"',
    '    x-axis "seconds" 0 --> 4',
    '    y-axis 0 --> 5.50',
    '    line [1.00, 2.00, 0.00, 5.00]',
    '```',
    '',
    '```mermaid',
    CHART_STYLE,
    'xychart-beta',
    '    title "Read capacity (RCU/s)"',
    '    x-axis "seconds" 0 --> 4',
    '    y-axis 0 --> 704',
    '    line [128, 256, 0.00, 640]',
    '```',
    '',
  ]);
});

test('throughputCharts draws the read limit as a horizontal line if it is close to the read rate', () => {
  const samples = samplesOf([0, 1, 2, 3], [0, 100, 200, 300]);
  const near = throughputCharts(samples, 150).join('\n');
  assert.match(near, /title "Read capacity \(RCU\/s\), with limit"/);
  assert.match(near, /line \[150, 150, 150\]/);
  assert.match(near, /y-axis 0 --> 165/);
  assert.doesNotMatch(throughputCharts(samples, 40_000).join('\n'), /limit/);
});

test('throughputCharts draws no chart for a short copy, and no read chart if no capacity was reported', () => {
  assert.deepEqual(throughputCharts([], undefined), []);
  assert.deepEqual(throughputCharts(samplesOf([0, 1, 2], [0, 1, 2]), undefined), []);
  assert.equal(throughputCharts(samplesOf([0, 1, 2, 3], []), undefined).filter((line) => line === '```').length, 1);
});

test('throughputCharts writes very large and very small numbers in a notation that Mermaid accepts', () => {
  // The system clock can be set back during a copy.
  const setBack = { seconds: 3, bytes: 9e15, units: 1e9 };
  const samples = [...samplesOf([0, 1, 2, 9e15], [0, 1e-9, 2e-9, 1e9]), setBack];
  const lines = throughputCharts(samples, undefined).join('\n');
  assert.doesNotMatch(lines, /\de[+-]?\d|NaN|Infinity/);
});

test('ThroughputSamples samples every second at first, then less often, and keeps at most 62 samples', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const scan = { figures: figuresOf() };
  const samples = new ThroughputSamples(scan);
  for (let second = 1; second <= 3600; second += 1) {
    scan.figures = figuresOf({ uncompressedBytes: second * 1e6, consumedReadCapacity: second * 10 });
    t.mock.timers.tick(1000);
    if (second === 10) assert.equal(samples.all.length, 11);
  }
  samples.stop();
  t.mock.timers.tick(60_000);
  const { all } = samples;
  assert.ok(all.length > 20 && all.length <= 62, String(all.length));
  assert.deepEqual(all[0], { seconds: 0, bytes: 0, units: 0 });
  for (const { seconds, bytes, units } of all) assert.deepEqual([bytes, units], [seconds * 1e6, seconds * 10]);
  assert.ok((all.at(-1)?.seconds ?? 0) >= 3500);
});
