import { CopyError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { formatCount, formatCountOf } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied, statusOf } from '../s3/error-status.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import { type DifferentObjects, describeDifference } from './describe-difference.ts';
import type { DataFile } from './manifests.ts';
import type { CopyAccess, StoredCopy } from './open-copy.ts';

/** Data objects as a manifest lists them, or as S3 acknowledged them. */
export interface ListedDataObjects {
  readonly files: readonly DataFile[];
  /**
   * Folder of the data objects, with a trailing slash, or the start of their keys for a shard. Undefined if other copies
   * write to it too, as incremental exports do.
   */
  readonly folder: string | undefined;
}

/** Differences between the data objects in the manifest and the objects in the bucket. */
export interface DataObjectDifference extends DifferentObjects {
  /** Keys in the manifest whose objects the role is not authorized to check. Only without a folder of their own. */
  readonly denied: readonly string[];
  /** Total size in bytes of the objects in the manifest that exist. */
  readonly sizeBytes: number;
  /** Size in bytes of the largest of them; 0 if there are none. */
  readonly largestObjectBytes: number;
}

/** Returns whether an object in the bucket is the one of the manifest. */
type IsSame = (file: DataFile, stored: Pick<StoredObject, 'size' | 'etag'>) => boolean;

/**
 * Compares data objects with the bucket without reading them. Every check of a copy uses this function: at the end of a
 * scan or an export, before a restore, and in a verification.
 *
 * Lists the folder, which requires s3:ListBucket. Objects without a folder of their own are requested one by one with
 * HeadObject, since listing a folder that other copies write to takes longer with each of them. This requires
 * s3:GetObject. Without s3:ListBucket, a missing object then counts as denied.
 *
 * @throws the error of the SDK if the folder cannot be listed, or if HeadObject fails with a status other than 403
 */
export async function compareDataObjects(
  bucket: Bucket,
  { files, folder }: ListedDataObjects,
  signal: AbortSignal,
  isSame: IsSame = isSameObject,
): Promise<DataObjectDifference> {
  const missing = new Map(files.map((file) => [file.key, file]));
  const changed: string[] = [];
  const unexpected: string[] = [];
  const denied: string[] = [];
  let sizeBytes = 0;
  let largestObjectBytes = 0;
  const note = ({ key, ...stored }: Pick<StoredObject, 'key' | 'size' | 'etag'>) => {
    const file = missing.get(key);
    if (!file) {
      unexpected.push(key);
      return;
    }
    missing.delete(key);
    sizeBytes += stored.size;
    largestObjectBytes = Math.max(largestObjectBytes, stored.size);
    if (!isSame(file, stored)) changed.push(key);
  };
  if (folder === undefined) {
    await inParallel(files, async ({ key }) => {
      const head = await headUnlessDenied(bucket, key, signal);
      if (head === 'denied') {
        missing.delete(key);
        denied.push(key);
      } else if (head) note(head);
    });
  } else {
    for await (const listed of bucket.list(folder, signal)) note(listed);
  }
  return { missing: [...missing.keys()], changed, unexpected, denied, sizeBytes, largestObjectBytes };
}

/** Responses to HEAD have no error code, so every 403 counts as a missing permission. */
async function headUnlessDenied(
  bucket: Bucket,
  key: string,
  signal: AbortSignal,
): Promise<Pick<StoredObject, 'key' | 'size' | 'etag'> | 'denied' | undefined> {
  try {
    return await bucket.head(key, signal);
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    return 'denied';
  }
}

/**
 * Checks without reading them that the data objects of a copy are stored as its manifests list them, and that their
 * folder contains nothing else: ImportTable reads every object in it. The folder of an incremental export is not checked
 * for other objects, because those of other exports are in it too.
 *
 * @returns total size of the data objects in bytes, and the size of the largest
 * @throws {CopyError} COPY_DAMAGED if an object is missing, changed or not in the manifest; ACCESS_DENIED if the role is
 *   not authorized to check all of them
 * @throws errors of the SDK if the folder cannot be listed for another reason
 */
export async function checkDataObjects(
  copy: StoredCopy,
  { bucket, signal }: Pick<CopyAccess, 'bucket' | 'signal'>,
): Promise<Pick<DataObjectDifference, 'sizeBytes' | 'largestObjectBytes'>> {
  const difference = await compareStoredObjects(copy, bucket, signal);
  const { missing, changed, unexpected, denied, sizeBytes, largestObjectBytes } = difference;
  const place = `s3://${bucket.name}/${copy.dataFolder}`;
  const description = describeDifference(difference, copy.files.length);
  if (description !== undefined) {
    const isOnlyChanged = missing.length + unexpected.length === 0;
    const remedy = changed.length > 0 && isOnlyChanged ? remedies.verifyChangedObjects : remedies.restoreDataObjects;
    throw new CopyError('COPY_DAMAGED', `${place}: ${description}`, remedy);
  }
  if (denied.length > 0) {
    throw new CopyError(
      'ACCESS_DENIED',
      `${formatCountOf(denied.length, 'data object')} of the copy could not be checked: the role is not authorized to perform s3:GetObject on the bucket ${bucket.name}.`,
      `Grant s3:GetObject on ${place}* to the role, and s3:ListBucket on the bucket to recognize missing objects. If the bucket belongs to another account, grant them in the bucket policy too.`,
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
  isSame: IsSame = isSameObject,
): Promise<DataObjectDifference> {
  const { files, dataFolder, exportType } = copy;
  const folder = exportType === 'FULL_EXPORT' ? dataFolder : undefined;
  try {
    return await compareDataObjects(bucket, { files, folder }, signal, isSame);
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
  // Without an ETag in the listing, only a size that S3 acknowledged together with a checksum identifies the object.
  if (listed.etag === '') return size !== undefined;
  return listed.etag === etag || listed.etag === Buffer.from(md5, 'base64').toString('hex');
}
