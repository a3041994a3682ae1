import { RCU_BYTES } from '../scan/pacing/read-capacity.ts';

/** Facts that the choice of the engine depends on. */
export interface EngineFacts {
  /** Names of inputs that only a scan supports. */
  readonly scanOnly: readonly string[];
  readonly pitr: 'enabled' | 'disabled' | 'unknown';
  /** Account that owns the table; undefined if it is the account of the caller. */
  readonly otherAccount: string | undefined;
  /** Table size as reported by DynamoDB. */
  readonly sizeBytes: number;
}

/**
 * Minimum size of a table to be exported instead of scanned. An export takes at least 5 minutes even for a small table.
 * From about this size, an export is as fast as a scan and does not consume read capacity.
 */
export const EXPORT_FROM_BYTES = 10 * 1024 ** 3;

/** Returns the engine for `point-in-time-export: auto`, with the reason as text. */
export function automaticEngine({ scanOnly, pitr, otherAccount, sizeBytes }: EngineFacts): {
  readonly engine: 'scan' | 'export';
  readonly why: string;
} {
  if (scanOnly.length > 0) return { engine: 'scan', why: `only a scan supports ${scanOnly.join(', ')}` };
  if (pitr === 'disabled') return { engine: 'scan', why: 'point-in-time recovery is disabled' };
  if (pitr === 'unknown') {
    return {
      engine: 'scan',
      why: 'the role is not authorized to perform dynamodb:DescribeContinuousBackups',
    };
  }
  if (otherAccount !== undefined) {
    return { engine: 'scan', why: `only the account that owns the table, ${otherAccount}, can export it` };
  }
  if (sizeBytes < EXPORT_FROM_BYTES) return { engine: 'scan', why: 'the table is smaller than 10 GiB' };
  return { engine: 'export', why: 'point-in-time recovery is enabled and the table is at least 10 GiB' };
}

/** Returns what each engine would cost. An export is billed by table size, a scan by the read capacity it consumes. */
export function estimateCosts(
  sizeBytes: number,
  consistentRead: boolean,
): { gigabytesBilled: number; readUnits: number } {
  const units = Math.ceil(sizeBytes / RCU_BYTES);
  return { gigabytesBilled: sizeBytes / 1024 ** 3, readUnits: consistentRead ? units : units / 2 };
}
