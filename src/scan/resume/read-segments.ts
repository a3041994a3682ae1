import type { StoredFile } from '../../backup/manifests.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { parseSealedFiles, parseSegment } from './parse-state.ts';
import type { EarlierSegment, RunState } from './state.ts';

/** The segments of a copy by their indexes, where they have a checkpoint. */
export type Segments = ReadonlyMap<number, EarlierSegment>;

/** Why a copy's checkpoints do not count: they are another copy's, or somebody else's than this Action's. */
export type Unreadable = 'of another copy' | 'malformed';

/** Reads the newest checkpoint of each segment of a copy, with the entries of its older objects. */
export async function readSegments(store: CheckpointStore, run: RunState): Promise<Segments | Unreadable> {
  const { first, count } = run.segments;
  const newest = [...(await store.newestSegments(run.attempts))];
  const segments = new Map<number, EarlierSegment>();
  let unreadable: Unreadable | undefined;
  await store.forEach(newest, async ([index, attempt]) => {
    const segment = index >= first && index < first + count && (await readSegment(store, run, attempt, index));
    if (typeof segment === 'object') segments.set(index, segment);
    else if (unreadable !== 'malformed') unreadable = segment || 'malformed';
  });
  return unreadable ?? (namesObjectsOnce(segments) ? segments : 'malformed');
}

/** Returns whether no two entries have the same object: its items would count twice, and others could be missing. */
function namesObjectsOnce(segments: Segments): boolean {
  const keys = [...segments.values()].flatMap((segment) => {
    const { pending, late } = segment;
    const next = late[0] ?? pending;
    return [...storedFiles(segment), ...(next ? [next.object] : [])].map(({ key }) => key);
  });
  return new Set(keys).size === keys.length;
}

async function readSegment(
  store: CheckpointStore,
  run: RunState,
  attempt: number,
  index: number,
): Promise<EarlierSegment | Unreadable> {
  const content = await store.readSegment(attempt, index);
  const segment = (content && parseSegment(content, run)) ?? 'malformed';
  if (typeof segment === 'string') return segment;
  const sealedFiles: StoredFile[] = [];
  for (const sealed of segment.sealed) {
    for (let n = 0; n < sealed.count; n += 1) {
      const bytes = await store.readSealedFiles(sealed.attempt, index, n);
      const files = bytes && parseSealedFiles(bytes, run);
      if (!files) return 'malformed';
      for (const file of files) sealedFiles.push(file);
    }
  }
  return { ...segment, sealedFiles };
}

/** Returns the entries of all objects of a segment that S3 has acknowledged. */
export function storedFiles({ sealedFiles, files }: EarlierSegment): StoredFile[] {
  return [...sealedFiles, ...files];
}
