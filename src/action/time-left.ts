/** Earlier than that, the speed of the first moments says little of the rest. */
const LEAST_SECONDS = 5;

/**
 * How long a scan still takes, at the speed it had so far.
 *
 * @param read items read in `seconds`
 * @param toRead items left by DynamoDB's count, which lags by hours
 * @returns seconds; undefined where it cannot be told yet, or the count has proved too low
 */
export function timeLeft(read: number, seconds: number, toRead: number): number | undefined {
  if (seconds < LEAST_SECONDS || read <= 0 || toRead <= 0) return undefined;
  return (toRead / read) * seconds;
}
