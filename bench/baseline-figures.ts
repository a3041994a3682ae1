import { type Figure, percent, type Results, ratio, share } from './figure.ts';
import { type Compression, idOfBaseline } from './row.ts';

/** Minimum ratios to the baseline by compression: MB per second of the busiest thread, and MB per CPU-second. */
const COMPRESSIONS: readonly (readonly [Compression, number, number])[] = [
  ['none', 1.6, 1.2],
  ['zstd', 1.3, 1.05],
  ['gzip', 1.5, 1.05],
];

/** Largest increase of the time from the start to the end of a table of one page. */
const MAX_INCREASE = 0.05;

const SHAPES = ['tiny', 'large', 'escaped', 'deep'] as const;

/** Minimum ratio for "not slower". Less than 1 because medians of five rounds still contain noise. */
const NOT_SLOWER = 0.97;

/** Returns the figures that compare the Action with the baseline; none if the baseline was not measured. */
export function againstBaseline(results: Results): Figure[] {
  return [
    ...COMPRESSIONS.flatMap(([compression, thread, cpu]) => {
      const id = `mixed/action/DYNAMODB_JSON/${compression}`;
      const name = compression === 'none' ? 'no compression' : compression;
      return [
        ...compared(results, id, 'mbPerThreadSecond', `${name}, MB per second of the busiest thread`, thread, times),
        ...compared(results, id, 'mbPerCpuSecond', `${name}, MB per CPU-second`, cpu, times),
      ];
    }),
    ...SHAPES.flatMap((shape) => {
      const id = `${shape}/action/DYNAMODB_JSON/none`;
      return compared(results, id, 'mbPerCpuSecond', `${shape} items, MB per CPU-second`, NOT_SLOWER, share);
    }),
    ...increase(results, 'mbPerSecond', 'wall time'),
    ...increase(results, 'mbPerCpuSecond', 'CPU time'),
  ];
}

type Speed = 'mbPerThreadSecond' | 'mbPerCpuSecond' | 'mbPerSecond';

function compared(
  results: Results,
  id: string,
  of: Speed,
  what: string,
  atLeast: number,
  format: Figure['format'],
): Figure[] {
  return ratio(results, id, idOfBaseline(id), of).map((measured) => ({
    what: `${what}, compared with the baseline`,
    measured,
    bound: { atLeast },
    format,
  }));
}

function increase(results: Results, of: Speed, what: string): Figure[] {
  const id = 'one-page/action/DYNAMODB_JSON/gzip';
  // Both read the same bytes, so the inverse ratio of the speeds is the ratio of the times.
  return ratio(results, idOfBaseline(id), id, of).map((measured) => ({
    what: `start to end of a table of one page, ${what}: increase over the baseline`,
    measured: measured - 1,
    bound: { atMost: MAX_INCREASE },
    format: percent,
  }));
}

/** Two digits, because some targets are 5% above the baseline. */
const times = (value: number): string => `${value.toFixed(2)}x`;
