/** Time in an input: absolute, or relative to the time at which the step runs. */
export type InputTime =
  | { readonly kind: 'absolute'; readonly time: Date }
  | { readonly kind: 'relative'; readonly msAgo: number };

/**
 * Returns the absolute time. A relative time is rounded down to a whole second. DynamoDB rounds down its own current
 * time, so a window of 15 minutes would otherwise be a fraction of a second too short.
 *
 * @param now current time by AWS's clock
 */
export function resolveInputTime(inputTime: InputTime, now: Date): Date {
  return inputTime.kind === 'absolute'
    ? inputTime.time
    : new Date(Math.floor((now.getTime() - inputTime.msAgo) / 1000) * 1000);
}
