import type { Logger } from '../logger.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import { Pacing } from './pacing/pacing.ts';
import { ReadBudget } from './pacing/read-budget.ts';
import { readCapacityOf } from './pacing/read-capacity.ts';
import { formatCapacityUnits, readLimitFor } from './pacing/read-limit.ts';
import type { ScanProgress } from './scan-progress.ts';
import type { ScanRequest } from './scan-request.ts';

/**
 * Returns a Pacing that records its read limit and throttled requests in `progress`.
 *
 * @param consumed RCU that earlier attempts at the copy have consumed at most
 */
export function newPacing(
  { readCapacity, maxConsumedReadCapacity, table, target, scan }: ScanRequest,
  consumed: number,
  progress: ScanProgress,
  waits: PendingWaits,
  logger: Logger,
): Pacing {
  const { IndexName, ConsistentRead = false } = scan.request;
  const { unitsPerSecond } = readLimitFor(readCapacity, readCapacityOf(table, IndexName), scan.shard?.totalSegments);
  progress.setReadLimit(unitsPerSecond);
  if (maxConsumedReadCapacity !== undefined) {
    const earlier = consumed > 0 ? `, of which earlier attempts have consumed ${formatCapacityUnits(consumed)}` : '';
    logger.info(
      `The copy consumes at most ${formatCapacityUnits(maxConsumedReadCapacity)} read capacity units (RCU) in total${earlier}.`,
    );
  }
  return new Pacing({
    unitsPerSecond,
    readBudget: new ReadBudget(maxConsumedReadCapacity, consumed),
    consistentRead: ConsistentRead,
    bytesPerItem: target.sizeBytes && target.itemCount ? target.sizeBytes / target.itemCount : undefined,
    onThrottle: () => progress.throttled(),
    // With a low read limit, a large page can wait longer than the stall timeout. That wait always ends.
    waits,
  });
}
