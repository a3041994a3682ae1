import { CopyError } from '../errors.ts';
import type { RecoveryWindow } from './recovery.ts';

const MINUTE = 60_000;
export const SHORTEST_WINDOW = 15 * MINUTE;
export const LONGEST_WINDOW = 24 * 60 * MINUTE;

/** The service's clock may differ from the one that its Date headers show by up to a minute. */
export const TOLERANCE = MINUTE;

/**
 * Checks the time of a full export before DynamoDB is asked.
 *
 * @throws {CopyError} EXPORT_TIME_INVALID with the window there is
 */
export function checkExportTime(time: Date, window: RecoveryWindow | undefined, now: Date): void {
  if (time.getTime() > now.getTime() + TOLERANCE) {
    throw invalid(`export-time ${iso(time)} is in the future; by AWS's clock it is ${iso(now)}.`, window);
  }
  if (!window) return;
  if (time < window.earliest) throw invalid(`export-time ${iso(time)} is before what recovery keeps.`, window);
  if (time.getTime() > window.latest.getTime() + TOLERANCE) {
    throw invalid(`export-time ${iso(time)} is later than what recovery has by now.`, window);
  }
}

/**
 * Checks the window of an incremental export before DynamoDB is asked: 15 minutes to 24 hours, inside what recovery
 * keeps.
 *
 * @param to undefined for as late as there is
 * @throws {CopyError} EXPORT_TIME_INVALID with the numbers
 */
export function checkIncrement(from: Date, to: Date | undefined, window: RecoveryWindow | undefined, now: Date): void {
  const end = to ?? now;
  const length = end.getTime() - from.getTime();
  const span = `from ${iso(from)} to ${to ? iso(to) : `now, ${iso(now)} by AWS's clock`}`;
  if (length <= 0) throw invalid(`ExportFromTime must be before ExportToTime; the window is ${span}.`, window);
  if (end.getTime() > now.getTime() + TOLERANCE) {
    throw invalid(`ExportToTime is in the future; the window is ${span}.`, window);
  }
  if (length < SHORTEST_WINDOW || length > LONGEST_WINDOW) {
    const minutes = Math.floor(length / MINUTE);
    throw invalid(`An incremental export covers 15 minutes to 24 hours, and ${span} are ${minutes} minutes.`, window);
  }
  if (window && from.getTime() < window.earliest.getTime() - TOLERANCE) {
    throw invalid(`ExportFromTime is before what recovery keeps; the window is ${span}.`, window);
  }
}

function invalid(message: string, window: RecoveryWindow | undefined): CopyError {
  const remedy = window
    ? `Choose a time from ${iso(window.earliest)} to ${iso(window.latest)}, or leave it out for the latest.`
    : 'Choose a time that point-in-time recovery covers, or leave it out for the latest.';
  return new CopyError('EXPORT_TIME_INVALID', message, remedy);
}

function iso(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
