import type { JobFailure } from '../dynamodb-service/s3-failures.ts';

/** Delays of the phases of a job in milliseconds. With `"manual"`, phases begin only with `advance` and `settle`. */
export type Delays = LoadDelays | 'manual';

export interface LoadDelays {
  /** Until an import has created its table, or a bulk operation knows the size of its input. */
  readonly tableMs: number;
  /** Until the items are loaded; then the table of an import is ACTIVE. */
  readonly loadMs: number;
  /** Until the status of the job is final. */
  readonly endMs: number;
}

/** A phase of a job. Resolves to true if the job has ended. */
export type Phase = () => Promise<boolean>;

/** Runs the phases of jobs one after another, by time or when a test asks for it. */
export interface Schedule extends AsyncDisposable {
  readonly start: (arn: string, phases: readonly [Phase, Phase, Phase]) => void;
  /** Runs the next phase of one job, or of all jobs in progress. */
  readonly advance: (arn?: string) => Promise<void>;
  /** Runs one job, or all jobs in progress, to the end. A job that never ends is left as it is. */
  readonly settle: (arn?: string) => Promise<void>;
}

/**
 * Returns the phases with a failure of the job instead of an error: the stack of an error of the emulator, or the code
 * of the server if the table was deleted. How AWS reports the latter is not known.
 */
export function guarded(
  phases: readonly [Phase, Phase, Phase],
  fail: (failure: JobFailure) => true,
): readonly [Phase, Phase, Phase] {
  const guard =
    (phase: Phase): Phase =>
    () =>
      phase().catch((error: Error) =>
        error.message.includes('ResourceNotFoundException')
          ? fail({ FailureCode: 'ResourceNotFoundException', FailureMessage: 'Requested resource not found' })
          : fail({ FailureCode: 'InternalServerError', FailureMessage: String(error.stack) }),
      );
  return [guard(phases[0]), guard(phases[1]), guard(phases[2])];
}

export function createSchedule(delays: Delays): Schedule {
  const jobs = new Map<string, { readonly next: () => Promise<void>; remaining: number }>();
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let isDisposed = false;

  const chosen = (arn: string | undefined): readonly string[] => (arn === undefined ? [...jobs.keys()] : [arn]);

  return {
    start(arn, phases) {
      const waits = delays === 'manual' ? [] : [delays.tableMs, delays.loadMs, delays.endMs];
      let index = 0;
      let last: Promise<void> = Promise.resolve();
      const wait = (): void => {
        const ms = waits[index];
        if (ms === undefined || isDisposed) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          void job.next();
        }, ms);
        timers.add(timer);
      };
      const run = async (): Promise<void> => {
        const phase = phases[index++];
        if (isDisposed || phase === undefined) return;
        if ((await phase()) || index === phases.length) {
          jobs.delete(arn);
          index = phases.length;
        }
        job.remaining = phases.length - index;
        wait();
      };
      const job: { remaining: number; readonly next: () => Promise<void> } = {
        remaining: phases.length,
        // Phases of one job never overlap, even if a test settles the job while a timer runs.
        next(): Promise<void> {
          last = last.then(run);
          running.add(last);
          return last;
        },
      };
      jobs.set(arn, job);
      wait();
    },
    async advance(arn) {
      await Promise.all(chosen(arn).map((each) => jobs.get(each)?.next()));
    },
    async settle(arn) {
      await Promise.all(
        chosen(arn).map(async (each) => {
          const job = jobs.get(each);
          while (job !== undefined && job.remaining > 0) await job.next();
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
