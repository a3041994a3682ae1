/** What the choice between the engines depends on. */
export interface EngineFacts {
  /** Inputs that ask for something only a scan does. */
  readonly scanOnly: readonly string[];
  readonly recovery: 'on' | 'off' | 'not known';
  /** The account that owns the table if it is not the caller's. */
  readonly otherAccount: string | undefined;
  /** By DynamoDB's last count. */
  readonly sizeBytes: number;
}

/**
 * Tables from this size on are exported rather than scanned. An export takes five minutes and more however small the
 * table; from about here on it takes no longer than a scan, and it takes nothing of the table's read capacity.
 */
export const EXPORT_FROM_BYTES = 10 * 1024 ** 3;

/** `point-in-time-export: auto`: which engine copies, and why, in words. */
export function chooseEngine({ scanOnly, recovery, otherAccount, sizeBytes }: EngineFacts): {
  readonly engine: 'scan' | 'export';
  readonly why: string;
} {
  if (scanOnly.length > 0) return { engine: 'scan', why: `only a scan can do what ${scanOnly.join(', ')} asks for` };
  if (recovery === 'off') return { engine: 'scan', why: 'point-in-time recovery is off' };
  if (recovery === 'not known') {
    return { engine: 'scan', why: 'the role may not ask whether point-in-time recovery is on' };
  }
  if (otherAccount !== undefined) {
    return { engine: 'scan', why: `DynamoDB exports a table only for its own account, ${otherAccount}` };
  }
  if (sizeBytes < EXPORT_FROM_BYTES) return { engine: 'scan', why: 'the table is smaller than 10 GiB' };
  return { engine: 'export', why: 'point-in-time recovery is on and the table is 10 GiB or larger' };
}

/** What each engine would cost: an export is billed by the table's size, a scan by what it reads. */
export function costs(sizeBytes: number, consistentRead: boolean): { gigabytesBilled: number; readUnits: number } {
  const units = Math.ceil(sizeBytes / 4096);
  return { gigabytesBilled: sizeBytes / 1024 ** 3, readUnits: consistentRead ? units : units / 2 };
}
