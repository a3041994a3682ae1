import type { Layout } from '../../backup/layout.ts';
import { findObject } from '../../s3/find-object.ts';
import type { Acknowledgement, OpenUpload } from '../../s3/objects.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type Segments, storedFiles } from './read-segments.ts';
import type { EarlierSegment, PendingObject } from './state.ts';

/** What came of the objects that a segment's checkpoint names and that may not be stored yet. */
export type Found = { readonly object: PendingObject; readonly etag: string } | 'absent';

/** Why it cannot be told whether a copy's objects are there. */
export type Doubt = 'not allowed to look' | 'another object';

/**
 * Settles what an attempt left unsettled: ends its uploads, and finds out which of its pending objects S3 has. Uploads
 * come first, as what is still on its way to S3 could otherwise become an object after it was looked for.
 *
 * @returns the segments without pending objects and uploads
 */
export async function settle(store: CheckpointStore, keys: Layout, segments: Segments): Promise<Segments | Doubt> {
  await abortUploads(store, keys, segments);
  const settled = new Map<number, EarlierSegment>();
  let doubt: Doubt | undefined;
  await store.forEach([...segments], async ([index, segment]) => {
    const found = await findPending(store, segment);
    if (found === 'not allowed to look' || found === 'another object') doubt = found;
    else settled.set(index, settledSegment(segment, found));
  });
  return doubt ?? settled;
}

async function findPending(store: CheckpointStore, segment: EarlierSegment): Promise<Found | Doubt> {
  const { bucket, signal } = store;
  let isThere = false;
  for (const object of candidates(segment)) {
    const found = await findObject(bucket, object.object, signal);
    if (typeof found === 'object') return { object, etag: found.etag };
    if (found === 'absent') return 'absent';
    if (found === 'not allowed to look') return (await store.isAbsent(object.object.key)) ? 'absent' : found;
    isThere = true;
  }
  return isThere ? 'another object' : 'absent';
}

/** All objects that may be stored, or become so, under the key of a segment's next object. */
function candidates({ late, pending }: EarlierSegment): PendingObject[] {
  return [...late, ...(pending ? [pending] : [])];
}

/** A segment once it is known whether its pending object is there; the request for one that is not may still arrive. */
export function settledSegment(segment: EarlierSegment, found: Found): EarlierSegment {
  const rest = { ...segment, pending: undefined, upload: undefined };
  if (found === 'absent') return { ...rest, late: candidates(segment) };
  const { object, etag } = found;
  return { ...rest, position: object.after, files: [...segment.files, storedFile(object, { etag })], late: [] };
}

/** Returns the entry of a pending object that S3 has. */
export function storedFile({ object, itemCount }: PendingObject, { etag }: Pick<Acknowledgement, 'etag'>) {
  const { key, md5, size } = object;
  return { itemCount, md5, etag, key, size };
}

/** Every object that an incomplete copy can have: the data objects that its checkpoints name, the marker, manifests. */
export function keysOf(keys: Layout, segments: Segments): string[] {
  const data = new Set<string>();
  for (const segment of segments.values()) {
    for (const { key } of storedFiles(segment)) data.add(key);
    for (const { object } of candidates(segment)) data.add(object.key);
  }
  const { manifestFilesMd5, manifestFiles, manifestCopy, manifestSummaryMd5, started } = keys;
  return [...data, manifestFilesMd5, manifestFiles, manifestCopy, manifestSummaryMd5, started];
}

/**
 * The store's own list is the better one: a runner that dies as S3 answers CreateMultipartUpload has written no id down.
 * The folder is of this copy alone, so that whatever is open below it is one of ours.
 */
export async function abortUploads(store: CheckpointStore, keys: Layout, segments: Segments): Promise<void> {
  const uploads = new Map<string, OpenUpload>();
  for (const upload of await store.listUploads(keys.data)) uploads.set(upload.uploadId, upload);
  for (const segment of segments.values()) {
    if (segment.upload) uploads.set(segment.upload.uploadId, segment.upload);
    for (const { object } of candidates(segment)) {
      const { key, uploadId } = object;
      if (uploadId !== undefined) uploads.set(uploadId, { key, uploadId });
    }
  }
  await store.forEach([...uploads.values()], ({ key, uploadId }) =>
    store.bucket.abortUpload(key, uploadId, store.signal),
  );
}
