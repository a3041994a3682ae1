import { CopyError } from '../../errors.ts';
import type { ReadCapacity } from '../table.ts';

/** What the input `read-capacity` asks for. */
export type ReadCapacitySetting =
  | { readonly kind: 'auto' | 'none' }
  /** Of what the table has, above 0 and up to 1. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'units'; readonly unitsPerSecond: number };

/** What a scan may spend, and how that came about. */
export interface ReadCap {
  /** Read units a second; undefined for no cap. */
  readonly unitsPerSecond: number | undefined;
  /** In words, for the log. */
  readonly why: string;
  /** True where less is spent than was asked for. */
  readonly isLowered: boolean;
}

/** Half, so that as much is left for what the table is there for. */
const AUTOMATIC_SHARE = 0.5;

/**
 * What `read-capacity` means for a table or index.
 *
 * @param totalSegments jobs that read the table together; `auto` and percentages are divided among them, because each
 * job sees the capacity of the whole table. A plain number is per job: whoever writes it knows how many jobs there are.
 * @throws {CopyError} INVALID_INPUT for a share of a capacity that is not known
 */
export function readCap(setting: ReadCapacitySetting, capacity: ReadCapacity, totalSegments = 1): ReadCap {
  switch (setting.kind) {
    case 'none':
      return uncapped('read-capacity is none');
    case 'units':
      return capOfUnits(setting.unitsPerSecond, capacity);
    case 'share':
      return capOfShare(setting.share, capacity, totalSegments) ?? refuseShare(setting.share);
    case 'auto':
      return (
        capOfShare(AUTOMATIC_SHARE, capacity, totalSegments) ??
        uncapped('read-capacity is auto, and DynamoDB tells of no limit to take a share of')
      );
    default:
      return setting satisfies never;
  }
}

function capOfUnits(asked: number, { mode, limit }: ReadCapacity): ReadCap {
  // What is warm is no limit: a table on demand takes more, if not at once.
  if (limit === undefined || asked <= limit) {
    return { unitsPerSecond: asked, why: `read-capacity is ${formatReadUnits(asked)}`, isLowered: false };
  }
  const name = mode === 'provisioned' ? 'what is provisioned' : 'MaxReadRequestUnits';
  return {
    unitsPerSecond: limit,
    why: `read-capacity is ${formatReadUnits(asked)}, but ${name} is ${formatReadUnits(limit)}`,
    isLowered: true,
  };
}

function capOfShare(share: number, { mode, limit, warm }: ReadCapacity, totalSegments: number): ReadCap | undefined {
  const base = Math.min(limit ?? Number.POSITIVE_INFINITY, warm ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(base)) return undefined;
  const name =
    mode === 'provisioned' ? 'provisioned read units' : base === limit ? 'MaxReadRequestUnits' : 'warm read units';
  const divided = totalSegments > 1 ? `, divided by ${totalSegments.toLocaleString('en')} (TotalSegments)` : '';
  return {
    unitsPerSecond: (share * base) / totalSegments,
    why: `${percent(share)} of ${formatReadUnits(base)} ${name}${divided}`,
    isLowered: false,
  };
}

/** As the log tells it. */
export function sentence({ unitsPerSecond, why }: ReadCap): string {
  return unitsPerSecond === undefined
    ? `Read units are spent without a cap: ${why}.`
    : `At most ${formatReadUnits(unitsPerSecond)} read units a second are spent: ${why}.`;
}

function uncapped(why: string): ReadCap {
  return { unitsPerSecond: undefined, why, isLowered: false };
}

function refuseShare(share: number): never {
  throw new CopyError(
    'INVALID_INPUT',
    `read-capacity is ${percent(share)}, but DynamoDB tells of no read capacity of this table that this could be a share of.`,
    'Set read-capacity to a number of read units a second, to auto or to none.',
  );
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}

/** Formats read units: `1,200`, `2.5`, and two digits of less than 1, such as `0.031`. */
export function formatReadUnits(units: number): string {
  return units.toLocaleString('en', {
    maximumFractionDigits: 1,
    maximumSignificantDigits: 2,
    roundingPriority: 'morePrecision',
  });
}
