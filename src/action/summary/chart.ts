import { codeBlock } from './markdown.ts';
import type { Sample } from './samples.ts';

/** Fewer say nothing that the table does not say. */
const LEAST_POINTS = 3;

/**
 * How fast a copy went over time: data in MB/s, and read units/s where any were spent, as Mermaid's charts, which
 * GitHub renders. Two charts, as one has one scale.
 *
 * https://mermaid.js.org/syntax/xyChart.html
 */
export function throughputCharts(samples: readonly Sample[], cap: number | undefined): string[] {
  const steps = samples.slice(1).flatMap((now, index) => {
    const before = samples[index] as Sample;
    const seconds = now.seconds - before.seconds;
    if (seconds <= 0) return [];
    return { bytes: (now.bytes - before.bytes) / seconds, units: (now.units - before.units) / seconds };
  });
  const duration = samples.at(-1)?.seconds ?? 0;
  if (steps.length < LEAST_POINTS) return [];
  const megabytes = steps.map(({ bytes }) => bytes / 1e6);
  const units = steps.map((step) => step.units);
  return [
    ...chart('Data, MB/s', duration, megabytes),
    ...(units.some((value) => value > 0) ? chart('Read units/s', duration, units, cap) : []),
  ];
}

/** A low chart, its lines blue and red: Mermaid's own first colour hardly shows on white. */
export const LOOK = `%%{init: ${JSON.stringify({
  xyChart: { width: 800, height: 280 },
  themeVariables: { xyChart: { plotColorPalette: '#0969da, #cf222e' } },
})}}%%`;

/** @param limit drawn as a level line where it lies within reach */
function chart(title: string, seconds: number, values: readonly number[], limit?: number): string[] {
  const highest = Math.max(...values);
  const shown = limit !== undefined && limit <= 4 * highest ? limit : undefined;
  const top = Math.max(highest, shown ?? 0);
  return codeBlock('mermaid', [
    LOOK,
    'xychart-beta',
    `    title "${title}${shown === undefined ? '' : ', and the cap'}"`,
    `    x-axis "seconds" 0 --> ${Math.max(1, Math.round(seconds))}`,
    `    y-axis 0 --> ${number(Math.max(top * 1.1, 1))}`,
    `    line [${values.map(number).join(', ')}]`,
    ...(shown === undefined ? [] : [`    line [${values.map(() => number(shown)).join(', ')}]`]),
  ]);
}

/** Three digits are more than a chart shows; never in exponential notation, which Mermaid does not read. */
function number(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}
