import { setTimeout as sleep } from 'node:timers/promises';
import { ABORT, STALL } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';

/** What a run is waiting for at the moment, so that one in which nothing moves any more can say so. */
export class Waits {
  private readonly counts = new Map<string, number>();
  private withOwnTimeouts = 0;
  private movedAt = performance.now();

  /** @param what as it goes on from "waiting for", such as "S3 to take data" */
  async during<T>(what: string, wait: Promise<T>): Promise<T> {
    this.count(what, 1);
    try {
      return await wait;
    } finally {
      this.count(what, -1);
    }
  }

  /** For what ends by time-outs of its own, many of them maybe: as long as it goes on, nothing is hung. */
  async duringOwnTimeouts<T>(wait: Promise<T>): Promise<T> {
    this.withOwnTimeouts += 1;
    try {
      return await wait;
    } finally {
      this.withOwnTimeouts -= 1;
      this.moved();
    }
  }

  /** Records that a part of a longer wait is over. */
  moved(): void {
    this.movedAt = performance.now();
  }

  /** Milliseconds since something last began or ended. */
  still(): number {
    return this.withOwnTimeouts > 0 ? 0 : performance.now() - this.movedAt;
  }

  /** `DynamoDB to answer Scan (12), S3 to take data (4)` */
  toString(): string {
    return [...this.counts].map(([what, count]) => `${what} (${count})`).join(', ') || 'nothing that is known';
  }

  private count(what: string, change: 1 | -1): void {
    const count = (this.counts.get(what) ?? 0) + change;
    if (count > 0) this.counts.set(what, count);
    else this.counts.delete(what);
    this.moved();
  }
}

/**
 * Does the work, and ends it where nothing in it has moved for `STALL`. All its requests have time-outs of their own;
 * this is for what slips through them, such as an answer of which a byte comes now and then for ever.
 *
 * @param work is told by its signal to stop, and has a few seconds for it
 * @throws {CopyError} STALLED, with what was waited for; else what the work throws
 */
export async function watchForStall<T>(
  waits: Waits,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const over = new AbortController();
  const working = work(AbortSignal.any([outer, stop.signal]));
  try {
    const ended = await Promise.race([working.then((result) => ({ result })), standstill(waits, over.signal)]);
    if (ended) return ended.result;
    const error = stallOf(waits);
    stop.abort(error);
    // What heeds the signal may still abort its uploads; what is hung for good is not waited for.
    await Promise.race([working.then(nothing, nothing), sleep(ABORT, undefined, { signal: over.signal })]);
    throw error;
  } finally {
    over.abort();
  }
}

/** Resolves when nothing has moved for `STALL`. */
async function standstill(waits: Waits, over: AbortSignal): Promise<undefined> {
  for (let left = STALL; left > 0; left = STALL - waits.still()) {
    await sleep(left, undefined, { signal: over, ref: false });
  }
}

function stallOf(waits: Waits): CopyError {
  return new CopyError(
    'STALLED',
    `Nothing has moved for a quarter of an hour. The run was waiting for ${waits}.`,
    'Run the step again. If it stalls again, look for a proxy or a firewall between runner and AWS that holds connections open and passes nothing on.',
  );
}

function nothing(): void {}
