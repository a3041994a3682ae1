import { addCounts, type Counts, zeroCounts } from '../manifest/counts.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { ShardManifest } from '../manifest/shard-manifest.ts';
import type {
  CompleteScan,
  CompleteShard,
  ScanFigures,
  ScanIdentity,
  ScanState,
  ScanStatus,
  SegmentCounts,
  SegmentProgress,
} from './scan-state.ts';

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
  private completed: CompleteScan | CompleteShard | undefined;

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
    const completed: CompleteScan = { engine: 'scan', stage: 'complete', ...identity, ...this.figures, ...result };
    this.completed = completed;
    return completed;
  }

  /**
   * Records that the manifest of the shard is written, and returns the result of the scan.
   *
   * @param files in the order of the manifest
   */
  completeShard(identity: ScanIdentity, files: readonly Required<DataFile>[]): CompleteShard {
    return this.endShard(identity, files, false);
  }

  /** Records that an earlier attempt has completed the shard, and returns the result with the figures of its manifest. */
  reuseShard(identity: ScanIdentity, { counts, files, segments }: ShardManifest): CompleteShard {
    this.count(counts);
    for (const file of files) this.fileStored(file);
    this.planSegments(segments.count, 0, segments.count);
    return this.endShard(identity, files, true);
  }

  private endShard(identity: ScanIdentity, files: readonly Required<DataFile>[], wasComplete: boolean): CompleteShard {
    const { figures } = this;
    const completed = { engine: 'scan', stage: 'shard complete', ...identity, ...figures, files, wasComplete } as const;
    this.completed = completed;
    return completed;
  }
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
