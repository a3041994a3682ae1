import type { CopyRecord } from '../backup/copy-record.ts';
import type { Narrator } from '../narrator.ts';
import { formatBytes, formatCount } from './units.ts';

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;

/**
 * Tells how far a copy is: after 5 seconds, so that one knows it runs, then every 30.
 *
 * @param expectedItems items of the table by DynamoDB's count, which lags by hours; undefined where there is none
 * @returns what stops it; it holds no process open by itself
 */
export function reportProgress(
  record: CopyRecord,
  expectedItems: number | undefined,
  narrator: Narrator,
  times = { first: FIRST_LINE_MS, interval: INTERVAL_MS },
): () => void {
  let before = { at: Date.now(), bytes: record.uncompressedBytes };
  const tell = () => {
    const now = { at: Date.now(), bytes: record.uncompressedBytes };
    narrator.info(progressLine(record, expectedItems, (now.bytes - before.bytes) / ((now.at - before.at) / 1000)));
    before = now;
    timer = setTimeout(tell, times.interval).unref();
  };
  let timer = setTimeout(tell, times.first).unref();
  return () => clearTimeout(timer);
}

/** @param bytesPerSecond since the line before */
export function progressLine(record: CopyRecord, expectedItems: number | undefined, bytesPerSecond: number): string {
  const { itemCount, scannedCount, uncompressedBytes, segments } = record;
  const parts = [
    `${formatCount(itemCount)} items`,
    formatBytes(uncompressedBytes),
    `${formatBytes(bytesPerSecond)}/s`,
    `${formatCount(segments.done)} of ${formatCount(segments.total)} segments`,
  ];
  if (expectedItems)
    parts.push(`about ${Math.min(100, Math.floor((100 * scannedCount) / expectedItems))}% of the table`);
  return parts.join(', ');
}
