import type { S3Client } from '@aws-sdk/client-s3';
import { failureOfStore, type JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { Place } from '../dynamodb-service/tables.ts';
import { obstacle, type Surroundings } from './export-failures.ts';
import type { ExportJob, Outcome } from './export-jobs.ts';
import type { ExportParameters } from './export-parameters.ts';
import { exportWriter } from './export-writer.ts';

/**
 * Outcome of an accepted export that a test imposes.
 *
 * - `"never"`: the export stays in progress
 * - a failure with any code; with `after: "data"`, the export first writes everything except its manifests, as if a
 *   permission were revoked during the export
 */
export type Fate = 'never' | (JobFailure & { readonly after?: 'data' });

export interface LifecycleOptions {
  readonly client: S3Client;
  readonly place: Place;
  readonly surroundings: Surroundings;
  readonly now: () => number;
  readonly fateOf: (parameters: ExportParameters) => Fate | undefined;
  /** Duration of an export; with `"manual"`, exports end only when `settle` is called. */
  readonly settleAfterMs: number | 'manual';
}

/** Runs accepted exports. */
export interface Lifecycle extends AsyncDisposable {
  /** Starts the export: writes `_started` immediately and everything else when the export settles. */
  readonly carryOut: (job: ExportJob) => void;
  /** Ends one export, or all exports in progress. */
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

/** Starts an export and returns the function that ends it. */
function begin(job: ExportJob, { client, place, surroundings, now, fateOf }: LifecycleOptions): () => Promise<Outcome> {
  const writer = exportWriter(client, job);
  const fate = fateOf(job.parameters);
  if (fate === 'never') {
    return never;
  }
  const failure =
    fate === undefined || fate.after === 'data' ? obstacle(job.parameters, surroundings, place) : withoutTiming(fate);
  const fail = (reason: JobFailure): Outcome => ({ status: 'FAILED', endTime: now(), failure: reason });
  if (failure !== undefined) {
    return async () => fail(failure);
  }
  const started = writer.start();
  // Awaited when the export settles. Until then, a missing bucket must not cause an unhandled rejection.
  started.catch(() => undefined);
  return async () => {
    try {
      await started;
      const lines = await job.data;
      const files = await writer.writeData(lines);
      if (fate !== undefined) {
        return fail(withoutTiming(fate));
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

function withoutTiming({ FailureCode, FailureMessage }: JobFailure): JobFailure {
  return { FailureCode, FailureMessage };
}

/** Minimum billed size of an incremental export, in bytes. */
const MIN_BILLED_BYTES = 10_000_000;

function billedSize({ times, table }: ExportJob, lines: readonly (readonly string[])[]): number {
  if (times.type === 'FULL_EXPORT') {
    return table.sizeBytes;
  }
  const bytes = lines.flat().reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  return Math.max(bytes, MIN_BILLED_BYTES);
}
