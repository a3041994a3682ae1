import { Refusal } from './export-answers.ts';
import type { ExportParameters, ExportViewType } from './export-parameters.ts';

/** From when to when a table can be restored, or exported at a given time. Milliseconds, at whole seconds. */
export interface RecoveryWindow {
  readonly earliest: number;
  readonly latest: number;
}

/** Point-in-time recovery of one table. */
export interface Recovery {
  readonly enabled: boolean;
  /** When it was turned on, in milliseconds. */
  readonly since: number;
  /** How far back it reaches. */
  readonly days: number;
}

/** The times of an export, in milliseconds. */
export type ExportTimes =
  | { readonly type: 'FULL_EXPORT'; readonly start: number; readonly exportTime: number }
  | {
      readonly type: 'INCREMENTAL_EXPORT';
      readonly start: number;
      readonly from: number;
      /** The first moment that is not in it any more. */
      readonly to: number;
      readonly view: ExportViewType;
    };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far the latest restorable time lies back. */
const BEHIND = 5 * MINUTE;

/** Just after it was turned on, the window is one moment. */
export function windowOf({ enabled, since, days }: Recovery, now: number): RecoveryWindow | undefined {
  if (!enabled) {
    return undefined;
  }
  const earliest = wholeSeconds(Math.max(since, now - days * DAY));
  return { earliest, latest: Math.max(earliest, wholeSeconds(now - BEHIND)) };
}

/**
 * The times that a request asks for.
 *
 * @param window undefined where point-in-time recovery is off
 * @throws {Refusal} where the window does not hold them
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
  checkIncrement(from, to, window, now);
  return {
    type: 'INCREMENTAL_EXPORT',
    start,
    from,
    to,
    view: specification.ExportViewType ?? 'NEW_AND_OLD_IMAGES',
  };
}

function fullExportTimes(
  asked: number | undefined,
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
  const exportTime = asked === undefined ? now : milliseconds(asked);
  if (asked !== undefined) {
    if (exportTime > now || exportTime < window.earliest) {
      throw badTime('Export Time is invalid');
    }
    if (exportTime > window.latest) {
      throw badTime('Point in Time Recovery is not available for specified export time');
    }
  }
  return { type: 'FULL_EXPORT', start: now, exportTime };
}

/** In the service's own order: the first text is also what a table without point-in-time recovery gets. */
function checkIncrement(from: number, to: number, window: RecoveryWindow | undefined, now: number): void {
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
    // Never seen: made after the one above.
    throw badTime('Difference between export period from time and export period to time is greater than 24 hours');
  }
}

function badTime(message: string): Refusal {
  return new Refusal('InvalidExportTimeException', message);
}

export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000);
}

function wholeSeconds(time: number): number {
  return Math.floor(time / 1_000) * 1_000;
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
