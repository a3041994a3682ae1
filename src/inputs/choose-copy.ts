import type { LatestCopy } from '../manifest/copy-search.ts';
import type { CopyIdentity } from '../manifest/layout.ts';
import { checkBucketName } from './bucket-inputs.ts';
import { copyPrefixTemplate, parseCopyUri } from './copy-inputs.ts';
import type { InputReader } from './input-reader.ts';
import { parseInputTime } from './parse-input-time.ts';
import { readTableName } from './table-name.ts';

/** Copy to use, and the bucket that contains it. */
export interface CopyInputs {
  readonly bucket: string;
  readonly copy: CopyIdentity | LatestCopy;
}

/** Inputs that limit the search for the latest copy. */
const SEARCH_INPUTS = ['s3-key-prefix', 'before', 'source-table-name'] as const;

/** Reads the inputs `copy`, `s3-bucket-name` and those that limit the search for the latest copy. */
export function readCopyInputs(reader: InputReader, forcePathStyle: boolean): CopyInputs {
  const copy = reader.notEmpty('copy', 'latest');
  return copy === 'latest' ? readLatest(reader, forcePathStyle) : readUri(reader, copy, forcePathStyle);
}

function readLatest(reader: InputReader, forcePathStyle: boolean): CopyInputs {
  const bucket = reader.required('s3-bucket-name');
  if (bucket !== '') checkBucketName(bucket, forcePathStyle, reader.problems.at('s3-bucket-name'));
  const before = reader.parsed<Date | undefined>('before', undefined, BEFORE_ALLOWED, parseTime);
  const name = reader.text('source-table-name');
  const sourceTable = name === '' ? undefined : readTableName(name, reader.problems.at('source-table-name'));
  const prefix = withTableName(reader.text('s3-key-prefix'), sourceTable?.name);
  const template = copyPrefixTemplate(prefix, reader.problems.at('s3-key-prefix')) ?? [];
  return { bucket, copy: { template, before, sourceTable } };
}

/**
 * Replaces {table} by the name of the copied table if it is known. Folders of other tables are then not listed, and the
 * role does not need to be authorized to list them.
 */
function withTableName(prefix: string, name: string | undefined): string {
  return name === undefined ? prefix : prefix.replaceAll(/(?<!\{)\{table\}(?!\})/g, name);
}

function readUri(reader: InputReader, uri: string, forcePathStyle: boolean): CopyInputs {
  const { problems } = reader;
  const parsed = parseCopyUri(uri, forcePathStyle, problems.at('copy'));
  for (const name of SEARCH_INPUTS) {
    if (reader.text(name) !== '') problems.at(name).add('has an effect only with copy: latest. Leave it out');
  }
  const bucket = reader.text('s3-bucket-name');
  if (parsed && bucket !== '' && bucket !== parsed.bucket) {
    problems.at('s3-bucket-name').add('is not the bucket in the input copy. Leave it out');
  }
  return { bucket: parsed?.bucket ?? bucket, copy: parsed?.copy ?? { template: [] } };
}

const BEFORE_ALLOWED =
  'an ISO 8601 time such as 2026-11-22T03:00:00Z (UTC if it has no time zone), or seconds since 1970';

function parseTime(text: string): Date | undefined {
  const parsed = parseInputTime(text);
  return parsed?.kind === 'absolute' ? parsed.time : undefined;
}

/**
 * Parses an S3 URI such as `s3://bucket/prefix`.
 *
 * @returns undefined if the text is not an S3 URI; the prefix is '' if there is none
 */
export function parseS3Uri(text: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-zA-Z0-9][\w.-]{1,253}[a-zA-Z0-9])(?:\/(.{0,1024}))?$/s.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}
