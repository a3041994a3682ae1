import { setTimeout as sleep } from 'node:timers/promises';
import { CopyError } from './errors.ts';
import { ABORT, STALL } from './timeouts.ts';

/** Tracks what a run is currently waiting for. Used to detect a stalled run and to report what it was waiting for. */
export class PendingWaits {
  private readonly counts = new Map<string, number>();
  private withOwnTimeouts = 0;
  private movedAt = performance.now();

  /** @param what completes the sentence "The run was waiting for", for example "S3 to store data" */
  async during<T>(what: string, wait: Promise<T>): Promise<T> {
    this.count(what, 1);
    try {
      return await wait;
    } finally {
      this.count(what, -1);
    }
  }

  /**
   * For a wait that has its own timeouts, possibly many in a row. The run does not count as stalled during this wait.
   */
  async duringOwnTimeouts<T>(wait: Promise<T>): Promise<T> {
    this.withOwnTimeouts += 1;
    try {
      return await wait;
    } finally {
      this.withOwnTimeouts -= 1;
      this.noteProgress();
    }
  }

  /** Records progress within a longer wait. */
  noteProgress(): void {
    this.movedAt = performance.now();
  }

  /** Milliseconds since a wait last began or ended; 0 during a wait that has its own timeouts. */
  msSinceProgress(): number {
    return this.withOwnTimeouts > 0 ? 0 : performance.now() - this.movedAt;
  }

  /** `DynamoDB to respond to Scan (12), S3 to store data (4)` */
  toString(): string {
    return [...this.counts].map(([what, count]) => `${what} (${count})`).join(', ') || 'an unknown operation';
  }

  private count(what: string, change: 1 | -1): void {
    const count = (this.counts.get(what) ?? 0) + change;
    if (count > 0) this.counts.set(what, count);
    else this.counts.delete(what);
    this.noteProgress();
  }
}

/**
 * Runs `work` and stops it if it makes no progress for `STALL`. All requests have their own timeouts. The watchdog
 * covers cases that those do not detect, such as a response that never ends because single bytes keep arriving.
 *
 * @param work is aborted through its signal and then has a few seconds to stop
 * @throws {CopyError} STALLED, with what the run was waiting for; otherwise the error of `work`
 */
export async function watchForStall<T>(
  waits: PendingWaits,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const over = new AbortController();
  const working = work(AbortSignal.any([outer, stop.signal]));
  try {
    const ended = await Promise.race([working.then((result) => ({ result })), untilStalled(waits, over.signal)]);
    if (ended) return ended.result;
    const error = stallError(waits);
    stop.abort(error);
    // Give work that responds to the signal time to abort its uploads. Do not wait longer: work that hangs never ends.
    await Promise.race([working.then(nothing, nothing), sleep(ABORT, undefined, { signal: over.signal })]);
    throw error;
  } finally {
    over.abort();
  }
}

/** Resolves when there has been no progress for `STALL`. */
async function untilStalled(waits: PendingWaits, over: AbortSignal): Promise<undefined> {
  for (let remaining = STALL; remaining > 0; remaining = STALL - waits.msSinceProgress()) {
    await sleep(remaining, undefined, { signal: over, ref: false });
  }
}

function stallError(waits: PendingWaits): CopyError {
  return new CopyError(
    'STALLED',
    `The run made no progress for 15 minutes. It was waiting for ${waits}.`,
    'Re-run the job. If it stalls again, check whether a proxy or a firewall between the runner and AWS keeps connections open without forwarding data.',
  );
}

function nothing(): void {}
