import type { Scope } from '../../src/backup/copy-identity.ts';
import { noCounts } from '../../src/backup/counts.ts';
import { layout } from '../../src/backup/layout.ts';
import { SegmentLog } from '../../src/backup/segment-log.ts';
import type { CopyFacts, CopyState } from '../../src/copy-state.ts';
import type { CompleteExport, StartedExport } from '../../src/export/export-progress.ts';
import type { CompleteScan, ScanFigures, StartedScan } from '../../src/scan/scan-progress.ts';

/** States of a copy for the tests of what reads them. Each builder takes what differs from a plain copy. */

export const EXPORT_ID = '01715685260608-c488b4e1';
export const KEYS = layout('nightly', EXPORT_ID);

const FACTS = { bucket: 'bucket', scope: 'table' as Scope, engineReason: undefined };
const IDENTITY = { exportId: EXPORT_ID, layout: KEYS, snapshotTime: new Date('2024-05-14T11:14:20.608Z') };

export function figuresOf(change: Partial<ScanFigures> = {}): ScanFigures {
  return {
    ...noCounts(),
    files: [],
    sizeBytes: 0,
    readCapacityCap: undefined,
    throttledRequests: 0,
    segments: { total: 0, done: 0, workers: 0 },
    segmentLog: new SegmentLog(),
    uploadsLeftOpen: 0,
    ...change,
  };
}

export function notStarted(engine: 'scan' | 'export', change: Partial<CopyFacts> = {}): CopyState {
  return { ...FACTS, engine, stage: 'not started', ...change };
}

export function startedScan(change: Partial<CopyFacts & StartedScan> = {}): CopyFacts & StartedScan {
  const scan = { engine: 'scan', stage: 'started', isResumable: false } as const;
  return { ...FACTS, ...IDENTITY, ...figuresOf(), ...scan, ...change };
}

export function completeScan(change: Partial<CopyFacts & CompleteScan> = {}): CopyFacts & CompleteScan {
  const scan = { engine: 'scan', stage: 'complete', manifestKey: KEYS.manifestSummary } as const;
  return { ...FACTS, ...IDENTITY, ...figuresOf(), ...scan, ...change };
}

export const EXPORT_ARN = `arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/export/${EXPORT_ID}`;

export function startedExport(change: Partial<CopyFacts & StartedExport> = {}): CopyFacts & StartedExport {
  const started = { engine: 'export', stage: 'started', exportArn: EXPORT_ARN, files: 'not read' } as const;
  return { ...FACTS, ...IDENTITY, ...started, ...change };
}

export function completeExport(change: Partial<CopyFacts & CompleteExport> = {}): CopyFacts & CompleteExport {
  const complete = {
    ...({ engine: 'export', stage: 'complete', exportArn: EXPORT_ARN, manifestKey: KEYS.manifestSummary } as const),
    ...({ itemCount: 0, files: 'not authorized', sizeBytes: 'not authorized' } as const),
  };
  return { ...FACTS, ...IDENTITY, ...complete, ...change };
}
