import type { CopyIdentity } from '../backup/copy-identity.ts';
import { addCounts, type Counts, noCounts } from '../backup/counts.ts';
import type { StoredFile } from '../backup/manifests.ts';
import { SegmentLog } from '../backup/segment-log.ts';

/** What a scan has planned, read and written so far. Zero until the first page is read. */
export interface ScanFigures extends Readonly<Counts> {
  /** Objects that S3 has acknowledged. */
  readonly files: readonly StoredFile[];
  /** Bytes of `files`, as S3 stores them. */
  readonly sizeBytes: number;
  /** Maximum of read units per second; undefined if there is none. */
  readonly readCapacityCap: number | undefined;
  /** Number of requests for pages that DynamoDB has throttled. */
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

/** The copy that a scan makes. */
export interface ScanIdentity extends CopyIdentity {
  /** Start of the scan. */
  readonly snapshotTime: Date;
}

/** A scan that has not completed its copy: it is under way, or it has failed. */
export interface StartedScan extends ScanIdentity, ScanFigures {
  readonly engine: 'scan';
  readonly stage: 'started';
  /** Whether a re-run of the job continues this copy. */
  readonly isResumable: boolean;
}

/** A complete copy: its manifest-summary.json is written. */
export interface CompleteScan extends ScanIdentity, ScanFigures {
  readonly engine: 'scan';
  readonly stage: 'complete';
  /** Key of manifest-summary.json. */
  readonly manifestKey: string;
}

/** What is known of a scan. It has written nothing before it has started. */
export type ScanState = { readonly engine: 'scan'; readonly stage: 'not started' } | StartedScan | CompleteScan;

/** Progress of a scan, for everything outside of the engine. */
export interface ScanView {
  /** Current at each access. */
  readonly figures: ScanFigures;
  /** The state at the time of the access. */
  readonly state: ScanState;
}

/** Progress of a scan, which the engine alone updates. */
export class ScanProgress implements ScanView {
  private readonly counts = noCounts();
  private readonly files: StoredFile[] = [];
  private readonly segmentLog = new SegmentLog();
  private sizeBytes = 0;
  private readCapacityCap: number | undefined;
  private throttledRequests = 0;
  private segments: SegmentProgress = { total: 0, done: 0, workers: 0 };
  private uploadsLeftOpen = 0;
  private identity: ScanIdentity | undefined;
  private isResumable = false;
  private completed: CompleteScan | undefined;

  get figures(): ScanFigures {
    const { counts, files, sizeBytes, readCapacityCap, throttledRequests, segments, segmentLog, uploadsLeftOpen } =
      this;
    return { ...counts, files, sizeBytes, readCapacityCap, throttledRequests, segments, segmentLog, uploadsLeftOpen };
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

  /** @param unitsPerSecond read units; undefined for no maximum */
  capReadCapacity(unitsPerSecond: number | undefined): void {
    this.readCapacityCap = unitsPerSecond;
  }

  throttled(): void {
    this.throttledRequests += 1;
  }

  /** @param done number of segments that an earlier attempt has read to their end */
  planSegments(total: number, workers: number, done = 0): void {
    this.segments = { total, done, workers };
  }

  limitWorkers(workers: number): void {
    this.segments = { ...this.segments, workers };
  }

  /** Notes that checkpoints are kept, or that they are of no use any more. */
  setResumable(isResumable: boolean): void {
    this.isResumable = isResumable;
  }

  count(more: Partial<Readonly<Counts>>): void {
    addCounts(this.counts, more);
  }

  /** @param askedAt time of the request, by performance.now() */
  pageRead(segment: number, itemCount: number, readUnits: number, askedAt: number): void {
    this.segmentLog.page(segment, itemCount, readUnits, askedAt);
  }

  segmentDone(segment: number): void {
    this.segmentLog.ended(segment);
    this.segments = { ...this.segments, done: this.segments.done + 1 };
  }

  fileStored(file: StoredFile): void {
    this.files.push(file);
    this.sizeBytes += file.size;
  }

  uploadLeftOpen(): void {
    this.uploadsLeftOpen += 1;
  }

  /**
   * Notes that manifest-summary.json is written, and returns the result of the scan.
   *
   * @param files in the order of manifest-files.json
   */
  complete(identity: ScanIdentity, files: readonly StoredFile[]): CompleteScan {
    const manifestKey = identity.layout.manifestSummary;
    this.completed = { engine: 'scan', stage: 'complete', ...identity, ...this.figures, files, manifestKey };
    return this.completed;
  }
}
