import type { Counts } from '../manifest/counts.ts';
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
  readonly segmentLog: { readonly all: readonly Readonly<SegmentCounts>[] };
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
  /** Start of the scan; for a shard, the time of the plan. */
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

/** A scan of one shard that is complete: the manifest of the shard is written. The copy is not complete yet. */
export interface CompleteShard extends ScanIdentity, ScanFigures {
  readonly engine: 'scan';
  readonly stage: 'shard complete';
  /** True if an earlier attempt has completed the shard, so that this one has copied nothing. */
  readonly wasComplete: boolean;
}

/** State of a scan. A scan that is not started has written nothing. */
export type ScanState =
  | { readonly engine: 'scan'; readonly stage: 'not started' }
  | StartedScan
  | CompleteShard
  | CompleteScan;

/** Read-only view of the progress of a scan, for code outside of the engine. */
export interface ScanStatus {
  /** Current figures. */
  readonly figures: ScanFigures;
  /** Snapshot of the current state. */
  readonly state: ScanState;
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
