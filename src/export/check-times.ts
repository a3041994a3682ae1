import { CopyError } from '../errors.ts';
import type { PitrWindow } from './point-in-time-recovery-window.ts';

const MINUTE = 60_000;
export const MIN_WINDOW = 15 * MINUTE;
export const MAX_WINDOW = 24 * 60 * MINUTE;

/** Maximum difference between DynamoDB's clock and the Date headers of its responses. */
export const CLOCK_TOLERANCE = MINUTE;

/**
 * Checks the time of a full export before the request is sent.
 *
 * @throws {CopyError} EXPORT_TIME_INVALID with the available times
 */
export function checkExportTime(time: Date, window: PitrWindow | undefined, now: Date): void {
  if (time.getTime() > now.getTime() + CLOCK_TOLERANCE) {
    throw invalid(
      `The export time ${iso(time)} is in the future. The current time by AWS's clock is ${iso(now)}.`,
      window,
    );
  }
  if (!window) return;
  if (time < window.earliest) {
    throw invalid(
      `The export time ${iso(time)} is before the earliest time that point-in-time recovery covers.`,
      window,
    );
  }
  if (time.getTime() > window.latest.getTime() + CLOCK_TOLERANCE) {
    throw invalid(`The export time ${iso(time)} is after the latest time that point-in-time recovery covers.`, window);
  }
}

/**
 * Checks the window of an incremental export before the request is sent: 15 minutes to 24 hours, within the times that
 * point-in-time recovery covers.
 *
 * @param to undefined for the latest available time
 * @throws {CopyError} EXPORT_TIME_INVALID with the window and the available times
 */
export function checkIncrementalWindow(
  from: Date,
  to: Date | undefined,
  window: PitrWindow | undefined,
  now: Date,
): void {
  const end = to ?? now;
  const length = end.getTime() - from.getTime();
  const span = `from ${iso(from)} to ${to ? iso(to) : `${iso(now)}, the current time by AWS's clock`}`;
  if (length <= 0) throw invalid(`ExportFromTime must be before ExportToTime. The window is ${span}.`, window);
  if (end.getTime() > now.getTime() + CLOCK_TOLERANCE) {
    throw invalid(`ExportToTime is in the future. The window is ${span}.`, window);
  }
  if (length < MIN_WINDOW || length > MAX_WINDOW) {
    const minutes = Math.floor(length / MINUTE);
    throw invalid(
      `An incremental export covers 15 minutes to 24 hours. The window has ${minutes} minutes: ${span}.`,
      window,
    );
  }
  if (window && from.getTime() < window.earliest.getTime() - CLOCK_TOLERANCE) {
    throw invalid(
      `ExportFromTime is before the earliest time that point-in-time recovery covers. The window is ${span}.`,
      window,
    );
  }
}

function invalid(message: string, window: PitrWindow | undefined): CopyError {
  const remedy = window
    ? `Set a time from ${iso(window.earliest)} to ${iso(window.latest)}, or leave it out to use the latest time.`
    : 'Set a time that point-in-time recovery covers, or leave it out to use the latest time.';
  return new CopyError('EXPORT_TIME_INVALID', message, remedy);
}

function iso(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
