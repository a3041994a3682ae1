import type { Logger } from '../logger.ts';
import { formatBytes, formatCount, formatCountOf } from '../message-text.ts';
import type { ComparisonProgress } from '../verify/compare/comparison-progress.ts';
import type { VerifyProgress } from '../verify/verify-progress.ts';

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;

/** A comparison in progress. */
export interface ComparisonInProgress {
  readonly comparing: ComparisonProgress;
  /** Names of the two, which begin a sentence. */
  readonly copy: string;
  readonly other: string;
}

/**
 * Logs the progress of a verification, after 5 seconds and then every 30 seconds. The timer does not keep the process
 * running.
 *
 * @param progress progress of reading the copy
 * @param comparison undefined if the copy is not compared
 * @returns function that stops the log
 */
export function startVerifyLog(
  progress: VerifyProgress,
  logger: Logger,
  comparison?: ComparisonInProgress,
  times = { first: FIRST_LINE_MS, interval: INTERVAL_MS },
): () => void {
  let previous = { at: Date.now(), reading: '', bytes: 0 };
  const logLine = () => {
    const { reading, bytes, parts } = comparison ? ofComparison(progress, comparison) : ofCopy(progress);
    const now = { at: Date.now(), reading, bytes };
    // The bytes start at 0 for each reading.
    const read = reading === previous.reading && bytes >= previous.bytes ? bytes - previous.bytes : bytes;
    const rate = `${formatBytes((1000 * read) / Math.max(1, now.at - previous.at))}/s`;
    logger.info(`${reading}${[...parts, rate].join(', ')}`);
    previous = now;
    timer = setTimeout(logLine, times.interval).unref();
  };
  let timer = setTimeout(logLine, times.first).unref();
  return () => clearTimeout(timer);
}

interface Reading {
  /** Start of the line; '' if only one thing is read. */
  readonly reading: string;
  /** Uncompressed bytes read so far. */
  readonly bytes: number;
  readonly parts: readonly string[];
}

function ofCopy({ figures }: VerifyProgress): Reading {
  return {
    reading: '',
    bytes: figures.uncompressedBytes,
    parts: [`${formatCount(figures.itemCount)} items`, ...objectParts(figures)],
  };
}

function ofComparison(progress: VerifyProgress, { comparing, copy, other }: ComparisonInProgress): Reading {
  const { pass, side, itemCount, lineBytes } = comparing.figures;
  return {
    reading: `${side === 'copy' ? copy : other}${pass === 2 ? ', again to find the differences' : ''}: `,
    bytes: lineBytes,
    parts: [`${formatCount(itemCount)} items`, ...(side === 'copy' ? objectParts(progress.figures) : [])],
  };
}

function objectParts({
  checkedObjectCount,
  plannedObjectCount,
  damagedObjectCount,
}: VerifyProgress['figures']): string[] {
  return [
    `${formatCount(checkedObjectCount)} of ${formatCount(plannedObjectCount)} objects`,
    ...(damagedObjectCount > 0 ? [formatCountOf(damagedObjectCount, 'damaged object')] : []),
  ];
}
