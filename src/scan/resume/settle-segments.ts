import type { Layout } from '../../manifest/layout.ts';
import { findObject } from '../../s3/find-object.ts';
import { abortUpload, type OpenUpload } from '../../s3/open-uploads.ts';
import type { StoredObject } from '../../s3/s3-objects.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type SegmentStates, storedFiles } from './read-segments.ts';
import type { EarlierSegment, PendingObject } from './resume-state.ts';

/** Result of the search for the next object of a segment: the object that S3 has, or 'absent'. */
export type FoundPending = { readonly object: PendingObject; readonly etag: string } | 'absent';

/** Reason why it is unknown whether the objects of a copy exist. */
export type UnknownObjects = 'access denied' | 'different object';

/**
 * Settles the uploads and pending objects of an earlier attempt: aborts its uploads, and then checks which of its
 * pending objects S3 has. The uploads are aborted first: otherwise a late request could complete an upload after the
 * check for its object.
 *
 * @param dataPrefix start of the keys of the data objects, as in `abortUploads`
 * @returns the segments without pending objects and uploads
 */
export async function settleSegments(
  store: CheckpointStore,
  dataPrefix: string,
  segments: SegmentStates,
): Promise<SegmentStates | UnknownObjects> {
  await abortUploads(store, dataPrefix, segments);
  const settled = new Map<number, EarlierSegment>();
  let unknownObjects: UnknownObjects | undefined;
  await store.forEach([...segments], async ([index, segment]) => {
    const found = await findPending(store, segment);
    if (found === 'access denied' || found === 'different object') unknownObjects = found;
    else settled.set(index, settledSegment(segment, found));
  });
  return unknownObjects ?? settled;
}

async function findPending(store: CheckpointStore, segment: EarlierSegment): Promise<FoundPending | UnknownObjects> {
  const { bucket, signal } = store;
  let isThere = false;
  for (const object of candidates(segment)) {
    const found = await findObject(bucket, object.object, signal);
    if (typeof found === 'object') return { object, etag: found.etag };
    if (found === 'absent') return 'absent';
    if (found === 'access denied') return (await store.isAbsent(object.object.key)) ? 'absent' : found;
    isThere = true;
  }
  return isThere ? 'different object' : 'absent';
}

/** Returns all objects that exist, or may still be created, under the key of the next object of a segment. */
export function candidates({ late, pending }: EarlierSegment): PendingObject[] {
  return [...late, ...(pending ? [pending] : [])];
}

/**
 * Returns the state of a segment after the check for its pending object. If S3 does not have the object, the request
 * for it may still arrive, so the object is kept as a late one.
 */
export function settledSegment(segment: EarlierSegment, found: FoundPending): EarlierSegment {
  const rest = { ...segment, pending: undefined, upload: undefined };
  if (found === 'absent') return { ...rest, late: candidates(segment) };
  const { object, etag } = found;
  return { ...rest, position: object.after, files: [...segment.files, storedFileOf(object, { etag })], late: [] };
}

/** Returns the file entry of a pending object that S3 has. */
export function storedFileOf({ object, itemCount }: PendingObject, { etag }: Pick<StoredObject, 'etag'>) {
  const { key, md5, sha256, size } = object;
  return { itemCount, md5, sha256, etag, key, size };
}

/**
 * Returns the keys of all objects that an incomplete copy can have: the data objects that its checkpoints name, the
 * marker, and all manifests except manifest-summary.json.
 */
export function keysOfIncompleteCopy(keys: Layout, segments: SegmentStates): string[] {
  const data = new Set<string>();
  for (const segment of segments.values()) {
    for (const { key } of storedFiles(segment)) data.add(key);
    for (const { object } of candidates(segment)) data.add(object.key);
  }
  const { manifestFilesMd5, manifestFiles, manifestCopy, manifestTable, manifestSummaryMd5 } = keys;
  const manifests = [manifestFilesMd5, manifestFiles, manifestCopy, manifestTable, manifestSummaryMd5];
  return [...data, ...manifests, keys.manifestChecksums, keys.started];
}

/**
 * Aborts all open uploads of a copy: those that the store lists, and those in the checkpoints. The list of the store is
 * more complete: a runner that dies while it waits for the response to CreateMultipartUpload has not recorded the ID.
 *
 * @param dataPrefix start of the keys of the data objects: no other copy or shard writes an object with such a key, so
 *   every open upload of one belongs to this copy or shard
 */
export async function abortUploads(store: CheckpointStore, dataPrefix: string, segments: SegmentStates): Promise<void> {
  const uploads = new Map<string, OpenUpload>();
  for (const upload of await store.listUploads(dataPrefix)) uploads.set(upload.uploadId, upload);
  for (const segment of segments.values()) {
    if (segment.upload) uploads.set(segment.upload.uploadId, segment.upload);
    for (const { object } of candidates(segment)) {
      const { key, uploadId } = object;
      if (uploadId !== undefined) uploads.set(uploadId, { key, uploadId });
    }
  }
  await store.forEach([...uploads.values()], (upload) => abortUpload(store.bucket, upload, store.signal));
}
