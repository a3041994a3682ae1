import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Clock } from '../../../src/scan/pacing/budget.ts';

/** A clock that goes on as soon as all that is due has been done: an hour of pacing passes in a moment. */
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

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    // What awaits promises alone comes first; it may set timers.
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

/** A clock that jumps to its next timer, for what takes real time beside it, such as requests. */
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
