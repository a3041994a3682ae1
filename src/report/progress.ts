import type { Logger } from '../logger.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import { formatCapacityUnits } from '../scan/pacing/read-limit.ts';
import type { ScanFigures, ScanStatus } from '../scan/scan-state.ts';

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;

/**
 * Logs the progress of a scan, after 5 seconds and then every 30 seconds. The timer does not keep the process running.
 *
 * @param expectedItems number of items to read by DynamoDB's count, which is updated about every 6 hours; undefined if
 *   unknown
 * @returns function that stops the log
 */
export function startProgressLog(
  scan: Pick<ScanStatus, 'figures'>,
  expectedItems: number | undefined,
  logger: Logger,
  times = { first: FIRST_LINE_MS, interval: INTERVAL_MS },
): () => void {
  const measure = () => ({ at: Date.now(), figures: scan.figures });
  const start = measure();
  let previous = start;
  const logLine = () => {
    const now = measure();
    const seconds = (now.at - previous.at) / 1000;
    const { uncompressedBytes, consumedReadCapacity, scannedCount } = now.figures;
    const speed = {
      bytes: (uncompressedBytes - previous.figures.uncompressedBytes) / seconds,
      units: (consumedReadCapacity - previous.figures.consumedReadCapacity) / seconds,
    };
    const read = scannedCount - start.figures.scannedCount;
    const remaining = secondsRemaining(read, (now.at - start.at) / 1000, (expectedItems ?? 0) - scannedCount);
    logger.info(progressLine(now.figures, expectedItems, speed, remaining));
    previous = now;
    timer = setTimeout(logLine, times.interval).unref();
  };
  let timer = setTimeout(logLine, times.first).unref();
  return () => clearTimeout(timer);
}

/**
 * Returns a log line such as `1,500 items, 2 MB, 400 kB/s, 50 RCU/s, 3 of 64 segments, about 25% read`.
 *
 * @param speed bytes and read capacity units per second since the previous line
 * @param secondsLeft estimated remaining seconds; undefined if unknown
 */
export function progressLine(
  figures: ScanFigures,
  expectedItems: number | undefined,
  speed: { readonly bytes: number; readonly units: number },
  secondsLeft?: number,
): string {
  const { itemCount, scannedCount, uncompressedBytes, segments, readLimit, throttledRequests } = figures;
  const limit = readLimit === undefined ? '' : ` of ${formatRate(readLimit)}`;
  const parts = [
    `${formatCount(itemCount)} items`,
    formatBytes(uncompressedBytes),
    `${formatBytes(speed.bytes)}/s`,
    `${formatRate(speed.units)}${limit} RCU/s`,
    `${formatCount(segments.done)} of ${formatCount(segments.total)} segments`,
  ];
  if (throttledRequests > 0) parts.push(formatCountOf(throttledRequests, 'throttled request'));
  if (expectedItems) parts.push(`about ${Math.min(100, Math.floor((100 * scannedCount) / expectedItems))}% read`);
  if (secondsLeft !== undefined) parts.push(`about ${formatSeconds(Math.ceil(secondsLeft))} remaining`);
  return parts.join(', ');
}

/** Formats read capacity units per second. Small values keep their decimals, because rounding could make them 0. */
function formatRate(units: number): string {
  return formatCapacityUnits(units < 10 ? units : Math.round(units));
}

/** Minimum elapsed seconds for an estimate: the speed at the start is not representative. */
const MIN_SECONDS = 5;

/**
 * Estimates the remaining time of a scan from its average speed.
 *
 * @param read items read in `seconds`
 * @param toRead remaining items by DynamoDB's count, which is updated about every 6 hours
 * @returns seconds; undefined if it is too early for an estimate, or if the count was too low
 */
export function secondsRemaining(read: number, seconds: number, toRead: number): number | undefined {
  if (seconds < MIN_SECONDS || read <= 0 || toRead <= 0) return undefined;
  return (toRead / read) * seconds;
}
