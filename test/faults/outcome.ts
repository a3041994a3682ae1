/**
 * How a schedule ended. The first two are good ends: everything was copied exactly, or the step failed, said so, and no
 * summary says otherwise.
 */
export type Ending =
  | 'complete and equal'
  | 'failed without a summary'
  | 'complete but not equal'
  | 'failed with a summary'
  | 'succeeded after it was taken over'
  | 'harmed others'
  | 'hung'
  | 'left an upload open'
  | 'ended without a word';

export interface Outcome {
  readonly seed: number;
  readonly title: string;
  readonly ending: Ending;
  /** Requests that something happened to. */
  readonly faults: number;
  readonly durationMs: number;
  /** Why it failed, or what is wrong. */
  readonly detail: string;
}

export type Judged = Pick<Outcome, 'ending' | 'detail'>;

export interface ScheduleOptions {
  /** Another entry than dist/index.js, for the controls. */
  readonly entry?: string;
}

export function isGood(ending: Ending): boolean {
  return ending === 'complete and equal' || ending === 'failed without a summary';
}
