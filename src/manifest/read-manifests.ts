import { createHash } from 'node:crypto';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/error-status.ts';
import type { DataFile } from './manifests.ts';

/** Contents of the manifests of a copy, verified against their MD5s and against each other. */
export interface ReadManifests {
  readonly files: readonly DataFile[];
  readonly itemCount: number;
}

/**
 * Reads the manifests of a scan or of a DynamoDB export, full or incremental.
 *
 * @param summaryKey key of manifest-summary.json
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if a manifest is missing, corrupted or inconsistent
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readManifests(bucket: Bucket, summaryKey: string, signal: AbortSignal): Promise<ReadManifests> {
  const summary = parse(await readChecked(bucket, summaryKey, signal), summaryKey);
  const filesKey = summary['manifestFilesS3Key'];
  if (typeof filesKey !== 'string') throw invalid(summaryKey, 'has no manifestFilesS3Key');
  // `[prefix/]AWSDynamoDB/`: incremental exports store their data objects next to the folder of their manifests.
  const folder = summaryKey
    .split('/')
    .slice(0, -2)
    .map((name) => `${name}/`)
    .join('');
  if (!filesKey.startsWith(folder)) throw invalid(summaryKey, OUTSIDE);
  const filesJson = await readChecked(bucket, filesKey, signal);

  const files = filesJson
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => dataFile(parse(Buffer.from(line), filesKey), filesKey));
  if (!files.every(({ key }) => key.startsWith(folder))) throw invalid(filesKey, OUTSIDE);
  if (new Set(files.map(({ key }) => key)).size < files.length) throw invalid(filesKey, 'lists an object twice');
  const itemCount = files.reduce((sum, file) => sum + file.itemCount, 0);
  if (itemCount !== summary['itemCount']) {
    throw invalid(filesKey, `contains ${itemCount} items, but manifest-summary.json has a different itemCount`);
  }
  return { files, itemCount };
}

/** Maximum size in bytes of the object with the MD5 of a manifest. */
const MAX_MD5_BYTES = 1024;

const OUTSIDE = 'lists an object outside its AWSDynamoDB/ folder';

/** Maximum number of times that a manifest and its MD5 are read if they do not match. */
const MAX_READS = 5;

/**
 * Reads a manifest and compares it with its MD5 object. Reads both again if they differ, because either may have been
 * corrupted in transit in a way that neither its length nor a checksum detects.
 */
async function readChecked(bucket: Bucket, key: string, signal: AbortSignal): Promise<Buffer> {
  for (let reads = 1; reads <= MAX_READS; reads += 1) {
    const object = await bucket.get(key, signal);
    if (!object) throw missing(key);
    const md5 = await readMd5(bucket, key, signal);
    if (createHash('md5').update(object.content).digest('base64') === md5) return object.content;
  }
  throw invalid(key, 'does not match its MD5');
}

/** Reads the `.md5` object of a manifest, or the `.checksum` object that the AWS documentation describes instead. */
async function readMd5(bucket: Bucket, key: string, signal: AbortSignal): Promise<string> {
  const md5Key = key.replace(/\.json$/, '.md5');
  // Without s3:ListBucket, S3 returns 403 for an object that does not exist.
  const denials: unknown[] = [];
  for (const candidate of [md5Key, key.replace(/\.json$/, '.checksum')]) {
    try {
      const object = await bucket.get(candidate, signal, MAX_MD5_BYTES);
      if (object) return object.content.toString().trim();
    } catch (error) {
      if (!isDenied(error)) throw error;
      denials.push(error);
    }
  }
  throw denials.length > 0 ? denials[0] : missing(md5Key);
}

function parse(json: Buffer, key: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json.toString());
  } catch {
    throw invalid(key, 'is not valid JSON');
  }
  if (typeof value !== 'object' || value === null) throw invalid(key, 'has a line that is not a JSON object');
  return value as Record<string, unknown>;
}

function dataFile(line: Record<string, unknown>, key: string): DataFile {
  const { itemCount, md5Checksum, etag, dataFileS3Key } = line;
  if (
    typeof itemCount !== 'number' ||
    !Number.isSafeInteger(itemCount) ||
    itemCount < 0 ||
    typeof md5Checksum !== 'string' ||
    typeof etag !== 'string' ||
    typeof dataFileS3Key !== 'string'
  ) {
    throw invalid(key, 'has a line with a missing or invalid member');
  }
  return { itemCount, md5: md5Checksum, etag, key: dataFileS3Key };
}

function missing(key: string): CopyError {
  return invalid(key, 'does not exist in the bucket');
}

function invalid(key: string, what: string): CopyError {
  return new CopyError(
    'EXPORT_MANIFEST_INVALID',
    `${key.split('/').at(-1)} of the copy ${what}.`,
    `${remedies.newCopy} If the bucket is versioned or replicated, find out what changes its objects.`,
  );
}
