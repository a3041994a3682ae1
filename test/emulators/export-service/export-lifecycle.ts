import type { S3Client } from '@aws-sdk/client-s3';
import { type ExportFailure, failureOfStore, obstacle, type Surroundings } from './export-failures.ts';
import type { ExportJob, Outcome } from './export-jobs.ts';
import type { ExportParameters } from './export-parameters.ts';
import type { Place } from './export-tables.ts';
import { exportWriter } from './export-writer.ts';

/**
 * How an accepted export is to end, other than it would by what it asks for.
 *
 * - `"never"`: it stays in progress
 * - a failure: of any code; `after: "data"` lets it write all but its manifests first, as when a right is taken away
 *   in the middle
 */
export type Fate = 'never' | (ExportFailure & { readonly after?: 'data' });

export interface LifecycleOptions {
  readonly client: S3Client;
  readonly place: Place;
  readonly surroundings: Surroundings;
  readonly now: () => number;
  readonly fateOf: (parameters: ExportParameters) => Fate | undefined;
  /** How long an export takes by itself; `"manual"`: until it is settled by hand. */
  readonly settleAfterMs: number | 'manual';
}

/** Brings accepted exports to their end. */
export interface Lifecycle extends AsyncDisposable {
  /** Begins with it: `_started` is written soon, everything else when it settles. */
  readonly carryOut: (job: ExportJob) => void;
  /** Brings those exports to their end now that are under way; all, or one. */
  readonly settle: (exportArn?: string) => Promise<void>;
}

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const underWay = new Map<string, () => Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  const settling = new Set<Promise<void>>();

  const carryOut = (job: ExportJob): void => {
    const finish = begin(job, options);
    let ending: Promise<void> | undefined;
    const settle = (): Promise<void> => {
      ending ??= finish().then((outcome) => {
        job.outcome = outcome;
        underWay.delete(job.arn);
      });
      settling.add(ending);
      return ending;
    };
    if (finish !== never) {
      underWay.set(job.arn, settle);
      if (options.settleAfterMs !== 'manual') {
        timers.add(setTimeout(settle, options.settleAfterMs));
      }
    }
  };

  return {
    carryOut,
    async settle(exportArn) {
      if (exportArn !== undefined) {
        await underWay.get(exportArn)?.();
        return;
      }
      await Promise.all([...underWay.values()].map((settle) => settle()));
    },
    async [Symbol.asyncDispose]() {
      for (const timer of timers) {
        clearTimeout(timer);
      }
      await Promise.all(settling);
    },
  };
}

const never = (): Promise<Outcome> => new Promise(() => undefined);

/** Starts an export, and returns what ends it. */
function begin(job: ExportJob, { client, place, surroundings, now, fateOf }: LifecycleOptions): () => Promise<Outcome> {
  const writer = exportWriter(client, job);
  const fate = fateOf(job.parameters);
  if (fate === 'never') {
    return never;
  }
  const failure =
    fate === undefined || fate.after === 'data' ? obstacle(job.parameters, surroundings, place) : withoutPlan(fate);
  const fail = (reason: ExportFailure): Outcome => ({ status: 'FAILED', endTime: now(), failure: reason });
  if (failure !== undefined) {
    return async () => fail(failure);
  }
  const started = writer.start();
  // Looked at when it settles; until then a bucket that is not there is no unhandled rejection.
  started.catch(() => undefined);
  return async () => {
    try {
      await started;
      const lines = await job.data;
      const files = await writer.writeData(lines);
      if (fate !== undefined) {
        return fail(withoutPlan(fate));
      }
      const itemCount = files.reduce((sum, file) => sum + file.itemCount, 0);
      const end = { endTime: now(), itemCount, billedSizeBytes: billedSize(job, lines) };
      await writer.writeManifests(files, end);
      return { status: 'COMPLETED', ...end, manifestKey: writer.manifestKey };
    } catch (error) {
      return fail(failureOfStore(error));
    }
  };
}

function withoutPlan({ FailureCode, FailureMessage }: ExportFailure): ExportFailure {
  return { FailureCode, FailureMessage };
}

/** The least that an incremental export is charged. */
const MIN_INCREMENT = 10_000_000;

function billedSize({ times, table }: ExportJob, lines: readonly (readonly string[])[]): number {
  if (times.type === 'FULL_EXPORT') {
    return table.sizeBytes;
  }
  const bytes = lines.flat().reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  return Math.max(bytes, MIN_INCREMENT);
}
