/** Figures of a verification: what has been checked so far. */
export interface VerifyFigures {
  /** Data objects that were read completely and are intact. */
  readonly checkedObjectCount: number;
  /** Data objects to read. */
  readonly plannedObjectCount: number;
  /** Data objects that are damaged or cannot be read. */
  readonly failedObjectCount: number;
  /** Valid lines in all data objects, those of damaged ones included. */
  readonly itemCount: number;
  /** Bytes of data objects that were received. */
  readonly bytesRead: number;
  /** The same bytes after decompression. */
  readonly uncompressedBytes: number;
}

type Counters = { -readonly [Name in keyof VerifyFigures]: VerifyFigures[Name] };

/** Progress of one or more verifications. Only the engine updates it. */
export class VerifyProgress {
  private readonly counters: Counters = {
    checkedObjectCount: 0,
    plannedObjectCount: 0,
    failedObjectCount: 0,
    itemCount: 0,
    bytesRead: 0,
    uncompressedBytes: 0,
  };

  get figures(): VerifyFigures {
    return { ...this.counters };
  }

  plan(objects: number): void {
    this.counters.plannedObjectCount += objects;
  }

  /** Adds what was read since the last call. */
  read(more: Pick<VerifyFigures, 'itemCount' | 'bytesRead' | 'uncompressedBytes'>): void {
    this.counters.itemCount += more.itemCount;
    this.counters.bytesRead += more.bytesRead;
    this.counters.uncompressedBytes += more.uncompressedBytes;
  }

  objectChecked(): void {
    this.counters.checkedObjectCount += 1;
  }

  objectsFailed(count: number): void {
    this.counters.failedObjectCount += count;
  }
}
