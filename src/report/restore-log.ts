import type { Logger } from '../logger.ts';
import { formatBytes, formatCount, formatCountOf } from '../message-text.ts';
import type { RestoreProgress } from '../restore/restore-progress.ts';

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;

/**
 * Logs the progress of items that the runner writes, after 5 seconds and then every 30 seconds. The timer does not keep
 * the process running.
 *
 * @param expectedItems number of items in the copy
 * @returns function that stops the log
 */
export function startRestoreLog(
  { state: { method }, write }: RestoreProgress,
  expectedItems: number,
  logger: Logger,
  times = { first: FIRST_LINE_MS, interval: INTERVAL_MS },
): () => void {
  if (method !== 'write') return () => {};
  let previous = { at: Date.now(), bytes: 0, units: 0 };
  const logLine = () => {
    const { itemCount, itemBytes, consumedWriteCapacity, throttledRequests, filesDone, filesTotal } = write.figures;
    const now = { at: Date.now(), bytes: itemBytes, units: consumedWriteCapacity };
    const seconds = (now.at - previous.at) / 1000;
    const parts = [
      `${formatCount(itemCount)} of ${formatCount(expectedItems)} items`,
      `${formatBytes((now.bytes - previous.bytes) / seconds)}/s`,
      `${formatCount(Math.round((now.units - previous.units) / seconds))} WCU/s`,
      `${formatCount(filesDone)} of ${formatCount(filesTotal)} objects`,
    ];
    if (throttledRequests > 0) parts.push(formatCountOf(throttledRequests, 'throttled request'));
    logger.info(parts.join(', '));
    previous = now;
    timer = setTimeout(logLine, times.interval).unref();
  };
  let timer = setTimeout(logLine, times.first).unref();
  return () => clearTimeout(timer);
}
