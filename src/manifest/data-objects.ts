import { CopyError } from '../errors.ts';
import { formatCount, formatCountOf, quote } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/error-status.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import type { DataFile } from './manifests.ts';
import type { CopyAccess, StoredCopy } from './open-copy.ts';

/** Differences between the data objects in the manifest and the objects in the folder. */
export interface DataObjectDifference {
  /** Keys in the manifest that do not exist. */
  readonly missing: readonly string[];
  /** Keys in the manifest whose objects are not those of the manifest. */
  readonly changed: readonly string[];
  /** Keys of objects that are not in the manifest. */
  readonly unexpected: readonly string[];
  /** Total size in bytes of the objects in the manifest that exist. */
  readonly sizeBytes: number;
  /** Size in bytes of the largest of them; 0 if there are none. */
  readonly largestObjectBytes: number;
}

/**
 * Lists the folder of the data objects and compares it with the manifest.
 *
 * @param isSame returns whether a listed object is the one of the manifest
 * @throws the error of the SDK if the folder cannot be listed
 */
export async function compareDataObjects<Entry extends DataFile>(
  bucket: Bucket,
  folder: string,
  files: readonly Entry[],
  isSame: (file: Entry, listed: Pick<StoredObject, 'size' | 'etag'>) => boolean,
  signal: AbortSignal,
): Promise<DataObjectDifference> {
  const missing = new Map(files.map((file) => [file.key, file]));
  const changed: string[] = [];
  const unexpected: string[] = [];
  let sizeBytes = 0;
  let largestObjectBytes = 0;
  for await (const { key, ...listed } of bucket.list(folder, signal)) {
    const file = missing.get(key);
    if (!file) {
      unexpected.push(key);
      continue;
    }
    missing.delete(key);
    sizeBytes += listed.size;
    largestObjectBytes = Math.max(largestObjectBytes, listed.size);
    if (!isSame(file, listed)) changed.push(key);
  }
  return { missing: [...missing.keys()], changed, unexpected, sizeBytes, largestObjectBytes };
}

/**
 * Checks without reading them that the data objects of a copy are stored as its manifests list them, and that their
 * folder contains nothing else: ImportTable reads every object in it. The folder of incremental exports contains the
 * objects of other exports too.
 *
 * @returns total size of the data objects in bytes, and the size of the largest
 * @throws {CopyError} COPY_DAMAGED if an object is missing, changed or not in the manifest; ACCESS_DENIED if the role is
 *   not authorized to list the folder, since nothing is checked then
 * @throws errors of the SDK if the folder cannot be listed for another reason
 */
export async function checkDataObjects(
  copy: StoredCopy,
  { bucket, signal }: Pick<CopyAccess, 'bucket' | 'signal'>,
): Promise<Pick<DataObjectDifference, 'sizeBytes' | 'largestObjectBytes'>> {
  const { missing, changed, unexpected, sizeBytes, largestObjectBytes } = await compareStoredObjects(
    copy,
    bucket,
    signal,
  );
  const isShared = copy.exportType === 'INCREMENTAL_EXPORT';
  const problems = [
    describeKeys(missing, 'is missing', 'are missing'),
    describeKeys(changed, 'was changed', 'were changed'),
    isShared ? undefined : describeKeys(unexpected, 'is not in the manifest', 'are not in the manifest'),
  ].filter((problem) => problem !== undefined);
  const place = `s3://${bucket.name}/${copy.dataFolder}`;
  if (problems.length > 0) {
    const count = `The manifest lists ${formatCountOf(copy.files.length, 'data object')}`;
    const isOnlyChanged = changed.length > 0 && problems.length === 1;
    throw new CopyError(
      'COPY_DAMAGED',
      `${place}: ${problems.join('. ')}. ${count}.`,
      isOnlyChanged ? remedies.verifyChangedObjects : remedies.restoreDataObjects,
    );
  }
  if (copy.sizeBytes !== undefined && copy.sizeBytes !== sizeBytes) {
    throw new CopyError(
      'COPY_DAMAGED',
      `${place}: the data objects have ${formatCount(sizeBytes)} bytes, but manifest-copy.json has a different sizeBytes.`,
      remedies.restoreDataObjects,
    );
  }
  return { sizeBytes, largestObjectBytes };
}

/**
 * Compares the data objects of a copy with its manifest, like `compareDataObjects`.
 *
 * @throws {CopyError} ACCESS_DENIED if the role is not authorized to list the folder
 * @throws errors of the SDK if the folder cannot be listed for another reason
 */
export async function compareStoredObjects(
  copy: StoredCopy,
  bucket: Bucket,
  signal: AbortSignal,
  isSame = isSameObject,
): Promise<DataObjectDifference> {
  try {
    return await compareDataObjects(bucket, copy.dataFolder, copy.files, isSame, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    throw new CopyError(
      'ACCESS_DENIED',
      `The data objects of the copy could not be checked: the role is not authorized to perform s3:ListBucket on the bucket ${bucket.name}.`,
      `Grant s3:ListBucket on the bucket ${bucket.name} to the role. If the bucket belongs to another account, grant it in the bucket policy too.`,
      { cause: error },
    );
  }
}

/**
 * Returns whether an object is the one of the manifest. If it was copied, its ETag can be that of one part instead of a
 * multipart upload. Unless a KMS key encrypts it, this ETag is the MD5 of its bytes, which the manifest contains.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function isSameObject({ etag, md5, size }: DataFile, listed: Pick<StoredObject, 'size' | 'etag'>): boolean {
  if (size !== undefined && size !== listed.size) return false;
  return listed.etag === etag || listed.etag === Buffer.from(md5, 'base64').toString('hex');
}

const MAX_NAMES = 3;

/** Returns text such as `2 objects are missing (a, b)`; undefined for no keys. */
function describeKeys(keys: readonly string[], one: string, several: string): string | undefined {
  if (keys.length === 0) return undefined;
  const names = keys.slice(0, MAX_NAMES).map((key) => quote(key.slice(key.lastIndexOf('/') + 1)));
  const more = keys.length > MAX_NAMES ? ', ...' : '';
  return `${formatCountOf(keys.length, 'object')} ${keys.length === 1 ? one : several} (${names.join(', ')}${more})`;
}
