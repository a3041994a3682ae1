import { setInterval } from 'node:timers/promises';
import { CAPACITY_AGAIN } from '../../aws/timeouts.ts';
import type { Narrator } from '../../narrator.ts';
import type { ScanRequest } from '../copy.ts';
import type { ScanProgress } from '../scan-progress.ts';
import { describeTable, readCapacityOf } from '../table.ts';
import type { Pacing } from './pacing.ts';
import { readCap, sentence } from './read-cap.ts';

/**
 * Looks at the table again each minute while it is read: auto scaling may have taken capacity away, and a share of what
 * was there at the start would then be more than its share. A higher figure changes nothing, as following it would drive
 * auto scaling upwards at the user's cost.
 *
 * @returns what ends it
 */
export function followCapacity(
  { client, tableName, scan, readCapacity }: Pick<ScanRequest, 'client' | 'tableName' | 'scan' | 'readCapacity'>,
  pacing: Pick<Pacing, 'lower'>,
  progress: ScanProgress,
  narrator: Narrator,
): () => void {
  const end = new AbortController();
  const look = async () => {
    const table = await describeTable(client, tableName, end.signal);
    const cap = readCap(readCapacity, readCapacityOf(table, scan.request.IndexName), scan.share?.totalSegments);
    if (cap.unitsPerSecond === undefined || !pacing.lower(cap.unitsPerSecond)) return;
    progress.capReadCapacity(cap.unitsPerSecond);
    narrator.notice(`There is less read capacity than at the start. ${sentence(cap)}`);
  };
  const follow = async () => {
    for await (const _ of setInterval(CAPACITY_AGAIN, undefined, { signal: end.signal, ref: false })) {
      // Whatever keeps the table from being described will be told by its Scans, and better.
      await look().catch(() => undefined);
    }
  };
  // Ended by its signal, and by nothing else.
  if (progress.figures.readCapacityCap !== undefined) void follow().catch(() => undefined);
  return () => end.abort();
}
