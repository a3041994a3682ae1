import { addCounts, type Counts, zeroCounts } from '../manifest/counts.ts';
import type { CopyIdentity } from '../manifest/layout.ts';
import type { DataFile } from '../manifest/manifests.ts';

/** Figures of a scan: what it has planned, read and written so far. Zero until the first page is read. */
export interface ScanFigures extends Readonly<Counts> {
  /** Objects that S3 has acknowledged. */
  readonly files: readonly Required<DataFile>[];
  /** Total size of `files` in bytes, as stored in S3. */
  readonly sizeBytes: number;
  /** Maximum read capacity units per second; undefined if there is no limit. */
  readonly readLimit: number | undefined;
  /** Number of Scan requests that DynamoDB has throttled. */
  readonly throttledRequests: number;
  readonly segments: SegmentProgress;
  readonly segmentLog: Pick<SegmentLog, 'all'>;
  /** Number of multipart uploads that could not be aborted after a failure. */
  readonly uploadsLeftOpen: number;
}

export interface SegmentProgress {
  /** 0 until the segments are planned. */
  readonly total: number;
  readonly done: number;
  readonly workers: number;
}

/** Identity of a copy made by a scan. */
export interface ScanIdentity extends CopyIdentity {
  /** Start of the scan. */
  readonly snapshotTime: Date;
}

/** A scan that is in progress or has failed. */
export interface StartedScan extends ScanIdentity, ScanFigures {
  readonly engine: 'scan';
  readonly stage: 'started';
  /** True if a re-run of the job resumes this copy. */
  readonly isResumable: boolean;
}

/** A scan that has completed its copy: manifest-summary.json is written. */
export interface CompleteScan extends ScanIdentity, ScanFigures {
  readonly engine: 'scan';
  readonly stage: 'complete';
  /** Key of manifest-summary.json. */
  readonly manifestKey: string;
  /** Content of manifest-sha256.txt. */
  readonly checksums: Buffer;
}

/** State of a scan. A scan that is not started has written nothing. */
export type ScanState = { readonly engine: 'scan'; readonly stage: 'not started' } | StartedScan | CompleteScan;

/** Read-only view of the progress of a scan, for code outside of the engine. */
export interface ScanStatus {
  /** Current figures. */
  readonly figures: ScanFigures;
  /** Snapshot of the current state. */
  readonly state: ScanState;
}

/** Progress of a scan. Only the engine updates it. */
export class ScanProgress implements ScanStatus {
  private readonly counts = zeroCounts();
  private readonly files: Required<DataFile>[] = [];
  private readonly segmentLog = new SegmentLog();
  private sizeBytes = 0;
  private readLimit: number | undefined;
  private throttledRequests = 0;
  private segments: SegmentProgress = { total: 0, done: 0, workers: 0 };
  private uploadsLeftOpen = 0;
  private identity: ScanIdentity | undefined;
  private isResumable = false;
  private completed: CompleteScan | undefined;

  get figures(): ScanFigures {
    const { counts, files, sizeBytes, readLimit, throttledRequests, segments, segmentLog, uploadsLeftOpen } = this;
    return { ...counts, files, sizeBytes, readLimit, throttledRequests, segments, segmentLog, uploadsLeftOpen };
  }

  get state(): ScanState {
    if (this.completed) return this.completed;
    if (!this.identity) return { engine: 'scan', stage: 'not started' };
    const { identity, figures, isResumable } = this;
    return { engine: 'scan', stage: 'started', ...identity, ...figures, files: [...figures.files], isResumable };
  }

  /** Number of objects that S3 has acknowledged. */
  get fileCount(): number {
    return this.files.length;
  }

  start(identity: ScanIdentity): void {
    this.identity = identity;
  }

  /** @param unitsPerSecond read capacity units per second; undefined for no limit */
  setReadLimit(unitsPerSecond: number | undefined): void {
    this.readLimit = unitsPerSecond;
  }

  throttled(): void {
    this.throttledRequests += 1;
  }

  /** @param done number of segments that an earlier attempt has completed */
  planSegments(total: number, workers: number, done = 0): void {
    this.segments = { total, done, workers };
  }

  limitWorkers(workers: number): void {
    this.segments = { ...this.segments, workers };
  }

  /** Records whether a re-run can resume the copy from its checkpoints. */
  setResumable(isResumable: boolean): void {
    this.isResumable = isResumable;
  }

  count(more: Partial<Readonly<Counts>>): void {
    addCounts(this.counts, more);
  }

  /** @param requestedAt time of the request, from performance.now() */
  pageRead(segment: number, itemCount: number, readUnits: number, requestedAt: number): void {
    this.segmentLog.page(segment, itemCount, readUnits, requestedAt);
  }

  segmentDone(segment: number): void {
    this.segmentLog.ended(segment);
    this.segments = { ...this.segments, done: this.segments.done + 1 };
  }

  fileStored(file: Required<DataFile>): void {
    this.files.push(file);
    this.sizeBytes += file.size;
  }

  uploadLeftOpen(): void {
    this.uploadsLeftOpen += 1;
  }

  /**
   * Records that manifest-summary.json is written, and returns the result of the scan.
   *
   * @param files in the order of manifest-files.json
   * @param checksums content of manifest-sha256.txt
   */
  complete(identity: ScanIdentity, files: readonly Required<DataFile>[], checksums: Buffer): CompleteScan {
    const result = { files, manifestKey: identity.layout.manifestSummary, checksums };
    this.completed = { engine: 'scan', stage: 'complete', ...identity, ...this.figures, ...result };
    return this.completed;
  }
}

/** Counters of a segment. */
export interface SegmentCounts {
  readonly index: number;
  /** Items read, before any filter. */
  itemCount: number;
  /** Read capacity units (RCU). */
  readUnits: number;
  /** Time of the first request, by performance.now(). */
  readonly startedAt: number;
  /** Time at which the segment ended, by performance.now(); undefined while it is being read. */
  endedAt?: number;
}

/** Maximum number of recorded segments. A table can have a million of them. */
const MAX_RECORDED_SEGMENTS = 2_000;

/** Records the counters of each segment, to show which segments are large or slow. */
export class SegmentLog {
  private readonly segments = new Map<number, SegmentCounts>();

  get all(): readonly Readonly<SegmentCounts>[] {
    return [...this.segments.values()];
  }

  /** Records a page that was read. */
  page(index: number, itemCount: number, readUnits: number, startedAt: number): void {
    let counts = this.segments.get(index);
    if (!counts) {
      if (this.segments.size >= MAX_RECORDED_SEGMENTS) return;
      counts = { index, itemCount: 0, readUnits: 0, startedAt };
      this.segments.set(index, counts);
    }
    counts.itemCount += itemCount;
    counts.readUnits += readUnits;
  }

  ended(index: number, endedAt = performance.now()): void {
    const counts = this.segments.get(index);
    if (counts) counts.endedAt = endedAt;
  }
}
