import type { DynamoDBClient, ExportDescription, FilterSpecification } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { exportsOf } from './find-exports.ts';
import { LONGEST_WINDOW, SHORTEST_WINDOW } from './times.ts';

/** What an earlier export must agree with for the next one to go on where it ended. */
export interface Series {
  readonly bucket: string;
  /** '' for none. */
  readonly prefix: string;
  readonly viewType: string;
  readonly filter: FilterSpecification | undefined;
}

const LOOK_THROUGH = 50;

/**
 * Where the newest completed export of the same series ended, and so where the next one begins.
 *
 * @returns 'too early' where that was less than 15 minutes ago: there is nothing to export yet
 * @throws {CopyError} NO_EARLIER_EXPORT where there is none, or where it ended more than 24 hours ago
 */
export async function endOfLastExport(
  client: DynamoDBClient,
  tableArn: string,
  series: Series,
  now: Date,
  signal: AbortSignal,
): Promise<Date | 'too early'> {
  for await (const found of exportsOf(client, tableArn, LOOK_THROUGH, signal)) {
    if (found.ExportStatus !== 'COMPLETED' || !isOf(series, found)) continue;
    const end = found.IncrementalExportSpecification?.ExportToTime ?? found.ExportTime;
    if (!end) continue;
    const age = now.getTime() - end.getTime();
    if (age < SHORTEST_WINDOW) return 'too early';
    if (age <= LONGEST_WINDOW) return end;
    throw new CopyError(
      'NO_EARLIER_EXPORT',
      `ExportFromTime is last, but the last export ended ${Math.floor(age / 3_600_000)} hours ago (${end.toISOString()}), and an incremental export covers 24 hours at the most.`,
      'Make a full export to the same bucket and prefix, then go on with increments; or fill the gap with exports of fixed windows.',
    );
  }
  throw new CopyError(
    'NO_EARLIER_EXPORT',
    `ExportFromTime is last, but there is no completed export of this table to s3://${series.bucket}/${series.prefix} with the same view and filter.`,
    'Make a full export to the same bucket and prefix first. A prefix with a time in it ({date}, {hour}) is never the same twice.',
  );
}

function isOf(series: Series, found: ExportDescription): boolean {
  const view = found.IncrementalExportSpecification?.ExportViewType ?? series.viewType;
  return (
    found.S3Bucket === series.bucket &&
    (found.S3Prefix ?? '').replace(/\/$/, '') === series.prefix &&
    view === series.viewType &&
    sortedJson(found.FilterSpecification) === sortedJson(series.filter)
  );
}

/** The same text for the same filter, in whatever order its members come. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
