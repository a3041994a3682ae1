import { setInterval } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import { CAPACITY_POLL } from '../timeouts.ts';
import type { Pacing } from './pacing/pacing.ts';
import { readCapacityOf } from './pacing/read-capacity.ts';
import { describeReadLimit, readLimitFor } from './pacing/read-limit.ts';
import type { ScanProgress } from './scan-progress.ts';
import type { ScanRequest } from './scan-request.ts';
import { describeTable } from './table.ts';

/**
 * Checks the read capacity of the table every minute during the scan. If auto scaling has reduced it, the limit that
 * was based on the capacity at the start is too high, and is lowered. An increase is ignored: following it would make
 * auto scaling add more capacity, at the user's cost.
 *
 * @returns function that stops the checks
 */
export function followCapacity(
  { client, tableName, scan, readCapacity }: Pick<ScanRequest, 'client' | 'tableName' | 'scan' | 'readCapacity'>,
  pacing: Pick<Pacing, 'lower'>,
  progress: ScanProgress,
  logger: Logger,
): () => void {
  const end = new AbortController();
  const check = async () => {
    const table = await describeTable(client, tableName, end.signal);
    const readLimit = readLimitFor(
      readCapacity,
      readCapacityOf(table, scan.request.IndexName),
      scan.shard?.totalSegments,
    );
    if (readLimit.unitsPerSecond === undefined || !pacing.lower(readLimit.unitsPerSecond)) return;
    progress.setReadLimit(readLimit.unitsPerSecond);
    logger.notice(`The read capacity of the table has decreased since the start. ${describeReadLimit(readLimit)}`);
  };
  const follow = async () => {
    for await (const _ of setInterval(CAPACITY_POLL, undefined, { signal: end.signal, ref: false })) {
      // Ignore errors: if the table cannot be described for a lasting reason, the Scan requests report a better error.
      await check().catch(() => undefined);
    }
  };
  // The loop ends only when its signal is aborted, which rejects the promise.
  if (progress.figures.readLimit !== undefined) void follow().catch(() => undefined);
  return () => end.abort();
}
