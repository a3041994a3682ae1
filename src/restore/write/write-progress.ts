/** Figures of a load: what it has written so far. */
export interface WriteFigures {
  /** Items that DynamoDB has acknowledged. */
  readonly itemCount: number;
  /** Bytes of these items as DynamoDB JSON. */
  readonly itemBytes: number;
  /** Consumed write capacity units (WCU) as DynamoDB reports them, those of indexes included. */
  readonly consumedWriteCapacity: number;
  /** Items that DynamoDB rejected as invalid. */
  readonly rejectedCount: number;
  /** Requests that DynamoDB throttled, and responses with unprocessed items. */
  readonly throttledRequests: number;
  readonly filesDone: number;
  readonly filesTotal: number;
}

type Counters = { -readonly [Name in keyof WriteFigures]: WriteFigures[Name] };

/** Progress of a load. Only the engine updates it. */
export class WriteProgress {
  private readonly counters: Counters = {
    itemCount: 0,
    itemBytes: 0,
    consumedWriteCapacity: 0,
    rejectedCount: 0,
    throttledRequests: 0,
    filesDone: 0,
    filesTotal: 0,
  };

  get figures(): WriteFigures {
    return { ...this.counters };
  }

  plan(files: number): void {
    this.counters.filesTotal = files;
  }

  /** @param units consumed WCU, those of indexes included */
  stored(items: number, bytes: number, units: number): void {
    this.counters.itemCount += items;
    this.counters.itemBytes += bytes;
    this.counters.consumedWriteCapacity += units;
  }

  rejected(): void {
    this.counters.rejectedCount += 1;
  }

  throttled(): void {
    this.counters.throttledRequests += 1;
  }

  fileDone(): void {
    this.counters.filesDone += 1;
  }
}
