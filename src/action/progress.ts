import type { Narrator } from '../narrator.ts';
import { formatReadUnits } from '../scan/pacing/read-cap.ts';
import type { ScanFigures, ScanView } from '../scan/scan-progress.ts';
import { timeLeft } from './time-left.ts';
import { formatBytes, formatCount, formatSeconds } from './units.ts';

const FIRST_LINE_MS = 5_000;
const INTERVAL_MS = 30_000;

/**
 * Tells how far a scan is: after 5 seconds, so that one knows it runs, then every 30.
 *
 * @param expectedItems how many are to be read by DynamoDB's count, which lags by hours; undefined where there is none
 * @returns what stops it; it holds no process open by itself
 */
export function reportProgress(
  scan: Pick<ScanView, 'figures'>,
  expectedItems: number | undefined,
  narrator: Narrator,
  times = { first: FIRST_LINE_MS, interval: INTERVAL_MS },
): () => void {
  const look = () => ({ at: Date.now(), figures: scan.figures });
  const start = look();
  let before = start;
  const tell = () => {
    const now = look();
    const seconds = (now.at - before.at) / 1000;
    const { uncompressedBytes, consumedReadCapacity, scannedCount } = now.figures;
    const speed = {
      bytes: (uncompressedBytes - before.figures.uncompressedBytes) / seconds,
      units: (consumedReadCapacity - before.figures.consumedReadCapacity) / seconds,
    };
    const read = scannedCount - start.figures.scannedCount;
    const left = timeLeft(read, (now.at - start.at) / 1000, (expectedItems ?? 0) - scannedCount);
    narrator.info(progressLine(now.figures, expectedItems, speed, left));
    before = now;
    timer = setTimeout(tell, times.interval).unref();
  };
  let timer = setTimeout(tell, times.first).unref();
  return () => clearTimeout(timer);
}

/**
 * @param speed a second, since the line before; units are read units
 * @param secondsLeft undefined where it cannot be told
 */
export function progressLine(
  figures: ScanFigures,
  expectedItems: number | undefined,
  speed: { readonly bytes: number; readonly units: number },
  secondsLeft?: number,
): string {
  const { itemCount, scannedCount, uncompressedBytes, segments, readCapacityCap, throttledRequests } = figures;
  const cap = readCapacityCap === undefined ? '' : ` of ${formatRate(readCapacityCap)}`;
  const parts = [
    `${formatCount(itemCount)} items`,
    formatBytes(uncompressedBytes),
    `${formatBytes(speed.bytes)}/s`,
    `${formatRate(speed.units)}${cap} read units/s`,
    `${formatCount(segments.done)} of ${formatCount(segments.total)} segments`,
  ];
  if (throttledRequests > 0) parts.push(`${formatCount(throttledRequests)} throttled`);
  if (expectedItems) parts.push(`about ${Math.min(100, Math.floor((100 * scannedCount) / expectedItems))}% read`);
  if (secondsLeft !== undefined) parts.push(`about ${formatSeconds(Math.ceil(secondsLeft))} left`);
  return parts.join(', ');
}

/** Formats read units a second: whole numbers, unless they are so few that one would be rounded to nothing. */
function formatRate(units: number): string {
  return formatReadUnits(units < 10 ? units : Math.round(units));
}
