import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { formatCount } from '../message-text.ts';
import { remedies } from '../remedies.ts';

/** Parsed value of the input `write-capacity`. */
export type WriteCapacitySetting =
  | { readonly kind: 'auto' | 'none' }
  /** Fraction of the write capacity of the table, greater than 0 and at most 1. */
  | { readonly kind: 'percentage'; readonly fraction: number }
  | { readonly kind: 'units'; readonly unitsPerSecond: number };

/** Write limit of a restore, with its reason. */
export interface WriteLimit {
  /** Write capacity units (WCU) per second on the table, without its indexes; undefined for no limit. */
  readonly unitsPerSecond: number | undefined;
  /** Reason for the log, without a period at the end. */
  readonly why: string;
}

/** Fraction of the write capacity of an existing table that `auto` uses. It leaves half for the application. */
const AUTOMATIC_FRACTION = 0.5;

/**
 * Returns the write limit that `write-capacity` sets for a table.
 *
 * @param isNew true if this step created the table, so no application writes to it: `auto` then uses all of its capacity
 * @throws {CopyError} INVALID_INPUT for a percentage if the write capacity is unknown
 */
export function writeLimitFor(
  setting: WriteCapacitySetting,
  table: Pick<
    TableDescription,
    'BillingModeSummary' | 'ProvisionedThroughput' | 'OnDemandThroughput' | 'WarmThroughput'
  >,
  isNew: boolean,
): WriteLimit {
  const capacity = writeCapacityOf(table);
  switch (setting.kind) {
    case 'none':
      return { unitsPerSecond: undefined, why: 'none was requested' };
    case 'units':
      return limitByUnits(setting.unitsPerSecond, capacity);
    case 'percentage':
      if (capacity.base === undefined) throw rejectPercentage();
      return limitByFraction(setting.fraction, capacity);
    case 'auto':
      if (capacity.limit === undefined && (isNew || capacity.base === undefined)) {
        return { unitsPerSecond: undefined, why: 'the table has no provisioned or maximum throughput' };
      }
      return limitByFraction(isNew ? 1 : AUTOMATIC_FRACTION, isNew ? { ...capacity, base: capacity.limit } : capacity);
    default:
      return setting satisfies never;
  }
}

interface WriteCapacity {
  /** Maximum that DynamoDB accepts: the provisioned throughput, or MaxWriteRequestUnits; undefined for none. */
  readonly limit: number | undefined;
  /** Base of percentages: the limit or the warm throughput, whichever is lower; undefined if both are unknown. */
  readonly base: number | undefined;
}

/** The values -1 and 0 mean no limit, as does a missing value. */
function writeCapacityOf({
  BillingModeSummary,
  ProvisionedThroughput,
  OnDemandThroughput,
  WarmThroughput,
}: Parameters<typeof writeLimitFor>[1]): WriteCapacity {
  if (BillingModeSummary?.BillingMode !== 'PAY_PER_REQUEST') {
    const limit = positive(ProvisionedThroughput?.WriteCapacityUnits);
    return { limit, base: limit };
  }
  const limit = positive(OnDemandThroughput?.MaxWriteRequestUnits);
  const warm = positive(WarmThroughput?.WriteUnitsPerSecond);
  const base = Math.min(limit ?? Number.POSITIVE_INFINITY, warm ?? Number.POSITIVE_INFINITY);
  return { limit, base: Number.isFinite(base) ? base : undefined };
}

function limitByUnits(requested: number, { limit }: WriteCapacity): WriteLimit {
  if (limit === undefined || requested <= limit) return { unitsPerSecond: requested, why: 'as requested' };
  return {
    unitsPerSecond: limit,
    why: `${formatCount(requested)} were requested, but the table allows ${formatCount(limit)}`,
  };
}

function limitByFraction(fraction: number, { base = 1 }: WriteCapacity): WriteLimit {
  return {
    unitsPerSecond: Math.max(1, fraction * base),
    why: `${Number((100 * fraction).toFixed(2))}% of ${formatCount(base)}`,
  };
}

/** Returns the log line for a write limit. */
export function describeWriteLimit({ unitsPerSecond, why }: WriteLimit): string {
  return unitsPerSecond === undefined
    ? `No write limit applies because ${why}.`
    : `The restore consumes at most ${formatCount(unitsPerSecond)} write capacity units (WCU) per second on the table, without its indexes: ${why}.`;
}

function rejectPercentage(): CopyError {
  return new CopyError(
    'INVALID_INPUT',
    'A write limit in percent was requested, but DynamoDB reports no write capacity for the table.',
    remedies.setWriteCapacityInUnits,
  );
}

function positive(figure: number | undefined): number | undefined {
  return figure !== undefined && figure > 0 ? figure : undefined;
}
