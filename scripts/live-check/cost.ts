/** A price of AWS: dollars for a number of units or bytes. */
export interface Price {
  readonly dollars: number;
  readonly per: number;
}

export type Prices = ReadonlyMap<string, Price>;

/** What a run used. */
export interface Usage {
  /** RCUs that the scans reported */
  readonly scanUnits: number;
  /** Comparisons of a copy with a table, each of which reads the table with consistent reads */
  readonly comparisons: number;
  readonly tableBytes: number;
  /** Items that were written, each smaller than 1 KB */
  readonly writtenItems: number;
  readonly exportedBytes: number;
  readonly importedBytes: number;
  /** Items that StartBulkPutItems loaded */
  readonly bulkPutItems: number;
  readonly objects: number;
  readonly storedBytes: number;
}

export interface CostRow {
  readonly what: string;
  readonly quantity: string;
  /** Dollars; undefined if the document has no price */
  readonly cost: number | undefined;
}

const SCALES: Readonly<Record<string, number>> = { million: 1e6, thousand: 1e3, GB: 1024 ** 3 };

/** Reads the prices in docs/cost-and-limits.md: rows such as `| write request unit | $0.625 per million |`. */
export function readPrices(markdown: string): Prices {
  const rows = markdown.matchAll(/^\| ([^|]+) \| \$([\d.]+) per (million|thousand|GB) \|$/gm);
  return new Map(
    [...rows].map(([, what = '', dollars, scale = '']) => [
      what,
      { dollars: Number(dollars), per: SCALES[scale] ?? Number.NaN },
    ]),
  );
}

/** S3 requests per object, at most: to create, write and complete it; and to list and read it by each step. */
const WRITES_PER_OBJECT = 5;
const READS_PER_OBJECT = 10;

/**
 * Returns what the run cost. The read and write capacity of the comparisons and loads, and the S3 requests, are
 * estimates.
 */
export function costRows(usage: Usage, prices: Prices): readonly CostRow[] {
  const row = (what: string, price: string, quantity: number, unit: string): CostRow => {
    const { dollars, per } = prices.get(price) ?? { dollars: Number.NaN, per: 1 };
    const cost = (quantity / per) * dollars;
    return {
      what,
      quantity: `${quantity.toLocaleString('en-US')} ${unit}`,
      cost: Number.isNaN(cost) ? undefined : cost,
    };
  };
  const comparisonUnits = usage.comparisons * Math.ceil(usage.tableBytes / 4096);
  const readBytes = usage.tableBytes * (usage.comparisons + 2) + usage.storedBytes * READS_PER_OBJECT;
  return [
    row('Scans (measured)', 'read request unit', usage.scanUnits, 'RCU'),
    row('Comparisons (estimated)', 'read request unit', comparisonUnits, 'RCU'),
    row('Written items (estimated)', 'write request unit', usage.writtenItems, 'WCU'),
    row('Exports (measured)', 'export', usage.exportedBytes, 'bytes'),
    row('Imports (measured)', 'import', usage.importedBytes, 'bytes'),
    row('StartBulkPutItems', 'bulk put', usage.bulkPutItems, 'items'),
    row('S3 writes (at most)', 'S3 PUT or LIST request', usage.objects * WRITES_PER_OBJECT, 'requests'),
    row('S3 reads (at most)', 'S3 GET request', usage.objects * READS_PER_OBJECT, 'requests'),
    row('Data transfer out (at most)', 'data transfer out', readBytes, 'bytes'),
  ];
}

/** Returns the sum of the known costs in dollars. */
export function totalCost(rows: readonly CostRow[]): number {
  return rows.reduce((sum, { cost = 0 }) => sum + cost, 0);
}
