import type { DataFile } from '../../manifest/manifests.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { parseSealedFiles, parseSegment } from './parse-resume-state.ts';
import type { EarlierSegment, RunState } from './resume-state.ts';

/** Segments of a copy that have a checkpoint, by index. */
export type SegmentStates = ReadonlyMap<number, EarlierSegment>;

/**
 * Reason why the checkpoints of a copy are not valid: they belong to another copy, or this Action did not write them.
 */
export type UnreadableCheckpoints = 'of another copy' | 'malformed';

/**
 * Reads the newest checkpoint of each segment of a copy, with the entries of its older objects.
 *
 * @param dataPrefix start of the keys of the data objects, if the copy is a shard
 */
export async function readSegmentStates(
  store: CheckpointStore,
  run: RunState,
  dataPrefix?: string,
): Promise<SegmentStates | UnreadableCheckpoints> {
  const { first, count } = run.segments;
  const newest = [...(await store.newestSegments(run.attempts))];
  const segments = new Map<number, EarlierSegment>();
  let unreadable: UnreadableCheckpoints | undefined;
  await store.forEach(newest, async ([index, attempt]) => {
    const segment =
      index >= first && index < first + count && (await readSegment(store, { run, dataPrefix }, attempt, index));
    if (typeof segment === 'object') segments.set(index, segment);
    else if (unreadable !== 'malformed') unreadable = segment || 'malformed';
  });
  return unreadable ?? (namesObjectsOnce(segments) ? segments : 'malformed');
}

/**
 * Returns true if no object is listed twice. The items of such an object would count twice, and others could be
 * missing.
 */
function namesObjectsOnce(segments: SegmentStates): boolean {
  const keys = [...segments.values()].flatMap((segment) => {
    const { pending, late } = segment;
    const next = late[0] ?? pending;
    return [...storedFiles(segment), ...(next ? [next.object] : [])].map(({ key }) => key);
  });
  return new Set(keys).size === keys.length;
}

async function readSegment(
  store: CheckpointStore,
  { run, dataPrefix }: { readonly run: RunState; readonly dataPrefix: string | undefined },
  attempt: number,
  index: number,
): Promise<EarlierSegment | UnreadableCheckpoints> {
  const content = await store.readSegment(attempt, index);
  const segment = (content && parseSegment(content, run, dataPrefix)) ?? 'malformed';
  if (typeof segment === 'string') return segment;
  const sealedFiles: Required<DataFile>[] = [];
  for (const sealed of segment.sealed) {
    for (let n = 0; n < sealed.count; n += 1) {
      const bytes = await store.readSealedFiles(sealed.attempt, index, n);
      const files = bytes && parseSealedFiles(bytes, run, dataPrefix);
      if (!files) return 'malformed';
      for (const file of files) sealedFiles.push(file);
    }
  }
  return { ...segment, sealedFiles };
}

/** Returns the entries of all objects of a segment that S3 has acknowledged. */
export function storedFiles({ sealedFiles, files }: EarlierSegment): Required<DataFile>[] {
  return [...sealedFiles, ...files];
}
