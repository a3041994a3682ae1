/** Time in an input: absolute, or relative to the time at which the step runs. */
export type Moment = { readonly kind: 'fixed'; readonly time: Date } | { readonly kind: 'ago'; readonly ms: number };

/**
 * Returns the absolute time. A relative time is rounded down to a whole second. DynamoDB rounds down its own current
 * time, so a window of 15 minutes would otherwise be a fraction of a second too short.
 *
 * @param now current time by AWS's clock
 */
export function resolveMoment(moment: Moment, now: Date): Date {
  return moment.kind === 'fixed' ? moment.time : new Date(Math.floor((now.getTime() - moment.ms) / 1000) * 1000);
}
