import type { Measurement } from './measure.ts';
import type { Row } from './row.ts';

/** Statistics of a row over all rounds. */
export interface Result {
  readonly row: Row;
  readonly runs: readonly Measurement[];
  readonly mbPerCpuSecond: Spread;
  /** MB per second of CPU time of the busiest thread; undefined if the usage of threads is not known. */
  readonly mbPerThreadSecond?: Spread;
  readonly mbPerSecond: Spread;
  readonly peakBytes: Spread;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

const MB = 1e6;

export function resultOf(row: Row, runs: readonly Measurement[]): Result {
  return {
    row,
    runs,
    mbPerCpuSecond: spread(runs.map(({ bytes, cpuSeconds }) => bytes / MB / cpuSeconds)),
    ...perThreadSecond(runs),
    mbPerSecond: spread(runs.map(({ bytes, wallSeconds }) => bytes / MB / wallSeconds)),
    peakBytes: spread(runs.map(({ peakBytes }) => peakBytes)),
  };
}

function perThreadSecond(runs: readonly Measurement[]): Pick<Result, 'mbPerThreadSecond'> {
  const known = runs.flatMap(({ bytes, busiestThreadSeconds }) =>
    busiestThreadSeconds === undefined ? [] : bytes / MB / busiestThreadSeconds,
  );
  return known.length === runs.length && known.length > 0 ? { mbPerThreadSecond: spread(known) } : {};
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: median(sorted), least: sorted.at(0) ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}
