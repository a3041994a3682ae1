import { createHash } from 'node:crypto';
import { CopyError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { DataFile } from './manifests.ts';

/** What the manifests of a copy say, checked against their MD5s and against each other. */
export interface ReadManifests {
  readonly files: readonly DataFile[];
  readonly itemCount: number;
}

/**
 * Reads the manifests of a scan or of an export of DynamoDB's, full or incremental.
 *
 * @param summaryKey of manifest-summary.json
 * @throws {CopyError} EXPORT_MANIFEST_INVALID where one is missing, damaged, or does not add up; errors of the SDK where
 *   the bucket cannot be read
 */
export async function readManifests(bucket: Bucket, summaryKey: string, signal: AbortSignal): Promise<ReadManifests> {
  const summary = parse(await readChecked(bucket, summaryKey, signal), summaryKey);
  const filesKey = summary['manifestFilesS3Key'];
  if (typeof filesKey !== 'string') throw invalid(summaryKey, 'names no manifest of files');
  const filesJson = await readChecked(bucket, filesKey, signal);

  const files = filesJson
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => dataFile(parse(Buffer.from(line), filesKey), filesKey));
  const itemCount = files.reduce((sum, file) => sum + file.itemCount, 0);
  if (itemCount !== summary['itemCount']) {
    throw invalid(filesKey, `counts ${itemCount} items, and manifest-summary.json another number`);
  }
  return { files, itemCount };
}

/** Reads an object and holds it against the .md5 file beside it. */
async function readChecked(bucket: Bucket, key: string, signal: AbortSignal): Promise<Buffer> {
  const content = await read(bucket, key, signal);
  const md5 = (await read(bucket, key.replace(/\.json$/, '.md5'), signal)).toString().trim();
  if (createHash('md5').update(content).digest('base64') !== md5) throw invalid(key, 'does not have the MD5 beside it');
  return content;
}

async function read(bucket: Bucket, key: string, signal: AbortSignal): Promise<Buffer> {
  const object = await bucket.get(key, signal);
  if (!object) throw invalid(key, 'is not in the bucket');
  return object.content;
}

function parse(json: Buffer, key: string): Record<string, unknown> {
  try {
    return JSON.parse(json.toString()) as Record<string, unknown>;
  } catch {
    throw invalid(key, 'is no JSON');
  }
}

function dataFile(line: Record<string, unknown>, key: string): DataFile {
  const { itemCount, md5Checksum, etag, dataFileS3Key } = line;
  if (
    typeof itemCount !== 'number' ||
    typeof md5Checksum !== 'string' ||
    typeof etag !== 'string' ||
    typeof dataFileS3Key !== 'string'
  ) {
    throw invalid(key, 'has a line without one of its members');
  }
  return { itemCount, md5: md5Checksum, etag, key: dataFileS3Key };
}

function invalid(key: string, what: string): CopyError {
  return new CopyError(
    'EXPORT_MANIFEST_INVALID',
    `${key.split('/').at(-1)} of the copy ${what}.`,
    'Do not rely on this copy: make a new one, in a new workflow run or with resume: false. If the bucket is versioned or replicated, look for who changes its objects.',
  );
}
