import { type Counts, noCounts } from './counts.ts';
import type { Layout } from './layout.ts';
import type { DataFile } from './manifests.ts';
import { SegmentLog } from './segment-log.ts';

/** Whether a copy is the whole table, or what a filter, projection, index, share or start key left of it. */
export type Scope = 'table' | 'subset';

/**
 * All that is known of a copy so far. The engine fills it in as it goes, and the progress line, the outputs and the
 * summary read it at any time: so a run that fails can still say what it wrote.
 */
export interface CopyRecord extends Counts {
  readonly engine: 'scan' | 'export';
  readonly bucket: string;
  readonly scope: Scope;
  /** Why this engine, where the Action itself chose it. */
  engineReason?: string;
  exportId?: string;
  /** Of an export of DynamoDB's. */
  exportArn?: string;
  layout?: Layout;
  /** The time the copy stands for. */
  snapshotTime?: Date;
  /** Of a scan: true while it keeps checkpoints that a re-run goes on from. */
  resumable?: boolean;
  /** Set when the copy is complete, and only then. */
  manifestKey?: string;
  /** Of an export: true once its manifests were read, so that `files` is what it wrote. */
  manifestsRead?: boolean;
  /** Of an export: true once the bucket was listed, so that `sizeBytes` is what it takes. */
  sizeKnown?: boolean;
  /** Objects that S3 has acknowledged. */
  readonly files: DataFile[];
  /** Bytes of `files`, as S3 stores them. */
  sizeBytes: number;
  /** Read units a second that the scan may spend; undefined for no cap. */
  readCapacityCap: number | undefined;
  /** Requests for pages that DynamoDB has throttled so far. */
  throttledRequests: number;
  segments: { total: number; done: number; workers: number };
  readonly segmentLog: SegmentLog;
  /** Multipart uploads that could not be aborted after a failure. */
  uploadsLeftOpen: number;
}

export function newCopyRecord(bucket: string, scope: Scope, engine: CopyRecord['engine'] = 'scan'): CopyRecord {
  return {
    engine,
    bucket,
    scope,
    files: [],
    ...noCounts(),
    sizeBytes: 0,
    readCapacityCap: undefined,
    throttledRequests: 0,
    segments: { total: 0, done: 0, workers: 0 },
    segmentLog: new SegmentLog(),
    uploadsLeftOpen: 0,
  };
}
