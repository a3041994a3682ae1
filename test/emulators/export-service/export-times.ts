import { type RecoveryWindow, wholeSeconds } from '../dynamodb-service/recovery.ts';
import { Refusal } from '../dynamodb-service/responses.ts';
import type { ExportParameters, ExportViewType } from './export-parameters.ts';

/** Times of an export in milliseconds since the epoch. */
export type ExportTimes =
  | { readonly type: 'FULL_EXPORT'; readonly start: number; readonly exportTime: number }
  | {
      readonly type: 'INCREMENTAL_EXPORT';
      readonly start: number;
      readonly from: number;
      /** Exclusive end of the period. */
      readonly to: number;
      readonly view: ExportViewType;
    };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Returns the times of the requested export.
 *
 * @param window undefined if point-in-time recovery is disabled
 * @throws {Refusal} if the window does not contain them
 */
export function exportTimes(
  parameters: ExportParameters,
  tableName: string,
  window: RecoveryWindow | undefined,
  now: number,
): ExportTimes {
  const specification = parameters.IncrementalExportSpecification;
  if (specification?.ExportFromTime === undefined) {
    return fullExportTimes(parameters.ExportTime, tableName, window, now);
  }
  const start = wholeSeconds(now);
  const from = milliseconds(specification.ExportFromTime);
  const to = specification.ExportToTime === undefined ? start : milliseconds(specification.ExportToTime);
  checkPeriod(from, to, window, now);
  return {
    type: 'INCREMENTAL_EXPORT',
    start,
    from,
    to,
    view: specification.ExportViewType ?? 'NEW_AND_OLD_IMAGES',
  };
}

function fullExportTimes(
  requested: number | undefined,
  tableName: string,
  window: RecoveryWindow | undefined,
  now: number,
): ExportTimes {
  if (window === undefined) {
    throw new Refusal(
      'PointInTimeRecoveryUnavailableException',
      `Point in time recovery is not enabled for table '${tableName}'`,
    );
  }
  const exportTime = requested === undefined ? now : milliseconds(requested);
  if (requested !== undefined) {
    if (exportTime > now || exportTime < window.earliest) {
      throw badTime('Export Time is invalid');
    }
    if (exportTime > window.latest) {
      throw badTime('Point in Time Recovery is not available for specified export time');
    }
  }
  return { type: 'FULL_EXPORT', start: now, exportTime };
}

/** Checks in the order of the real service. The first error is also that of a table with PITR disabled. */
function checkPeriod(from: number, to: number, window: RecoveryWindow | undefined, now: number): void {
  if (window === undefined || from < window.earliest) {
    throw badTime(
      `Incremental export period from time cannot be less than the table creation time : ${isoSeconds(from)}`,
    );
  }
  if (to > now) {
    throw badTime(`Incremental export period to time cannot be greater than the current time : ${isoSeconds(to)}`);
  }
  if (from >= to) {
    throw badTime(
      'Incremental export period from time should not be greater or equal to incremental export period to time',
    );
  }
  if (to - from < 15 * MINUTE) {
    throw badTime('Difference between export period from time and export period to time is less than 15 minutes');
  }
  if (to - from > DAY) {
    // Not observed on AWS: modeled on the message above.
    throw badTime('Difference between export period from time and export period to time is greater than 24 hours');
  }
}

function badTime(message: string): Refusal {
  return new Refusal('InvalidExportTimeException', message);
}

export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000);
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
