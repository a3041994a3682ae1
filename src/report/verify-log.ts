import type { Logger } from '../logger.ts';
import { formatBytes, formatCount, formatCountOf } from '../message-text.ts';
import type { ComparisonFigures } from '../verify/compare/comparison-progress.ts';
import type { VerifyFigures } from '../verify/verify-progress.ts';

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;

/** What is being read, and how much of it was read. Figures of data objects are missing for a table. */
export interface ReadingFigures extends Partial<VerifyFigures> {
  /** Start of the line, such as `The copy: `; '' if only one thing is read. */
  readonly what: string;
  /** Uncompressed bytes. They start at 0 for each reading. */
  readonly uncompressedBytes: number;
}

/**
 * Returns the figures of the reading that a comparison is at.
 *
 * @param names names of the copy and of what it is compared with, which begin a sentence
 * @param objects figures of reading the copy
 */
export function comparedReading(
  { pass, side, lineBytes }: ComparisonFigures,
  names: Readonly<Record<ComparisonFigures['side'], string>>,
  objects: VerifyFigures,
): ReadingFigures {
  const again = pass === 2 ? ', again to find the differences' : '';
  return { ...(side === 'copy' && objects), what: `${names[side]}${again}: `, uncompressedBytes: lineBytes };
}

/**
 * Logs the progress of a verification, after 5 seconds and then every 30 seconds. The timer does not keep the process
 * running.
 *
 * @param figures returns the current figures
 * @returns function that stops the log
 */
export function startVerifyLog(
  figures: () => ReadingFigures,
  logger: Logger,
  times = { first: FIRST_LINE_MS, interval: INTERVAL_MS },
): () => void {
  let previous = { at: Date.now(), ...figures() };
  const logLine = () => {
    const now = { at: Date.now(), ...figures() };
    const isSameReading = now.what === previous.what && now.uncompressedBytes >= previous.uncompressedBytes;
    const bytes = now.uncompressedBytes - (isSameReading ? previous.uncompressedBytes : 0);
    const seconds = Math.max(1, now.at - previous.at) / 1000;
    const parts = [...objectParts(now), formatBytes(now.uncompressedBytes), `${formatBytes(bytes / seconds)}/s`];
    logger.info(`${now.what}${parts.join(', ')}`);
    previous = now;
    timer = setTimeout(logLine, times.interval).unref();
  };
  let timer = setTimeout(logLine, times.first).unref();
  return () => clearTimeout(timer);
}

function objectParts({ checkedObjectCount, plannedObjectCount, failedObjectCount = 0 }: ReadingFigures): string[] {
  if (checkedObjectCount === undefined || plannedObjectCount === undefined) return [];
  return [
    `${formatCount(checkedObjectCount)} of ${formatCount(plannedObjectCount)} objects`,
    ...(failedObjectCount > 0 ? [`problems with ${formatCountOf(failedObjectCount, 'object')}`] : []),
  ];
}
