import { createHash } from 'node:crypto';
import type { CopyError } from '../errors.ts';
import { formatBytes, formatCount } from '../message-text.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/error-status.ts';
import { getIfListed } from '../s3/find-listed.ts';
import { MalformedJson, StrictJson } from '../strict-json.ts';
import type { DataFile } from './manifests.ts';

/**
 * Creates the error for a manifest that cannot be used.
 *
 * @param problem completes a sentence that starts with the name of the manifest, such as `does not match its MD5`. It
 *   must not contain text from the manifest.
 */
export type InvalidManifest = (key: string, problem: string) => CopyError;

/** A manifest to read, and how its problems are reported. */
export interface ManifestSource {
  readonly bucket: Bucket;
  readonly signal: AbortSignal;
  readonly invalid: InvalidManifest;
  /** Called with the key and the content of each manifest that exists. */
  readonly onRead?: (key: string, content: Buffer) => void;
}

/** Maximum size in bytes of a manifest that lists the data objects. It then lists about a million. */
export const MAX_FILES_BYTES = 256 * 1024 * 1024;

/** Maximum size in bytes of each other manifest. They have a few kilobytes. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

/** Maximum size in bytes of the object with the MD5 of a manifest. */
const MAX_MD5_BYTES = 1024;

/** Maximum number of times that a manifest and its MD5 are read if they do not match. */
const MAX_READS = 5;

/**
 * Reads manifest-summary.json or manifest-files.json and compares it with its MD5 object. Reads both again if they
 * differ, because either may have been corrupted in transit in a way that neither its length nor a checksum detects.
 *
 * @returns undefined if the manifest does not exist, or if it is an empty manifest-summary.json
 * @throws {CopyError} of `invalid`
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readWithMd5(source: ManifestSource, key: string): Promise<Buffer | undefined> {
  const { bucket, signal, invalid } = source;
  const maxBytes = key.endsWith('manifest-files.json') ? MAX_FILES_BYTES : MAX_MANIFEST_BYTES;
  for (let reads = 1; reads <= MAX_READS; reads += 1) {
    const object = await getIfListed(bucket, key, signal, maxBytes);
    // A summary that was withdrawn and could not be deleted is empty.
    if (!object || (object.size === 0 && key.endsWith('/manifest-summary.json'))) return undefined;
    requireSize(source, key, object.size, maxBytes);
    const md5 = await readMd5(source, key);
    if (createHash('md5').update(object.content).digest('base64') === md5.content.toString().trim()) {
      source.onRead?.(key, object.content);
      source.onRead?.(md5.key, md5.content);
      return object.content;
    }
  }
  throw invalid(key, 'does not match its MD5');
}

/**
 * Reads a manifest that has no MD5 object.
 *
 * @returns undefined if the manifest does not exist
 * @throws {CopyError} of `invalid` if it is too large
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readWithoutMd5(
  source: ManifestSource,
  key: string,
  maxBytes = MAX_MANIFEST_BYTES,
): Promise<Buffer | undefined> {
  const object = await getIfListed(source.bucket, key, source.signal, maxBytes);
  if (!object) return undefined;
  requireSize(source, key, object.size, maxBytes);
  source.onRead?.(key, object.content);
  return object.content;
}

function requireSize({ invalid }: ManifestSource, key: string, size: number, maxBytes: number): void {
  if (size > maxBytes) throw invalid(key, `is larger than ${formatBytes(maxBytes)}`);
}

/** Reads the `.md5` object of a manifest, or the `.checksum` object that the AWS documentation describes instead. */
async function readMd5(
  { bucket, signal, invalid }: ManifestSource,
  key: string,
): Promise<{ readonly key: string; readonly content: Buffer }> {
  const md5Key = key.replace(/\.json$/, '.md5');
  // Without s3:ListBucket, S3 returns 403 for an object that does not exist.
  const denials: unknown[] = [];
  for (const candidate of [md5Key, key.replace(/\.json$/, '.checksum')]) {
    try {
      const object = await getIfListed(bucket, candidate, signal, MAX_MD5_BYTES);
      if (object) return { key: candidate, content: object.content };
    } catch (error) {
      if (!isDenied(error)) throw error;
      denials.push(error);
    }
  }
  throw denials.length > 0 ? denials[0] : invalid(md5Key, 'does not exist in the bucket');
}

/**
 * Reads the JSON object in a manifest. Anyone with write access to the bucket can have written it.
 *
 * @throws {CopyError} of `invalid` if `read` throws MalformedJson; names the member, but not its value
 */
export function readJson<T>(content: Buffer, key: string, invalid: InvalidManifest, read: (json: StrictJson) => T): T {
  try {
    return read(StrictJson.parse(content));
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    throw invalid(key, error.path === '' ? 'is not a JSON object' : `has a missing or invalid member: ${error.path}`);
  }
}

/** Maximum number of data objects of a copy. */
const MAX_DATA_FILES = 1_000_000;

/** Maximum size in bytes of a line of manifest-files.json. A key has at most 1,024 bytes, which JSON may escape. */
const MAX_LINE_BYTES = 16 * 1024;

/**
 * Reads the lines of manifest-files.json.
 *
 * @param itemCount number of items in manifest-summary.json
 * @param accept returns the data object as the copy has it; throws if a line is not acceptable
 * @throws {CopyError} of `invalid` if a line is invalid, an object is listed twice or the counts do not match
 */
export function parseDataFiles(
  content: Buffer,
  key: string,
  { itemCount, invalid }: { readonly itemCount: number; readonly invalid: InvalidManifest },
  accept: (file: DataFile) => DataFile,
): DataFile[] {
  const files: DataFile[] = [];
  const keys = new Set<string>();
  let items = 0;
  const invalidLine: InvalidManifest = (_, problem) => invalid(key, `has a line that ${problem}`);
  // Does not split the text: a manifest of line breaks would become an array of 256 million elements.
  for (let start = 0, end: number; start < content.length; start = end + 1) {
    end = content.indexOf(0x0a, start);
    if (end === -1) end = content.length;
    if (end === start) continue;
    if (end - start > MAX_LINE_BYTES) throw invalid(key, `has a line of more than ${formatBytes(MAX_LINE_BYTES)}`);
    if (files.length === MAX_DATA_FILES) throw invalid(key, `lists more than ${formatCount(MAX_DATA_FILES)} objects`);
    const file = accept(readJson(content.subarray(start, end), key, invalidLine, parseDataFile));
    if (keys.has(file.key)) throw invalid(key, 'lists an object twice');
    keys.add(file.key);
    items += file.itemCount;
    files.push(file);
  }
  if (items !== itemCount) {
    throw invalid(key, `contains ${items} items, but manifest-summary.json has a different itemCount`);
  }
  return files;
}

function parseDataFile(line: StrictJson): DataFile {
  return {
    itemCount: line.member('itemCount').integer(),
    md5: line.member('md5Checksum').text(),
    etag: line.member('etag').text(),
    key: line.member('dataFileS3Key').text(),
  };
}
