import { CopyError } from '../errors.ts';
import { compareDataObjects, type DataObjectDifference } from '../manifest/data-objects.ts';
import { type DifferentObjects, describeDifference } from '../manifest/describe-difference.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied, isNotImplemented } from '../s3/error-status.ts';
import type { ScanFigures } from './scan-state.ts';

/**
 * Verifies that every segment was read to its end, and that every item read is stored in an object that S3 acknowledged
 * with its checksum and size. Each object is counted only once.
 *
 * @throws {CopyError} COPY_INCOMPLETE
 */
export function verifyCounts({ segments, itemCount, files, sizeBytes }: ScanFigures): void {
  const stored = files.reduce((sum, file) => sum + file.itemCount, 0);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const objects = new Set(files.map((file) => file.key)).size;
  const areStored = stored === itemCount && size === sizeBytes && objects === files.length;
  if (segments.done === segments.total && areStored) return;
  throw new CopyError(
    'COPY_INCOMPLETE',
    `The counts of the copy do not match: ${segments.done} of ${segments.total} segments were read, ${stored} of ${itemCount} items are stored, and the manifest has ${files.length} entries for ${objects} distinct keys.`,
    'This is a bug in the Action. Please report it. A re-run starts over.',
  );
}

/** Result of comparing the objects in `data/` with the manifest, recorded in manifest-copy.json. */
export type Listing = 'verified' | NotListed;

type NotListed = 'not authorized' | 'not supported';

/**
 * Lists the objects in `data/` and compares them with those that S3 acknowledged. An import reads all of them, even those
 * that are not in the manifest.
 *
 * @param dataPrefix start of the keys of the data objects: `data/`, or a part of it for a shard
 * @returns the difference, or the reason why the objects could not be listed; then only the acknowledgments from S3
 *   prove that the copy is complete
 * @throws the error of the SDK if listing fails for any other reason: a failed listing proves nothing
 */
export async function compareWithListing(
  bucket: Bucket,
  dataPrefix: string,
  files: readonly Required<DataFile>[],
  signal: AbortSignal,
): Promise<DataObjectDifference | NotListed> {
  try {
    return await compareDataObjects(bucket, { files, folder: dataPrefix }, signal);
  } catch (error) {
    if (isDenied(error)) return 'not authorized';
    if (isNotImplemented(error)) return 'not supported';
    throw error;
  }
}

/** Returns the notice that the data objects were not listed, with the reason and the remedy. */
export function explainNotListed(why: NotListed): string {
  const { reason, remedy } = {
    'not authorized': {
      reason: 'the role is not authorized to perform s3:ListBucket on the bucket',
      remedy: 'Grant s3:ListBucket',
    },
    'not supported': {
      reason: 'the S3-compatible store does not support ListObjectsV2',
      remedy: 'Use a store that supports it',
    },
  }[why];
  return `The Action could not list the data objects of the copy: ${reason}. S3 acknowledged each object with its checksum. ${remedy} to verify that the folder data/ contains these objects and no others.`;
}

/**
 * @param count number of data objects that S3 acknowledged
 * @throws {CopyError} COPY_INCOMPLETE if the objects in `data/` are not exactly these objects
 */
export function verifyNoDifference(difference: DifferentObjects, count: number): void {
  const description = describeDifference(difference, count);
  if (description === undefined) return;
  const isExtended = difference.missing.length + difference.changed.length === 0;
  throw new CopyError(
    'COPY_INCOMPLETE',
    `The folder data/ does not contain exactly the objects of the copy: ${description}`,
    isExtended
      ? 'Find out what else writes to this folder. Its name is unique to this copy, and an import reads every object in it. Then re-run the job.'
      : 'Find out what deletes or changes objects in the bucket, such as a lifecycle rule, another job or replication. Then re-run the job.',
  );
}
