import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { parseDataFiles, readJson, readWithMd5 } from './manifest-content.ts';
import type { DataFile } from './manifests.ts';

/** Contents of the manifests of a copy, verified against their MD5s and against each other. */
export interface ReadManifests {
  readonly files: readonly DataFile[];
  readonly itemCount: number;
}

/**
 * Reads the manifests of a DynamoDB export, full or incremental, where DynamoDB reports it. `openCopy` also reads copies
 * that were moved.
 *
 * @param summaryKey key of manifest-summary.json
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if a manifest is missing, corrupted or inconsistent
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readManifests(bucket: Bucket, summaryKey: string, signal: AbortSignal): Promise<ReadManifests> {
  const read = async (key: string) => {
    const content = await readWithMd5({ bucket, signal, invalid }, key);
    if (!content) throw invalid(key, 'does not exist in the bucket');
    return content;
  };
  const { filesKey, itemCount } = readJson(await read(summaryKey), summaryKey, invalid, (summary) => ({
    filesKey: summary.member('manifestFilesS3Key').text(),
    itemCount: summary.member('itemCount').integer(),
  }));
  // `[prefix/]AWSDynamoDB/`: incremental exports store their data objects next to the folder of their manifests.
  const folder = summaryKey
    .split('/')
    .slice(0, -2)
    .map((name) => `${name}/`)
    .join('');
  if (!filesKey.startsWith(folder)) throw invalid(summaryKey, OUTSIDE);
  const filesJson = await read(filesKey);
  const files = parseDataFiles(filesJson, filesKey, { itemCount, invalid }, (file) => {
    if (!file.key.startsWith(folder)) throw invalid(filesKey, OUTSIDE);
    return file;
  });
  return { files, itemCount };
}

const OUTSIDE = 'lists an object outside its AWSDynamoDB/ folder';

function invalid(key: string, problem: string): CopyError {
  return new CopyError(
    'EXPORT_MANIFEST_INVALID',
    `${key.split('/').at(-1)} of the copy ${problem}.`,
    `${remedies.newCopy} If the bucket is versioned or replicated, find out what changes its objects.`,
  );
}
