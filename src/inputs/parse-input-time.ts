import type { InputTime } from '../export/input-time.ts';

export const INPUT_TIME_ALLOWED =
  'an ISO 8601 time such as 2026-11-22T03:00:00Z (UTC if it has no time zone), seconds since 1970, or a negative duration such as -PT2H';

const ISO_TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Weeks, days, hours, minutes and seconds; months and years have no fixed length. */
const ISO_DURATION = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i;

/**
 * Seconds for the years 2001 to 2286. Milliseconds, which JavaScript and many APIs use, have more digits and do not
 * match: read as seconds, they would be a time 50,000 years in the future.
 */
const EPOCH_SECONDS = /^(\d{9,10})(?:\.(\d{1,3})\d*)?$/;

/** @returns undefined if the text has none of the formats in INPUT_TIME_ALLOWED */
export function parseInputTime(text: string): InputTime | undefined {
  return parseSeconds(text) ?? parseRelativeTime(text) ?? parseTime(text);
}

function parseSeconds(text: string): InputTime | undefined {
  const [, seconds, fraction = ''] = EPOCH_SECONDS.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  return { kind: 'absolute', time: new Date(Number(seconds) * 1000 + Number(fraction.padEnd(3, '0'))) };
}

function parseRelativeTime(text: string): InputTime | undefined {
  const msAgo = text.startsWith('-') ? parseDuration(text.slice(1)) : undefined;
  return msAgo === undefined ? undefined : { kind: 'relative', msAgo };
}

/**
 * Parses an ISO 8601 duration such as `PT26H`.
 *
 * @returns milliseconds; undefined if the text is not a duration, or has months or years
 */
export function parseDuration(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (!match) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function parseTime(text: string): InputTime | undefined {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = ISO_TIME.exec(text) ?? [];
  if (date === undefined) return undefined;
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2');
  const written = `${date}T${minutes}:${seconds}`;
  const time = new Date(`${written}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  if (Number.isNaN(time.getTime())) return undefined;
  // Date reads 30 February as 2 March.
  const exists = new Date(`${written}Z`).toISOString().startsWith(written);
  return exists ? { kind: 'absolute', time } : undefined;
}
