import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { DifferenceKind } from './difference-search.ts';

/** Readable and writable by the owner only, because keys can be personal data. */
const MODE = 0o600;

/** Number of bytes that are written at once. */
const WRITE_BYTES = 64 * 1024;

/** Writes the keys of differences to a file: JSON Lines `{"kind":"only-in-copy","key":{...}}`. */
export class DifferencesFile implements Disposable {
  private readonly path: string;
  /** Undefined until the first difference. */
  private file: number | undefined;
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  /** @param path created with the first difference; a file of that name is replaced */
  constructor(path: string) {
    this.path = path;
  }

  /** Path of the file; undefined if it has no difference. */
  get pathIfWritten(): string | undefined {
    return this.file === undefined ? undefined : this.path;
  }

  /** @param key in DynamoDB JSON; not used after the call */
  add(kind: DifferenceKind, key: Buffer): void {
    if (this.file === undefined) {
      // The permissions of an existing file would stay as they are.
      rmSync(this.path, { force: true });
      this.file = openSync(this.path, 'wx', MODE);
    }
    const line = Buffer.concat([Buffer.from(`{"kind":"${kind}","key":`), key, LINE_END]);
    this.pending.push(line);
    this.pendingBytes += line.length;
    if (this.pendingBytes >= WRITE_BYTES) this.flush();
  }

  /** Writes the remaining lines and closes the file. */
  [Symbol.dispose](): void {
    if (this.file === undefined) return;
    try {
      this.flush();
    } finally {
      closeSync(this.file);
    }
  }

  private flush(): void {
    const all = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    for (let at = 0; at < all.length; ) at += writeSync(this.file as number, all, at);
  }
}

const LINE_END = Buffer.from('}\n');
