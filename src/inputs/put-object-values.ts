import type { RetainUntil } from '../s3/object-options.ts';
import type { ParameterReader } from './parameter-reader.ts';
import { parseDuration } from './parse-input-time.ts';
import { describeKind } from './source-value.ts';

/** Limits of object tags. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_TAGS = 10;
const MAX_TAG_KEY_LENGTH = 128;
const MAX_TAG_VALUE_LENGTH = 256;

/** Reads tags in the format of boto3: one string, encoded as a URL query. */
export function readTagging(reader: ParameterReader): string | undefined {
  const text = reader.text('Tagging');
  if (text === undefined) return undefined;
  const problem = taggingProblem(text);
  if (problem === undefined) return text;
  reader.problems.at('Tagging').add(`${problem}. Encode it as a URL query: team=data&purpose=nightly%20copy`);
  return undefined;
}

function taggingProblem(text: string): string | undefined {
  if (!/^(?:[\w.~*+:/@-]|%[\dA-Fa-f]{2}|[=&])+$/.test(text)) return 'contains a character that must be encoded';
  if (decode(text) === undefined) return 'contains bytes that are not valid UTF-8';
  const keys = new Set<string>();
  for (const tag of text.split('&')) {
    const [key = '', value = ''] = tag.split(/=(.*)/s).map(decode);
    if (key === '' || key.length > MAX_TAG_KEY_LENGTH)
      return `contains a tag whose key is not 1 to ${MAX_TAG_KEY_LENGTH} characters long`;
    if (value.length > MAX_TAG_VALUE_LENGTH)
      return `contains a tag whose value is longer than ${MAX_TAG_VALUE_LENGTH} characters`;
    if (/^aws:/i.test(key)) return 'contains a tag whose key starts with aws:, which is reserved for AWS';
    if (keys.has(key)) return 'contains the same key twice';
    keys.add(key);
  }
  return keys.size > MAX_TAGS ? `contains more than ${MAX_TAGS} tags, the maximum per object` : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;

/**
 * Reads user-defined metadata. Names and values are sent as headers: S3 converts names to lowercase, and characters
 * outside ASCII would be changed.
 */
export function readMetadata(reader: ParameterReader): Record<string, string> | undefined {
  const mapping = reader.map('Metadata');
  if (!mapping) return undefined;
  const problems = reader.problems.at('Metadata');
  const metadata: Record<string, string> = Object.create(null);
  const names = new Set<string>();
  let bytes = 0;
  for (const [index, [name, value]] of [...mapping].entries()) {
    const place = problems.at(/^[\w.-]{1,40}$/.test(name) ? name : `[entry ${index + 1}]`);
    if (!HEADER_NAME.test(name)) place.add('must be named with ASCII letters, digits, hyphens, periods or underscores');
    if (names.has(name.toLowerCase())) place.add('is set twice: metadata names are not case-sensitive');
    names.add(name.toLowerCase());
    if (typeof value !== 'string') {
      place.add(`must be a quoted string; it is ${describeKind(value)}`);
    } else if (!HEADER_VALUE.test(value)) {
      place.add('must be one line of printable ASCII without leading or trailing spaces');
    } else {
      metadata[name] = value;
      bytes += name.length + value.length;
    }
  }
  if (bytes > MAX_METADATA_BYTES)
    problems.add('is larger than 2 KB (names and values together), the maximum for S3 user metadata');
  return metadata;
}

const HEADER_NAME = /^[A-Za-z0-9._-]+$/;

/** Leading and trailing spaces are removed in transit, so S3 would store a different value. */
const HEADER_VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

const DAY_MS = 24 * 3600 * 1000;

/** A shorter period would end while the copy is still written, at the latest by a re-run. */
const MIN_RETENTION_DAYS = 1;

/** 100 years. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html */
const MAX_RETENTION_DAYS = 36_500;

/** Reads the end of a retention period: a time in the future, with a time zone, or a duration. */
export function readRetainUntilDate(reader: ParameterReader, now: Date): RetainUntil | undefined {
  const text = reader.text('ObjectLockRetainUntilDate');
  if (text === undefined) return undefined;
  const msFromStart = parseDuration(text);
  const date = msFromStart === undefined ? parseTime(text) : undefined;
  const problem = date ? timeProblem(date.getTime() - now.getTime()) : durationProblem(msFromStart);
  if (problem === undefined) return date ?? (msFromStart === undefined ? undefined : { msFromStart });
  reader.problems.at('ObjectLockRetainUntilDate').add(problem);
  return undefined;
}

/** @param ms milliseconds from now */
function timeProblem(ms: number): string | undefined {
  if (ms <= 0) return 'is in the past. Use a time in the future';
  return ms > MAX_RETENTION_DAYS * DAY_MS ? 'is more than 100 years away, the maximum of S3' : undefined;
}

/** @param ms undefined if the value is neither a duration nor a time */
function durationProblem(ms: number | undefined): string | undefined {
  if (ms === undefined) {
    return 'must be an ISO 8601 time with a time zone, such as 2030-01-31T00:00:00Z or 2030-01-31T00:00:00+01:00, or a duration in weeks, days, hours, minutes and seconds, such as P35D';
  }
  const isValid = ms >= MIN_RETENTION_DAYS * DAY_MS && ms <= MAX_RETENTION_DAYS * DAY_MS;
  return isValid ? undefined : 'must be a duration from P1D to P36500D (100 years, the maximum of S3)';
}

const TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(?:Z|([+-])([01]\d):?([0-5]\d))$/;

function parseTime(text: string): Date | undefined {
  const [match, day, minutes, seconds = ':00', sign, zoneHours = '0', zoneMinutes = '0'] = TIME.exec(text) ?? [];
  if (match === undefined) return undefined;
  const local = new Date(`${day}T${minutes}${seconds}Z`);
  // Date reads February 30 as a day in March, and 24:00 as the next day.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${minutes}`)) return undefined;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return new Date(local.getTime() - (sign === '-' ? -offset : offset));
}
