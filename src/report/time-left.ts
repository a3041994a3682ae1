/** Minimum elapsed seconds for an estimate: the speed at the start is not representative. */
const MIN_SECONDS = 5;

/**
 * Estimates the remaining time of a scan from its average speed.
 *
 * @param read items read in `seconds`
 * @param toRead remaining items by DynamoDB's count, which is updated about every 6 hours
 * @returns seconds; undefined if it is too early for an estimate, or if the count was too low
 */
export function timeLeft(read: number, seconds: number, toRead: number): number | undefined {
  if (seconds < MIN_SECONDS || read <= 0 || toRead <= 0) return undefined;
  return (toRead / read) * seconds;
}
