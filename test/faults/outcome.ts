/**
 * How a schedule ended. The first two are good: everything was copied exactly, or the step failed with an error and
 * left no summary.
 */
export type Ending =
  | 'complete and equal'
  | 'failed without a summary'
  | 'complete but not equal'
  | 'failed with a summary'
  | 'succeeded after it was taken over'
  | 'changed foreign objects'
  | 'hung'
  | 'left an upload open'
  | 'ended without an error message'
  | 'failed and reported the wrong state';

export interface Outcome {
  readonly seed: number;
  readonly title: string;
  readonly ending: Ending;
  /** Number of requests that met a fault. */
  readonly faults: number;
  readonly durationMs: number;
  /** Reason for the failure, or description of the problem. */
  readonly detail: string;
}

export type Judged = Pick<Outcome, 'ending' | 'detail'>;

export interface ScheduleOptions {
  /** Entry to run instead of dist/index.js, for the controls. */
  readonly entry?: string;
}

export function isGood(ending: Ending): boolean {
  return ending === 'complete and equal' || ending === 'failed without a summary';
}
