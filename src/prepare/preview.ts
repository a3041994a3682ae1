import type { Inputs } from '../action/inputs.ts';
import type { ScanRequest } from '../scan/copy.ts';
import { type ReadCap, sentence } from '../scan/pacing/read-cap.ts';
import type { ScanTarget } from '../scan/table.ts';
import { costs } from './choose-engine.ts';
import { planScan, type ScanPlan } from './plan.ts';

interface Common {
  readonly table: string;
  readonly destination: string;
  /** Why this engine. */
  readonly why: string;
  /** What the data objects would be. */
  readonly format: string;
  /** By DynamoDB's last count; 0 where it has none. */
  readonly sizeBytes: number;
  readonly itemCount: number;
}

/** What a run with these inputs would do. */
export type Preview = Common &
  (
    | {
        readonly engine: 'scan';
        readonly plan: ScanPlan /** The cap of read units, in words. */;
        readonly capacity: string;
      }
    /** Billed: undefined where it depends on what has changed. */
    | { readonly engine: 'export'; readonly gigabytesBilled: number | undefined }
  );

export function previewOf(
  inputs: Inputs,
  prepared: { readonly engine: 'scan'; readonly request: ScanRequest } | { readonly engine: 'export' },
  target: ScanTarget,
  why: string,
  cap: ReadCap | undefined,
): Preview {
  const { sizeBytes = 0, itemCount = 0 } = target;
  const format = inputs.processFunc === undefined ? inputs.format : `made by process-func`;
  const common: Common = {
    table: `${inputs.table.name}${inputs.scan.request.IndexName === undefined ? '' : `, index ${inputs.scan.request.IndexName}`} (${inputs.sourceRegion})`,
    destination: `s3://${inputs.bucket}/${inputs.keyPrefix === '' ? '' : `${inputs.keyPrefix}/`}AWSDynamoDB/`,
    why,
    format: `${format}, ${prepared.engine === 'scan' ? inputs.compression : 'gzip'}`,
    sizeBytes,
    itemCount,
  };
  if (prepared.engine === 'export') {
    const isIncrement = inputs.exportParameters.window !== undefined;
    return {
      ...common,
      engine: 'export',
      gigabytesBilled: isIncrement ? undefined : costs(sizeBytes, false).gigabytesBilled,
    };
  }
  return {
    ...common,
    engine: 'scan',
    plan: planScan({ ...prepared.request, cap: cap?.unitsPerSecond }),
    capacity: cap ? sentence(cap) : '',
  };
}
