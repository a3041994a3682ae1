import { CopyError } from '../../errors.ts';
import { formatCount } from '../../message-text.ts';
import { remedies } from '../../remedies.ts';
import type { ReadCapacity } from './read-capacity.ts';

/** Parsed value of the input `read-capacity`. */
export type ReadCapacityInput =
  | { readonly kind: 'auto' | 'none' }
  /** Fraction of the read capacity of the table, greater than 0 and at most 1. */
  | { readonly kind: 'percentage'; readonly fraction: number }
  | { readonly kind: 'units'; readonly unitsPerSecond: number };

/** Read limit of a scan as a part of the limit of a copy that several jobs write. */
export interface PartOfReadLimit {
  readonly kind: 'part';
  /** Limit of the whole copy, from the read capacity at the time of the plan; undefined for none. */
  readonly unitsPerSecond: number | undefined;
  /** Fraction of the read capacity that the copy may use, as in `ReadCapacityInput`; undefined if it is not limited so. */
  readonly fraction: number | undefined;
  /** Number of jobs that read at the same time. */
  readonly parts: number;
}

/** How the read limit of a scan is set: by the input, or by the plan of a copy that several jobs write. */
export type ReadCapacitySetting = ReadCapacityInput | PartOfReadLimit;

/** Read limit of a scan, with its reason. */
export interface ReadLimit {
  /** Read capacity units (RCU) per second; undefined for no limit. */
  readonly unitsPerSecond: number | undefined;
  /** Reason for the log, without a period at the end. */
  readonly why: string;
  /** True if the limit is lower than the value of the input. */
  readonly isLowered: boolean;
}

/** Fraction of the read capacity used by `auto`. It leaves half of the capacity for the application. */
const AUTOMATIC_FRACTION = 0.5;

/** Returns the fraction of the read capacity that a setting allows; undefined if it is no fraction. */
export function fractionOf(setting: ReadCapacityInput): number | undefined {
  if (setting.kind === 'percentage') return setting.fraction;
  return setting.kind === 'auto' ? AUTOMATIC_FRACTION : undefined;
}

/**
 * Returns the read limit that `read-capacity` sets for a table or index.
 *
 * @param totalSegments number of jobs that read the table together. `auto` and percentages are divided by it, because
 *   each job sees the capacity of the whole table. A number applies to each job: the user who sets it also sets the
 *   number of jobs.
 * @throws {CopyError} INVALID_INPUT for a percentage if the read capacity is unknown
 */
export function readLimitFor(setting: ReadCapacitySetting, capacity: ReadCapacity, totalSegments = 1): ReadLimit {
  switch (setting.kind) {
    case 'none':
      return unlimited('none was requested');
    case 'units':
      return limitByUnits(setting.unitsPerSecond, capacity);
    case 'part':
      return limitOfPart(setting, capacity);
    case 'percentage':
      return limitByFraction(setting.fraction, capacity, totalSegments) ?? rejectPercentage(setting.fraction);
    case 'auto':
      return (
        limitByFraction(AUTOMATIC_FRACTION, capacity, totalSegments) ??
        unlimited(`the table has no provisioned or maximum throughput. ${remedies.limitScanClause}`)
      );
    default:
      return setting satisfies never;
  }
}

function limitByUnits(requested: number, { mode, limit }: ReadCapacity): ReadLimit {
  // Ignore the warm throughput: it is not a limit. An on-demand table can exceed it, although not immediately.
  if (limit === undefined || requested <= limit) {
    return { unitsPerSecond: requested, why: 'as requested', isLowered: false };
  }
  const name = mode === 'provisioned' ? 'the provisioned throughput' : 'MaxReadRequestUnits';
  return {
    unitsPerSecond: limit,
    why: `${formatCapacityUnits(requested)} were requested, but ${name} is ${formatCapacityUnits(limit)}`,
    isLowered: true,
  };
}

/** The capacity may have decreased since the plan. If it has increased, the limit of the plan applies. */
function limitOfPart({ unitsPerSecond, fraction, parts }: PartOfReadLimit, capacity: ReadCapacity): ReadLimit {
  const now = fraction === undefined ? undefined : limitByFraction(fraction, capacity, 1);
  const planned = unitsPerSecond === undefined ? undefined : limitByUnits(unitsPerSecond, capacity);
  const isDecreased =
    now?.unitsPerSecond !== undefined && now.unitsPerSecond < (planned?.unitsPerSecond ?? Number.POSITIVE_INFINITY);
  const whole = isDecreased ? { ...now, isLowered: planned !== undefined } : planned;
  if (whole?.unitsPerSecond === undefined) return unlimited('the plan of the copy has none');
  const reduced = isDecreased || whole.isLowered ? ` (${whole.why})` : '';
  return {
    unitsPerSecond: whole.unitsPerSecond / parts,
    why: `${formatCapacityUnits(whole.unitsPerSecond)} for the whole copy${reduced}, divided by ${parts} (shards at the same time)`,
    isLowered: whole.isLowered,
  };
}

function limitByFraction(
  fraction: number,
  { mode, limit, warm }: ReadCapacity,
  totalSegments: number,
): ReadLimit | undefined {
  const base = Math.min(limit ?? Number.POSITIVE_INFINITY, warm ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(base)) return undefined;
  const name =
    mode === 'provisioned' ? 'provisioned throughput' : base === limit ? 'MaxReadRequestUnits' : 'warm throughput';
  const divided = totalSegments > 1 ? `, divided by ${formatCount(totalSegments)} (TotalSegments)` : '';
  return {
    unitsPerSecond: (fraction * base) / totalSegments,
    why: `${percent(fraction)} of ${formatCapacityUnits(base)} (${name})${divided}`,
    isLowered: false,
  };
}

/**
 * Returns the log line for a read limit.
 *
 * @param reader subject and verb of the sentence
 */
export function describeReadLimit({ unitsPerSecond, why }: ReadLimit, reader = 'The scan consumes'): string {
  return unitsPerSecond === undefined
    ? `No read limit applies because ${why}.`
    : `${reader} at most ${formatCapacityUnits(unitsPerSecond)} read capacity units (RCU) per second: ${why}.`;
}

function unlimited(why: string): ReadLimit {
  return { unitsPerSecond: undefined, why, isLowered: false };
}

function rejectPercentage(fraction: number): never {
  throw new CopyError(
    'INVALID_INPUT',
    `A read limit of ${percent(fraction)} was requested, but DynamoDB reports no read capacity for the table.`,
    remedies.setReadCapacityInUnits,
  );
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(2))}%`;
}

/** Formats read capacity units: `1,200`, `2.5`, and values below 1 with two digits, such as `0.031`. */
export function formatCapacityUnits(units: number): string {
  if (units >= 1 || units === 0) return formatCount(units);
  // String() returns an exponent for numbers below 10^-6.
  return units.toFixed(1 - Math.floor(Math.log10(units))).replace(/\.?0+$/, '');
}
