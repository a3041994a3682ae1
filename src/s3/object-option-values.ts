import type { ParameterReader } from '../parameters/parameter-reader.ts';
import { kindOf } from '../parameters/source-value.ts';

/** Object tags. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MOST_TAGS = 10;
const LONGEST_TAG_KEY = 128;
const LONGEST_TAG_VALUE = 256;

/** Reads tags as boto3 takes them: one string, encoded as the query of a URL. */
export function readTagging(reader: ParameterReader): string | undefined {
  const text = reader.text('Tagging');
  if (text === undefined) return undefined;
  const problem = taggingProblem(text);
  if (problem === undefined) return text;
  reader.problems.at('Tagging').add(`${problem}. It is encoded as in a URL: team=data&purpose=nightly%20copy`);
  return undefined;
}

function taggingProblem(text: string): string | undefined {
  if (!/^(?:[\w.~*+:/@-]|%[\dA-Fa-f]{2}|[=&])+$/.test(text)) return 'has a character that must be encoded';
  if (decode(text) === undefined) return 'has bytes that are no UTF-8';
  const keys = new Set<string>();
  for (const tag of text.split('&')) {
    const [key = '', value = ''] = tag.split(/=(.*)/s).map(decode);
    if (key === '' || key.length > LONGEST_TAG_KEY)
      return `has a tag whose key is not 1 to ${LONGEST_TAG_KEY} characters`;
    if (value.length > LONGEST_TAG_VALUE) return `has a tag whose value is longer than ${LONGEST_TAG_VALUE} characters`;
    if (/^aws:/i.test(key)) return 'has a tag whose key starts with aws:, which AWS keeps for itself';
    if (keys.has(key)) return 'has the same key twice';
    keys.add(key);
  }
  return keys.size > MOST_TAGS ? `has more than the ${MOST_TAGS} tags an object can have` : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MOST_METADATA_BYTES = 2048;

/**
 * Reads user-defined metadata. Names and values travel as headers: S3 lower-cases the names, and what is not ASCII
 * would arrive as something else.
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
    if (!HEADER_NAME.test(name)) place.add('must have a name of ASCII letters, digits, hyphens, dots or underscores');
    if (names.has(name.toLowerCase())) place.add('is there twice: S3 does not tell upper from lower case in names');
    names.add(name.toLowerCase());
    if (typeof value !== 'string') {
      place.add(`must be a string, in quotes; it is ${kindOf(value)}`);
    } else if (!HEADER_VALUE.test(value)) {
      place.add('must be printable ASCII in one line, without spaces at its ends');
    } else {
      metadata[name] = value;
      bytes += name.length + value.length;
    }
  }
  if (bytes > MOST_METADATA_BYTES) problems.add('is larger than 2 KB, names and values together');
  return metadata;
}

const HEADER_NAME = /^[A-Za-z0-9._-]+$/;

/** Spaces at the ends are trimmed on the way, so that S3 would store another value than the one asked for. */
const HEADER_VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

/** Reads the end of a retention: a time, with its zone, that has not passed. */
export function readRetainUntilDate(reader: ParameterReader, now: Date): Date | undefined {
  const text = reader.text('ObjectLockRetainUntilDate');
  if (text === undefined) return undefined;
  const date = parseTime(text);
  if (date && date > now) return date;
  reader.problems
    .at('ObjectLockRetainUntilDate')
    .add(
      date
        ? 'has passed. Use a time in the future'
        : 'must be a time in ISO 8601 with its zone, such as 2030-01-31T00:00:00Z or 2030-01-31T00:00:00+01:00',
    );
  return undefined;
}

const TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(?:Z|([+-])([01]\d):?([0-5]\d))$/;

function parseTime(text: string): Date | undefined {
  const [match, day, minutes, seconds = ':00', sign, zoneHours = '0', zoneMinutes = '0'] = TIME.exec(text) ?? [];
  if (match === undefined) return undefined;
  const local = new Date(`${day}T${minutes}${seconds}Z`);
  // The 30th of February would be read as one of March, and 24:00 as the next day.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${minutes}`)) return undefined;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return new Date(local.getTime() - (sign === '-' ? -offset : offset));
}
