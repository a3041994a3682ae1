import type { ExportFormat, ExportTableToPointInTimeInput } from '@aws-sdk/client-dynamodb';
import { CLOCK_TOLERANCE, checkExportTime, checkIncrementalWindow, MAX_WINDOW } from './check-times.ts';
import type { ExportContext } from './export-context.ts';
import type { ExportParameters } from './export-parameters.ts';
import { type InputTime, resolveInputTime } from './input-time.ts';
import { endOfLastExport } from './last-export.ts';
import type { PitrWindow } from './point-in-time-recovery-window.ts';

/**
 * ARN of the table. If the table cannot be described, for example because it was deleted: its name, and the error of
 * DescribeTable. An export of such a table continues if it was started before, and can still be found. If there is none,
 * the step fails with `tableError`.
 */
export type TableToExport = { readonly tableArn: string } | { readonly tableName: string; readonly tableError: Error };

/** Export that the inputs describe. */
export interface ExportSpecification {
  readonly table: TableToExport;
  readonly bucket: string;
  /** Without a trailing slash; '' for none. */
  readonly prefix: string;
  readonly format: ExportFormat;
  /** Time of a full export; undefined for the current time. */
  readonly exportTime: InputTime | undefined;
  readonly parameters: ExportParameters;
  readonly bucketOwner: string | undefined;
  readonly encryption: { readonly algorithm: 'AES256' | 'KMS'; readonly kmsKeyId?: string } | undefined;
}

/**
 * Returns the end of the exported time range if it is absolute; otherwise undefined. With an absolute range, requests
 * that are sent at different times mean the same, so the export of one can be used for the other.
 */
export function absoluteTimeOf({ exportTime, parameters: { window } }: ExportSpecification): Date | undefined {
  if (!window) return exportTime?.kind === 'absolute' ? exportTime.time : undefined;
  const { from, to } = window;
  return from !== 'last' && from.kind === 'absolute' && to?.kind === 'absolute' ? to.time : undefined;
}

/**
 * Returns the request with absolute times, which are checked.
 *
 * @param now current time by AWS's clock
 * @returns 'window too short' if `ExportFromTime: last` leaves less than 15 minutes to export
 * @throws `tableError` if the table cannot be described
 * @throws {CopyError} EXPORT_TIME_INVALID or NO_EARLIER_EXPORT
 */
export async function exportTableInput(
  context: Pick<ExportContext, 'client' | 'signal'>,
  specification: ExportSpecification,
  pitrWindow: PitrWindow | undefined,
  now: Date,
): Promise<ExportTableToPointInTimeInput | 'window too short'> {
  const { table, bucket, prefix, format, parameters, bucketOwner, encryption } = specification;
  if ('tableError' in table) throw table.tableError;
  const { tableArn } = table;
  const times = parameters.window
    ? await incrementalTimes(context, { ...specification, tableArn, window: parameters.window, pitrWindow }, now)
    : fullTime(specification.exportTime, pitrWindow, now);
  if (times === 'window too short') return times;
  const owner = bucketOwner ?? parameters.bucketOwner;
  const algorithm = encryption?.algorithm ?? parameters.sseAlgorithm;
  const key = encryption?.kmsKeyId ?? parameters.sseKmsKeyId;
  return {
    TableArn: tableArn,
    S3Bucket: bucket,
    // DynamoDB rejects an empty prefix.
    ...(prefix !== '' && { S3Prefix: prefix }),
    ExportFormat: format,
    ...parameters.request,
    ...times,
    ...(owner !== undefined && { S3BucketOwner: owner }),
    ...(algorithm !== undefined && { S3SseAlgorithm: algorithm }),
    ...(key !== undefined && { S3SseKmsKeyId: key }),
  };
}

function fullTime(inputTime: InputTime | undefined, pitrWindow: PitrWindow | undefined, now: Date) {
  if (!inputTime) return {};
  const time = resolveInputTime(inputTime, now);
  checkExportTime(time, pitrWindow, now);
  return { ExportTime: time };
}

interface IncrementalExport extends Pick<ExportSpecification, 'bucket' | 'prefix' | 'parameters'> {
  readonly tableArn: string;
  readonly window: NonNullable<ExportParameters['window']>;
  readonly pitrWindow: PitrWindow | undefined;
}

async function incrementalTimes(
  context: Pick<ExportContext, 'client' | 'signal'>,
  { tableArn, bucket, prefix, parameters, window, pitrWindow }: IncrementalExport,
  clock: Date,
) {
  // DynamoDB rounds down its own current time in the same way if a request has no end.
  const now = new Date(Math.floor(clock.getTime() / 1000) * 1000);
  const viewType = window.viewType ?? 'NEW_AND_OLD_IMAGES';
  const filter = parameters.request.FilterSpecification;
  const to = window.to && resolveInputTime(window.to, now);
  const until = { time: to ?? now, isAbsolute: window.to?.kind === 'absolute' };
  const series = { bucket, prefix, viewType, filter };
  const from =
    window.from === 'last'
      ? await endOfLastExport(context, { tableArn, series, until, pitrWindow })
      : resolveInputTime(window.from, now);
  if (from === 'window too short') return from;
  checkIncrementalWindow(from, to, pitrWindow, now);
  return {
    IncrementalExportSpecification: {
      ExportFromTime: from,
      ExportToTime: to ?? endOfLongest(from, now),
      ExportViewType: viewType,
    },
  };
}

/** Returns an explicit end for a window of nearly 24 hours: it would be too long when DynamoDB sets the end itself. */
function endOfLongest(from: Date, now: Date): Date | undefined {
  return now.getTime() - from.getTime() > MAX_WINDOW - CLOCK_TOLERANCE ? now : undefined;
}
