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
 * @throws {CopyError} INVALID_INPUT for a share of a capacity that is not known
 */
export function readCap(setting: ReadCapacitySetting, capacity: ReadCapacity): ReadCap {
  switch (setting.kind) {
    case 'none':
      return uncapped('read-capacity is none');
    case 'units':
      return capOfUnits(setting.unitsPerSecond, capacity);
    case 'share':
      return capOfShare(setting.share, capacity) ?? refuseShare(setting.share);
    case 'auto':
      return (
        capOfShare(AUTOMATIC_SHARE, capacity) ??
        uncapped('read-capacity is auto, and DynamoDB tells of no limit to take a share of')
      );
    default:
      return setting satisfies never;
  }
}

function capOfUnits(asked: number, { mode, limit }: ReadCapacity): ReadCap {
  // What is warm is no limit: a table on demand takes more, if not at once.
  if (limit === undefined || asked <= limit) {
    return { unitsPerSecond: asked, why: `read-capacity is ${words(asked)}`, isLowered: false };
  }
  const name = mode === 'provisioned' ? 'what is provisioned' : 'MaxReadRequestUnits';
  return {
    unitsPerSecond: limit,
    why: `read-capacity is ${words(asked)}, but ${name} is ${words(limit)}`,
    isLowered: true,
  };
}

function capOfShare(share: number, { mode, limit, warm }: ReadCapacity): ReadCap | undefined {
  const base = Math.min(limit ?? Number.POSITIVE_INFINITY, warm ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(base)) return undefined;
  const name =
    mode === 'provisioned' ? 'provisioned read units' : base === limit ? 'MaxReadRequestUnits' : 'warm read units';
  return { unitsPerSecond: share * base, why: `${percent(share)} of ${words(base)} ${name}`, isLowered: false };
}

/** As the log tells it. */
export function sentence({ unitsPerSecond, why }: ReadCap): string {
  return unitsPerSecond === undefined
    ? `Read units are spent without a cap: ${why}.`
    : `At most ${words(unitsPerSecond)} read units a second are spent: ${why}.`;
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

function words(units: number): string {
  return units.toLocaleString('en', { maximumFractionDigits: 1 });
}
