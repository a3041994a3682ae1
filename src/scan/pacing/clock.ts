/** Time as pacing sees it; tests lend it one of their own, on which an hour passes in a moment. */
export interface Clock {
  /** Milliseconds that only ever grow. */
  readonly now: () => number;
  /** Calls `wake` once, that many milliseconds later; what it returns cancels that. */
  readonly after: (ms: number, wake: () => void) => () => void;
}

export const MACHINE_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};
