import { appendFileSync, lstatSync, readFileSync, rmSync } from 'node:fs';

interface Place {
  readonly bucket: string;
  readonly region: string;
  /** When the step read its inputs, in ISO 8601: some of them are only valid before a certain time. */
  readonly startedAt: string;
}

/**
 * What the journal says of the multipart upload of one key. Keys of data objects are unique, so a key has one upload,
 * unless the answer to its creation was lost and it was asked for again.
 */
type Entry =
  | ({ readonly event: 'bucket' } & Place)
  | { readonly event: 'creating' | 'completed' | 'aborted'; readonly key: string }
  | { readonly event: 'created'; readonly key: string; readonly uploadId: string };

/**
 * Notes on the runner's disk which multipart uploads are open, for the `post` of a step that was killed: a process that
 * ends by itself ends its uploads too, and then the file is gone.
 *
 * One line of JSON an event, each written before the run goes on: in one piece, so that a kill leaves at most the last
 * line torn. It costs a write a data object.
 */
export class UploadJournal {
  private readonly path: string;
  private readonly place: Place;
  private readonly open = new Set<string>();

  constructor(path: string, place: Place) {
    this.path = path;
    this.place = place;
  }

  /** Before CreateMultipartUpload: its answer may be lost. */
  creating(key: string): void {
    if (this.open.size === 0) this.note({ event: 'bucket', ...this.place });
    this.open.add(key);
    this.note({ event: 'creating', key });
  }

  created(key: string, uploadId: string): void {
    this.note({ event: 'created', key, uploadId });
  }

  /** Nothing is open under this key any more. */
  ended(key: string, event: 'completed' | 'aborted'): void {
    this.note({ event, key });
    this.open.delete(key);
    if (this.open.size > 0) return;
    try {
      rmSync(this.path, { force: true });
    } catch {
      // Another program has it open, such as a scanner for viruses. It says that nothing is open as it is.
    }
  }

  private note(entry: Entry): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
    } catch {
      // A full disk must not cost the copy. What is lost is the cleaning up after a process that is killed.
    }
  }
}

/** Uploads that a process left behind. */
export interface OpenUploads {
  readonly bucket: string;
  readonly region: string;
  readonly startedAt: Date;
  /** By key; the ids are those that are known of, which is none where the process was killed as it asked for one. */
  readonly uploads: ReadonlyMap<string, readonly string[]>;
}

/** @returns undefined if nothing was left open, or if the file is not a journal */
export function readUploadJournal(path: string): OpenUploads | undefined {
  let place: Place | undefined;
  const uploads = new Map<string, string[]>();
  for (const entry of entriesOf(path)) {
    if (entry.event === 'bucket') place = entry;
    else if (entry.event === 'creating') uploads.set(entry.key, []);
    else if (entry.event === 'created') uploads.get(entry.key)?.push(entry.uploadId);
    else uploads.delete(entry.key);
  }
  if (!place || uploads.size === 0) return undefined;
  return { bucket: place.bucket, region: place.region, startedAt: new Date(place.startedAt), uploads };
}

function entriesOf(path: string): Entry[] {
  let text: string;
  try {
    // A named pipe, for one, would be waited for.
    if (!lstatSync(path).isFile()) return [];
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return isEntry(entry) ? [entry] : [];
    } catch {
      // Torn by a kill or a full disk; and the nothing after the last newline.
      return [];
    }
  });
}

function isEntry(value: unknown): value is Entry {
  const { event, ...rest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (Object.values(rest).some((each) => typeof each !== 'string')) return false;
  const { bucket, region, startedAt, key, uploadId } = rest as Readonly<Record<string, string>>;
  switch (event) {
    case 'bucket':
      return bucket !== undefined && /^[\w-]+$/.test(region ?? '') && !Number.isNaN(Date.parse(startedAt ?? ''));
    case 'created':
      return key !== undefined && uploadId !== undefined;
    default:
      return key !== undefined && ['creating', 'completed', 'aborted'].includes(String(event));
  }
}
