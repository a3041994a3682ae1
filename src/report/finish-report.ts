import type { CopyError } from '../errors.ts';
import { writeChecksumsFile } from '../github/checksums-file.ts';
import type { Log } from '../github/log.ts';
import type { Outputs } from '../github/set-outputs.ts';
import type { FinishInputs } from '../inputs/finish-inputs.ts';
import { formatBytes, formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckResult } from '../preflight/checks/check.ts';
import type { PreparedFinish } from '../preflight/prepare-finish.ts';
import type { FinishedCopy } from '../shards/finished-copy.ts';
import { finishSummaryMarkdown } from './finish-summary.ts';
import { helpUrl } from './report.ts';
import { writeReport } from './write-report.ts';

/** Facts about a finish step. Members are undefined until they are known. */
export interface FinishStatus {
  readonly inputs?: FinishInputs;
  readonly checkResults?: readonly CheckResult[];
  readonly prepared?: PreparedFinish;
  /** Set if the copy is complete, and the step is not a dry run. */
  readonly finished?: FinishedCopy;
}

/** What a finish step reports when it ends. */
export interface FinishReport {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly status: FinishStatus;
  /** Why the step fails; undefined if it succeeds. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
}

/** Reports the result of a finish step in summary, outputs and log. Fails the step if there is a failure. */
export function reportFinish({ env, log, status, failure, durationSeconds }: FinishReport): void {
  const help = failure && helpUrl(failure.code, env);
  const content = {
    summary: () => finishSummaryMarkdown({ env, status, failure, durationSeconds, secrets: log.secrets, help }),
    outputs: () => finishOutputs(status, durationSeconds, env),
    result: status.finished ? 'The copy is complete' : 'The step finished',
    remedy: 'Check the free disk space of the runner, then re-run the job.',
  };
  const reported = writeReport(content, failure, { env, log });
  if (reported) {
    log.failure(reported, helpUrl(reported.code, env));
    // Not process.exit, which would lose output that has not been written to stdout yet.
    process.exitCode = 1;
    return;
  }
  log.info(closingLine(status, durationSeconds));
}

/** Returns the outputs that are known, even if the step failed: those of a scan, for the whole copy. */
export function finishOutputs(
  { inputs, prepared, finished }: FinishStatus,
  durationSeconds: number,
  env: NodeJS.ProcessEnv,
): Outputs {
  const { copy, bucket } = prepared?.context.request ?? {};
  const checksumsFile = finished && writeChecksumsFile(finished.checksums, finished.exportId, env);
  return {
    'duration-seconds': durationSeconds.toFixed(1),
    ...(inputs && { engine: 'scan' }),
    ...(inputs && { 'export-id': inputs.plan.exportId }),
    ...(copy &&
      bucket && {
        's3-uri': `s3://${bucket.name}/${copy.layout.root}`,
        'data-uri': `s3://${bucket.name}/${copy.layout.data}`,
      }),
    ...(finished && {
      'snapshot-time': finished.snapshotTime.toISOString(),
      scope: finished.scope,
      's3-keys': JSON.stringify(finished.files.map(({ key }) => key)),
      'file-count': String(finished.files.length),
      'item-count': String(finished.counts.itemCount),
      'dropped-count': String(finished.counts.droppedCount),
      'size-bytes': String(finished.sizeBytes),
      'uncompressed-bytes': String(finished.counts.uncompressedBytes),
      'consumed-read-capacity': String(finished.counts.consumedReadCapacity),
      'manifest-key': finished.layout.manifestSummary,
    }),
    ...(checksumsFile !== undefined && { 'checksums-file': checksumsFile }),
  };
}

function closingLine({ inputs, prepared, finished }: FinishStatus, seconds: number): string {
  if (inputs?.dryRun) return 'Dry run passed. Nothing was written.';
  if (!prepared || !finished) throw new Error('a finish step cannot succeed without a complete copy');
  const { counts, files, sizeBytes, layout, shards } = finished;
  const { bucket } = prepared.context.request;
  return `Done: ${formatCountOf(counts.itemCount, 'item')} of ${formatCountOf(shards.length, 'shard')} in ${formatCountOf(files.length, 'object')}, ${formatBytes(sizeBytes)}, in ${formatSeconds(seconds)}: s3://${bucket.name}/${layout.root}`;
}
