import type { Layout } from '../../backup/layout.ts';
import { inParallel } from '../../in-parallel.ts';
import { type FoundObject, findObject } from '../../s3/find-object.ts';
import type { OpenUpload } from '../../s3/objects.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { SegmentState } from './state.ts';

/** The segments of a copy by their indexes, where they have a checkpoint. */
export type Segments = ReadonlyMap<number, SegmentState>;

/**
 * Settles what an attempt left unsettled: ends its uploads, and finds out which of its pending objects S3 has. Uploads
 * come first, as what is still on its way to S3 could otherwise become an object after it was looked for.
 *
 * @returns the segments without pending objects and uploads; undefined where an object is there that may not be looked at
 */
export async function settle(store: CheckpointStore, keys: Layout, segments: Segments): Promise<Segments | undefined> {
  await abortUploads(store, keys, segments);
  const settled = new Map<number, SegmentState>();
  await inParallel([...segments], async ([index, segment]) => {
    const { pending } = segment;
    let found: FoundObject = 'absent';
    if (pending) found = await findObject(store.bucket, pending.object, store.signal);
    if (pending && found === 'not allowed to look') {
      if (!(await store.isAbsent(pending.object.key))) return;
      found = 'absent';
    }
    settled.set(index, settledSegment(segment, found));
  });
  return settled.size === segments.size ? settled : undefined;
}

/** A segment once it is known whether its pending object is there; one that S3 does not vouch for is not. */
export function settledSegment(segment: SegmentState, found: FoundObject): SegmentState {
  const { pending, files, givenUp } = segment;
  const rest = { ...segment, pending: undefined, upload: undefined };
  if (!pending) return rest;
  const { key, md5, size } = pending.object;
  if (typeof found === 'string') return { ...rest, givenUp: [...givenUp, key] };
  const file = { itemCount: pending.itemCount, md5, etag: found.etag, key, size };
  return { ...rest, position: pending.after, files: [...files, file] };
}

/**
 * Deletes what checkpoints name, of a copy that nobody goes on with. What they do not name is somebody else's.
 *
 * @returns false where something stays
 */
export async function discard(store: CheckpointStore, keys: Layout, segments: Segments): Promise<boolean> {
  await abortUploads(store, keys, segments);
  return store.delete([...dataKeys(segments), keys.started]);
}

/** Every data object that checkpoints name, whether or not S3 has it. */
export function dataKeys(segments: Segments): string[] {
  return [...segments.values()].flatMap(({ files, pending, givenUp }) => [
    ...files.map((file) => file.key),
    ...(pending ? [pending.object.key] : []),
    ...givenUp,
  ]);
}

/**
 * The store's own list is the better one: a runner that dies as S3 answers CreateMultipartUpload has written no id down.
 * The folder is of this copy alone, so that whatever is open below it is one of ours.
 */
async function abortUploads(store: CheckpointStore, keys: Layout, segments: Segments): Promise<void> {
  const uploads = new Map<string, OpenUpload>();
  for (const upload of await store.listUploads(keys.data)) uploads.set(upload.uploadId, upload);
  for (const { upload, pending } of segments.values()) {
    if (upload) uploads.set(upload.uploadId, upload);
    const { key = '', uploadId } = pending?.object ?? {};
    if (uploadId !== undefined) uploads.set(uploadId, { key, uploadId });
  }
  await inParallel([...uploads.values()], ({ key, uploadId }) => store.bucket.abortUpload(key, uploadId, store.signal));
}
