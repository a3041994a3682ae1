/** Clock and timers for pacing. Tests use a virtual clock, on which an hour passes immediately. */
export interface Clock {
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** Calls `wake` once after `ms` milliseconds. Returns a function that cancels the timer. */
  readonly after: (ms: number, wake: () => void) => () => void;
}

export const MACHINE_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};
