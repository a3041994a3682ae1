import type { DynamoDBClient, ExportDescription, FilterSpecification } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { describeEach, type ListedExport, listExports } from './find-exports.ts';
import type { RecoveryWindow } from './recovery.ts';
import { LONGEST_WINDOW, SHORTEST_WINDOW, TOLERANCE } from './times.ts';

/** What an earlier export must agree with for the next one to go on where it ended. */
export interface Series {
  readonly bucket: string;
  /** '' for none. */
  readonly prefix: string;
  readonly viewType: string;
  readonly filter: FilterSpecification | undefined;
}

/**
 * Completed exports that started too long ago to be continued and are described all the same. They only serve to say in
 * the error when the series ended.
 */
const MAX_TOO_OLD = 10;

/** Where the window that follows on the last export is to end. */
export interface Until {
  readonly time: Date;
  /** False where it moves on with time, so that a later run will find a longer window. */
  readonly isFixed: boolean;
}

/**
 * Where the newest completed export of the same series ended, and so where the next one begins.
 *
 * @returns 'too early' where less than 15 minutes are left to export, but a later run will find more; or nothing, as
 *   the series has reached a fixed end
 * @throws {CopyError} NO_EARLIER_EXPORT where there is none, or where one increment cannot follow on it any more
 */
export async function endOfLastExport(
  client: DynamoDBClient,
  tableArn: string,
  series: Series,
  until: Until,
  recovery: RecoveryWindow | undefined,
  signal: AbortSignal,
): Promise<Date | 'too early'> {
  const end = await newestEnd(client, tableArn, series, until, signal);
  const left = until.time.getTime() - end.getTime();
  if (until.isFixed ? left === 0 : left < SHORTEST_WINDOW) return 'too early';
  if (left > LONGEST_WINDOW) {
    const hours = Math.floor(left / 3_600_000);
    throw notInOne(
      `the last export ended ${hours} hours ${until.isFixed ? 'before ExportToTime' : 'ago'} (${end.toISOString()}), and an incremental export covers 24 hours at the most.`,
    );
  }
  if (recovery && end.getTime() < recovery.earliest.getTime() - TOLERANCE) {
    throw notInOne(
      `the last export ended ${end.toISOString()}, and point-in-time recovery keeps only what came after ${recovery.earliest.toISOString()}: it has been off in between.`,
    );
  }
  return end;
}

async function newestEnd(
  client: DynamoDBClient,
  tableArn: string,
  series: Series,
  until: Until,
  signal: AbortSignal,
): Promise<Date> {
  const listed = await listExports(client, { tableArn }, signal);
  const completed = listed.filter(({ status }) => status === 'COMPLETED');
  const described = completed.slice(0, countToDescribe(completed, until));
  for await (const found of describeEach(client, described, signal)) {
    const end = found.IncrementalExportSpecification?.ExportToTime ?? found.ExportTime;
    if (end && isOf(series, found)) return end;
  }
  const among =
    described.length < completed.length
      ? `none of the newest ${described.length} completed exports of this table is`
      : 'there is no completed export of this table';
  throw new CopyError(
    'NO_EARLIER_EXPORT',
    `ExportFromTime is last, but ${among} to s3://${series.bucket}/${series.prefix} with the same view and filter.`,
    'Make a full export to the same bucket and prefix first. A prefix with a time in it ({date}, {hour}) is never the same twice.',
  );
}

/** An export ends no later than it starts, so one that started more than 24 hours before the new end is too old. */
function countToDescribe(newestFirst: readonly ListedExport[], { time }: Until): number {
  const earliest = time.getTime() - LONGEST_WINDOW - TOLERANCE;
  return newestFirst.filter(({ startedAt }) => startedAt >= earliest).length + MAX_TOO_OLD;
}

function notInOne(why: string): CopyError {
  return new CopyError(
    'NO_EARLIER_EXPORT',
    `ExportFromTime is last, but ${why}`,
    'Make a full export to the same bucket and prefix, then go on with increments; or fill the gap with exports of fixed windows.',
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
