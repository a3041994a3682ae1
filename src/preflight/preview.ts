import type { Inputs } from '../inputs/inputs.ts';
import { describeReadLimit, type ReadLimit } from '../scan/pacing/read-limit.ts';
import type { ScanRequest } from '../scan/scan-request.ts';
import type { ScanTarget } from '../scan/table.ts';
import { estimateCosts } from './automatic-engine.ts';
import { planScan, type ScanPlan } from './scan-plan.ts';

interface Common {
  readonly table: string;
  readonly destination: string;
  /** Why this engine was chosen. */
  readonly why: string;
  /** Format and compression of the data objects. */
  readonly format: string;
  /** Size as reported by DynamoDB; 0 if it has no count. */
  readonly sizeBytes: number;
  readonly itemCount: number;
  /** Commit status that a run would set, and its commit, as text; undefined for none. */
  readonly commitStatus?: string | undefined;
}

/** Preview of a run with these inputs. */
export type Preview = Common &
  (
    | {
        readonly engine: 'scan';
        readonly plan: ScanPlan;
        /** Read limit as text. */
        readonly readLimit: string;
        /** Maximum RCU of the copy; undefined for none. */
        readonly maxConsumedReadCapacity?: number;
      }
    /** `gigabytesBilled` is undefined for an incremental export, whose price depends on the changes. */
    | { readonly engine: 'export'; readonly gigabytesBilled: number | undefined }
  );

/** Properties of a run that are not in its inputs. */
export type PreparedRun = {
  readonly target: ScanTarget;
  /** Why this engine was chosen. */
  readonly why: string;
  /** Undefined for an export. */
  readonly readLimit: ReadLimit | undefined;
} & ({ readonly engine: 'scan'; readonly request: ScanRequest } | { readonly engine: 'export' });

export function previewRun(inputs: Inputs, prepared: PreparedRun): Preview {
  const { target, why, readLimit } = prepared;
  const { sizeBytes = 0, itemCount = 0 } = target;
  const { shard, commitStatus: status } = inputs;
  const { transform } = prepared.engine === 'scan' ? prepared.request : {};
  const format = transform?.output === 'text' ? 'created by process-func' : inputs.format;
  const common: Common = {
    table: `${inputs.table.name}${inputs.scan.request.IndexName === undefined ? '' : `, index ${inputs.scan.request.IndexName}`} (${inputs.sourceRegion})`,
    destination: `s3://${inputs.bucket}/${inputs.keyPrefix === '' ? '' : `${inputs.keyPrefix}/`}AWSDynamoDB/${shard ? `${shard.plan.exportId}/` : ''}`,
    why,
    format: `${format}${transform?.output === 'item' ? ' (items of process-func)' : ''}, ${prepared.engine === 'scan' ? inputs.compression : 'gzip'}`,
    sizeBytes,
    itemCount,
    commitStatus: status && `${status.context} of ${status.sha ?? 'an unknown commit'}`,
  };
  if (prepared.engine === 'export') {
    const isIncremental = inputs.exportParameters.window !== undefined;
    return {
      ...common,
      engine: 'export',
      gigabytesBilled: isIncremental ? undefined : estimateCosts(sizeBytes, false).gigabytesBilled,
    };
  }
  return {
    ...common,
    engine: 'scan',
    plan: planScan({ ...prepared.request, readLimit: readLimit?.unitsPerSecond }),
    readLimit: readLimit ? describeReadLimit(readLimit) : '',
    ...(inputs.maxConsumedReadCapacity !== undefined && { maxConsumedReadCapacity: inputs.maxConsumedReadCapacity }),
  };
}
