import { codeBlock } from './markdown.ts';
import type { ThroughputSample } from './throughput-samples.ts';

/** Minimum number of points for a chart. Fewer show nothing that the table does not show. */
const MIN_POINTS = 3;

/**
 * Returns the throughput of a copy over time as Mermaid charts, which GitHub renders: data in MB/s, and RCU/s if any
 * were consumed. There are two charts because a chart has one scale.
 *
 * https://mermaid.js.org/syntax/xyChart.html
 */
export function throughputCharts(samples: readonly ThroughputSample[], readLimit: number | undefined): string[] {
  const steps = samples.slice(1).flatMap((now, index) => {
    const before = samples[index] as ThroughputSample;
    const seconds = now.seconds - before.seconds;
    if (seconds <= 0) return [];
    return { bytes: (now.bytes - before.bytes) / seconds, units: (now.units - before.units) / seconds };
  });
  const duration = samples.at(-1)?.seconds ?? 0;
  if (steps.length < MIN_POINTS) return [];
  const megabytes = steps.map(({ bytes }) => bytes / 1e6);
  const units = steps.map((step) => step.units);
  return [
    ...chart('Data (MB/s)', duration, megabytes),
    ...(units.some((value) => value > 0) ? chart('Read capacity (RCU/s)', duration, units, readLimit) : []),
  ];
}

/** Mermaid settings: a low chart with blue and red lines. Mermaid's default first color is hard to see on white. */
export const CHART_STYLE = `%%{init: ${JSON.stringify({
  xyChart: { width: 800, height: 280 },
  themeVariables: { xyChart: { plotColorPalette: '#0969da, #cf222e' } },
})}}%%`;

/** @param limit drawn as a horizontal line if it is at most 4 times the highest value */
function chart(title: string, seconds: number, values: readonly number[], limit?: number): string[] {
  const highest = Math.max(...values);
  const shown = limit !== undefined && limit <= 4 * highest ? limit : undefined;
  const top = Math.max(highest, shown ?? 0);
  return codeBlock('mermaid', [
    CHART_STYLE,
    'xychart-beta',
    `    title "${title}${shown === undefined ? '' : ', with limit'}"`,
    `    x-axis "seconds" 0 --> ${Math.max(1, Math.round(seconds))}`,
    `    y-axis 0 --> ${number(Math.max(top * 1.1, 1))}`,
    `    line [${values.map(number).join(', ')}]`,
    ...(shown === undefined ? [] : [`    line [${values.map(() => number(shown)).join(', ')}]`]),
  ]);
}

/** Formats a number with enough digits for a chart, never in exponential notation, which Mermaid cannot read. */
function number(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}
