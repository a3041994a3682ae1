import type { Result } from './statistics.ts';

/** A target of the benchmark and the measured value. */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly format: (value: number) => string;
}

export type Results = ReadonlyMap<string, Result>;

const MIB = 1024 * 1024;

export const times = (value: number): string => `${value.toFixed(1)}x`;
export const share = (value: number): string => value.toFixed(2);
export const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;
const inMib = (value: number): string => `${(value / MIB).toFixed(0)} MiB`;

export function isMet({ measured, bound }: Figure): boolean {
  return 'atLeast' in bound ? measured >= bound.atLeast : measured <= bound.atMost;
}

export function peak(what: string, peaks: readonly number[], atMost: number): Figure {
  return {
    what: `peak memory, ${what}`,
    measured: Math.max(...peaks),
    bound: { atMost: atMost * MIB },
    format: inMib,
  };
}

export function growth(what: string, measured: number): Figure {
  return {
    what: `peak memory, ${what}: growth with four times the data`,
    measured,
    bound: { atMost: 0.15 },
    format: percent,
  };
}

/** Returns the ratio of two medians; nothing if a row was not measured. */
export function ratio(
  results: Results,
  one: string,
  other: string,
  of: 'mbPerCpuSecond' | 'mbPerThreadSecond' | 'mbPerSecond',
): number[] {
  const [a, b] = [results.get(one)?.[of], results.get(other)?.[of]];
  return a && b ? [a.median / b.median] : [];
}
