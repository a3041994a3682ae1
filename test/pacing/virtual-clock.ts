import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Clock } from '../../src/pacing/budget.ts';

/** A clock that advances to its next timer as soon as all pending work is done. An hour of pacing takes a moment. */
export class VirtualClock implements Clock {
  private time = 0;
  private readonly due: { readonly at: number; readonly wake: () => void }[] = [];

  readonly now = (): number => this.time;

  readonly after = (ms: number, wake: () => void): (() => void) => {
    const entry = { at: this.time + ms, wake };
    this.due.push(entry);
    return () => {
      const index = this.due.indexOf(entry);
      if (index >= 0) this.due.splice(index, 1);
    };
  };

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Advances the clock by `ms` and runs the timers that are due. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    // Run pending promise callbacks first. They can set timers.
    await turnOfEventLoop();
    for (let next = this.next(); next && next.at <= end; next = this.next()) {
      this.due.splice(this.due.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.wake();
      await turnOfEventLoop();
    }
    this.time = end;
  }

  private next() {
    return this.due.reduce<(typeof this.due)[number] | undefined>(
      (first, entry) => (first === undefined || entry.at < first.at ? entry : first),
      undefined,
    );
  }
}

/** A clock that jumps to its next timer, for tests that also make real requests. */
export class SkippingClock implements Clock {
  private time = 0;

  readonly now = (): number => this.time;

  readonly after = (ms: number, wake: () => void): (() => void) => {
    const immediate = setImmediate(() => {
      this.time += ms;
      wake();
    });
    return () => clearImmediate(immediate);
  };
}
