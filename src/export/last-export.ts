import type { ExportDescription, FilterSpecification } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import { CLOCK_TOLERANCE, MAX_WINDOW, MIN_WINDOW } from './check-times.ts';
import type { ExportContext } from './export-context.ts';
import { describeEach, type ListedExport, listExports } from './find-exports.ts';
import type { PitrWindow } from './point-in-time-recovery-window.ts';

/** Properties that an earlier export must have so that the next one can continue from its end. */
export interface ExportSeries {
  readonly bucket: string;
  /** '' for none. */
  readonly prefix: string;
  readonly viewType: string;
  readonly filter: FilterSpecification | undefined;
}

/**
 * Maximum number of exports to describe that started too long ago to be continued. They are needed only to report in
 * the error when the series ended.
 */
const MAX_TOO_OLD = 10;

/** End of the window that follows the last export. */
export interface WindowEnd {
  readonly time: Date;
  /** False if the end moves with the current time, so a later run has a longer window. */
  readonly isAbsolute: boolean;
}

/** The export whose window starts at the end of the last one. */
export interface NextExport {
  readonly tableArn: string;
  readonly series: ExportSeries;
  readonly until: WindowEnd;
  /** Undefined if the role is not authorized to read it. */
  readonly pitrWindow: PitrWindow | undefined;
}

/**
 * Returns the end of the newest completed export of the same series, which is the start of the next one.
 *
 * @returns 'window too short' if less than 15 minutes remain to be exported but a later run has a longer window, or if
 *   the series has reached an absolute end
 * @throws {CopyError} NO_EARLIER_EXPORT if there is no such export, or if a single incremental export can no longer
 *   continue from it
 */
export async function endOfLastExport(
  context: Pick<ExportContext, 'client' | 'signal'>,
  next: NextExport,
): Promise<Date | 'window too short'> {
  const { until, pitrWindow } = next;
  const end = await newestEnd(context, next);
  const remaining = until.time.getTime() - end.getTime();
  if (until.isAbsolute ? remaining === 0 : remaining < MIN_WINDOW) return 'window too short';
  if (remaining > MAX_WINDOW) {
    const hours = Math.floor(remaining / 3_600_000);
    throw cannotContinue(
      `the last export ended ${hours} hours ${until.isAbsolute ? 'before ExportToTime' : 'ago'} (${end.toISOString()}). An incremental export covers at most 24 hours.`,
    );
  }
  if (pitrWindow && end.getTime() < pitrWindow.earliest.getTime() - CLOCK_TOLERANCE) {
    throw cannotContinue(
      `the last export ended at ${end.toISOString()} and point-in-time recovery covers only the time since ${pitrWindow.earliest.toISOString()}. It was disabled in between.`,
    );
  }
  return end;
}

async function newestEnd(
  { client, signal }: Pick<ExportContext, 'client' | 'signal'>,
  { tableArn, series, until }: NextExport,
): Promise<Date> {
  const listed = await listExports(client, { tableArn }, signal);
  const completed = listed.filter(({ status }) => status === 'COMPLETED');
  const described = completed.slice(0, countToDescribe(completed, until));
  for await (const found of describeEach(client, described, signal)) {
    const end = found.IncrementalExportSpecification?.ExportToTime ?? found.ExportTime;
    if (end && belongsTo(series, found)) return end;
  }
  const none =
    described.length < completed.length
      ? `none of the newest ${described.length} completed exports of this table was written`
      : 'no completed export of this table was written';
  throw new CopyError(
    'NO_EARLIER_EXPORT',
    `ExportFromTime is last, but ${none} to s3://${series.bucket}/${series.prefix} with the same ExportViewType and FilterSpecification.`,
    remedies.startSeries,
  );
}

/**
 * No export covers a time after its own start, so one that started more than 24 hours before the new end is too old.
 */
function countToDescribe(newestFirst: readonly ListedExport[], { time }: WindowEnd): number {
  const earliest = time.getTime() - MAX_WINDOW - CLOCK_TOLERANCE;
  return newestFirst.filter(({ startedAt }) => startedAt >= earliest).length + MAX_TOO_OLD;
}

function cannotContinue(why: string): CopyError {
  return new CopyError(
    'NO_EARLIER_EXPORT',
    `ExportFromTime is last, but ${why}`,
    'Run a full export to the same bucket and prefix, then continue with incremental exports. Or export the missing time with incremental exports that set ExportFromTime and ExportToTime.',
  );
}

function belongsTo(series: ExportSeries, found: ExportDescription): boolean {
  const view = found.IncrementalExportSpecification?.ExportViewType ?? series.viewType;
  return (
    found.S3Bucket === series.bucket &&
    (found.S3Prefix ?? '').replace(/\/$/, '') === series.prefix &&
    view === series.viewType &&
    sortedJson(found.FilterSpecification) === sortedJson(series.filter)
  );
}

/** Returns the same text for equal values, regardless of the order of their members. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
