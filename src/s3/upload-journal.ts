import { appendFileSync, lstatSync, readFileSync, rmSync } from 'node:fs';

interface Place {
  readonly bucket: string;
  readonly region: string;
  /** Time when the step read its inputs, in ISO 8601: some of them are only valid before a certain time. */
  readonly startedAt: string;
}

/**
 * One line of the journal. Keys of data objects are unique, so a key has only one upload, unless the response to
 * CreateMultipartUpload was lost and the SDK sent the request again.
 */
type Entry =
  | ({ readonly event: 'bucket' } & Place)
  | { readonly event: 'creating' | 'completed' | 'aborted'; readonly key: string }
  | { readonly event: 'created'; readonly key: string; readonly uploadId: string };

/**
 * Records the open multipart uploads on the disk of the runner. After a step was killed, its post step aborts them. A
 * process that ends by itself also ends its uploads, and then the file is deleted.
 *
 * Each event is one line of JSON. It is written in one piece before the run continues, so a kill can truncate only the
 * last line. The cost is a few small writes per data object.
 */
export class UploadJournal {
  private readonly path: string;
  private readonly place: Place;
  private readonly open = new Set<string>();

  constructor(path: string, place: Place) {
    this.path = path;
    this.place = place;
  }

  /** Records an upload before CreateMultipartUpload is sent, since the response may be lost. */
  creating(key: string): void {
    if (this.open.size === 0) this.note({ event: 'bucket', ...this.place });
    this.open.add(key);
    this.note({ event: 'creating', key });
  }

  created(key: string, uploadId: string): void {
    this.note({ event: 'created', key, uploadId });
  }

  /** Records that this key has no open upload any more. */
  ended(key: string, event: 'completed' | 'aborted'): void {
    this.note({ event, key });
    this.open.delete(key);
    if (this.open.size > 0) return;
    try {
      rmSync(this.path, { force: true });
    } catch {
      // Another program, such as a virus scanner, has the file open. Its content already shows that no upload is open.
    }
  }

  private note(entry: Entry): void {
    try {
      appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
    } catch {
      // A full disk must not fail the copy. Only the cleanup after a killed process is lost.
    }
  }
}

/** Uploads that a killed process left open. */
export interface JournaledUploads {
  readonly bucket: string;
  readonly region: string;
  readonly startedAt: Date;
  /** Known upload IDs by key. A key has none if the process was killed during CreateMultipartUpload. */
  readonly uploads: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the journal of a killed process.
 *
 * @returns undefined if no upload is open, or if the file is not a journal
 */
export function readUploadJournal(path: string): JournaledUploads | undefined {
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
    // Reading a named pipe, for example, would block.
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
      // The line was truncated by a kill or a full disk, or it is the empty string after the last newline.
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
