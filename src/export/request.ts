import type { DynamoDBClient, ExportFormat, ExportTableToPointInTimeInput } from '@aws-sdk/client-dynamodb';
import { endOfLastExport } from './last-export.ts';
import { type Moment, resolveMoment } from './moment.ts';
import type { ExportParameters } from './parameters.ts';
import type { RecoveryWindow } from './recovery.ts';
import { checkExportTime, checkIncrement, LONGEST_WINDOW, TOLERANCE } from './times.ts';

/**
 * The table by its ARN. `gone` is why it cannot be described, such as that it was deleted: an export that began before
 * continues and can still be found, and if there is none, the step fails with this.
 */
export type TableToExport = { readonly tableArn: string } | { readonly nameOfGone: string; readonly gone: Error };

/** What is exported, in the inputs' terms. */
export interface WantedExport {
  readonly table: TableToExport;
  readonly bucket: string;
  /** Without a slash at its end; '' for none. */
  readonly prefix: string;
  readonly format: ExportFormat;
  /** Undefined: now, for a full export. */
  readonly exportTime: Moment | undefined;
  readonly parameters: ExportParameters;
  readonly bucketOwner: string | undefined;
  readonly encryption: { readonly algorithm: 'AES256' | 'KMS'; readonly kmsKeyId?: string } | undefined;
}

/**
 * Returns the end of what is exported if two requests at different times would mean the same, so that the result of one
 * can serve the other; otherwise undefined.
 */
export function fixedTimeOf({ exportTime, parameters: { window } }: WantedExport): Date | undefined {
  if (!window) return exportTime?.kind === 'fixed' ? exportTime.time : undefined;
  const { from, to } = window;
  return from !== 'last' && from.kind === 'fixed' && to?.kind === 'fixed' ? to.time : undefined;
}

/**
 * Fills in the request's times and checks them.
 *
 * @param now by AWS's clock
 * @returns 'too early' where `ExportFromTime: last` leaves less than 15 minutes to export
 * @throws `gone` of a table that cannot be described
 */
export async function exportRequest(
  client: DynamoDBClient,
  wanted: WantedExport,
  recovery: RecoveryWindow | undefined,
  now: Date,
  signal: AbortSignal,
): Promise<ExportTableToPointInTimeInput | 'too early'> {
  const { table, bucket, prefix, format, parameters, bucketOwner, encryption } = wanted;
  if ('gone' in table) throw table.gone;
  const { tableArn } = table;
  const times = parameters.window
    ? await incrementTimes(client, tableArn, wanted, parameters.window, recovery, now, signal)
    : fullTime(wanted.exportTime, recovery, now);
  if (times === 'too early') return times;
  const owner = bucketOwner ?? parameters.bucketOwner;
  const algorithm = encryption?.algorithm ?? parameters.sseAlgorithm;
  const key = encryption?.kmsKeyId ?? parameters.sseKmsKeyId;
  return {
    TableArn: tableArn,
    S3Bucket: bucket,
    // DynamoDB refuses an empty prefix.
    ...(prefix !== '' && { S3Prefix: prefix }),
    ExportFormat: format,
    ...parameters.request,
    ...times,
    ...(owner !== undefined && { S3BucketOwner: owner }),
    ...(algorithm !== undefined && { S3SseAlgorithm: algorithm }),
    ...(key !== undefined && { S3SseKmsKeyId: key }),
  };
}

function fullTime(moment: Moment | undefined, recovery: RecoveryWindow | undefined, now: Date) {
  if (!moment) return {};
  const time = resolveMoment(moment, now);
  checkExportTime(time, recovery, now);
  return { ExportTime: time };
}

async function incrementTimes(
  client: DynamoDBClient,
  tableArn: string,
  { bucket, prefix, parameters }: WantedExport,
  window: NonNullable<ExportParameters['window']>,
  recovery: RecoveryWindow | undefined,
  moment: Date,
  signal: AbortSignal,
) {
  // As DynamoDB does with its own now, where a request names no end.
  const now = new Date(Math.floor(moment.getTime() / 1000) * 1000);
  const viewType = window.viewType ?? 'NEW_AND_OLD_IMAGES';
  const filter = parameters.request.FilterSpecification;
  const to = window.to && resolveMoment(window.to, now);
  const until = { time: to ?? now, isFixed: window.to?.kind === 'fixed' };
  const series = { bucket, prefix, viewType, filter };
  const from =
    window.from === 'last'
      ? await endOfLastExport(client, tableArn, series, until, recovery, signal)
      : resolveMoment(window.from, now);
  if (from === 'too early') return from;
  checkIncrement(from, to, recovery, now);
  return {
    IncrementalExportSpecification: {
      ExportFromTime: from,
      ExportToTime: to ?? endOfLongest(from, now),
      ExportViewType: viewType,
    },
  };
}

/** A window of just 24 hours would be too long by the time that DynamoDB sets its end. */
function endOfLongest(from: Date, now: Date): Date | undefined {
  return now.getTime() - from.getTime() > LONGEST_WINDOW - TOLERANCE ? now : undefined;
}
