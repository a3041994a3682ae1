import type { Layout } from '../backup/layout.ts';
import type { StoredFile } from '../backup/manifests.ts';
import { CopyError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied, isNotImplemented } from '../s3/refusals.ts';
import type { ScanFigures } from './scan-progress.ts';

/**
 * Proves that every segment was read to its end, and that every item that was read lies in an object that S3 has
 * acknowledged, by its checksum and its size. No object counts twice.
 *
 * @throws {CopyError} COPY_INCOMPLETE
 */
export function proveCounts({ segments, itemCount, files, sizeBytes }: ScanFigures): void {
  const stored = files.reduce((sum, file) => sum + file.itemCount, 0);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const objects = new Set(files.map((file) => file.key)).size;
  const areStored = stored === itemCount && size === sizeBytes && objects === files.length;
  if (segments.done === segments.total && areStored) return;
  throw new CopyError(
    'COPY_INCOMPLETE',
    `${segments.done} of ${segments.total} segments ended, and ${stored} of ${itemCount} items are stored, in ${objects} objects for ${files.length} entries of the manifest.`,
    'This is a fault of the Action: run the step again, and please report it.',
  );
}

/** What lies under `data/`, and should not or does; by name and size. */
export interface Difference {
  /** Objects of the manifest that are not there, or not as large. */
  readonly missing: readonly string[];
  /** Objects that are there and in no manifest. */
  readonly foreign: readonly string[];
}

/** Whether the objects under `data/` were listed and match the manifests; manifest-copy.json records it. */
export type Listing = 'verified' | NotListed;

type NotListed = 'not authorized' | 'not supported';

/**
 * Lists the objects under `data/`, all of which an import reads, whatever the manifests say.
 *
 * @returns why there is no list; S3's acknowledgements alone are the proof then
 * @throws the SDK's error for any other failure: a list that failed proves nothing
 */
export async function compareWithBucket(
  bucket: Bucket,
  { data }: Layout,
  files: readonly StoredFile[],
  signal: AbortSignal,
): Promise<Difference | NotListed> {
  const expected = new Map(files.map((file) => [file.key, file.size]));
  const foreign: string[] = [];
  try {
    for await (const { key, size } of bucket.list(data, signal)) {
      if (!expected.has(key)) foreign.push(key);
      else if (expected.get(key) === size) expected.delete(key);
    }
  } catch (error) {
    if (isDenied(error)) return 'not authorized';
    if (isNotImplemented(error)) return 'not supported';
    throw error;
  }
  return { missing: [...expected.keys()], foreign };
}

/** Says that the data objects were not listed, and how they can be. */
export function explainNotListed(why: NotListed): string {
  const reason = {
    'not authorized': 'the role is not authorized to perform s3:ListBucket on the bucket. Grant it',
    'not supported': 'the store does not support ListObjectsV2. Use a store that does',
  }[why];
  return `The Action could not list the data objects of the copy: ${reason} to verify that the folder data/ contains these objects and no others. S3 acknowledged each object with its checksum.`;
}

/** @throws {CopyError} COPY_INCOMPLETE where the bucket holds more, less or something else under `data/` than was written */
export function proveNoDifference({ missing, foreign }: Difference): void {
  if (missing.length > 0) {
    throw new CopyError(
      'COPY_INCOMPLETE',
      `${missing.length} objects that S3 has acknowledged are no longer in the bucket as they were written.`,
      'Look for who deletes or changes objects of the bucket: a lifecycle rule, another job, a replication. Then run the step again.',
    );
  }
  if (foreign.length > 0) {
    throw new CopyError(
      'COPY_INCOMPLETE',
      `${foreign.length} objects lie under data/ that are no part of the copy. An import would read them too.`,
      'Look for who else writes to that folder, whose name no other copy has. Then run the step again.',
    );
  }
}
