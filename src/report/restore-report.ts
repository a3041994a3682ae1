import type { CopyError } from '../errors.ts';
import type { Log } from '../github/log.ts';
import type { Outputs } from '../github/set-outputs.ts';
import { inRestoreTerms } from '../inputs/action-terms.ts';
import type { RestoreInputs } from '../inputs/restore-inputs.ts';
import { formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckResult } from '../preflight/checks/check.ts';
import type { PreparedRestore } from '../preflight/prepare-restore.ts';
import type { RestoreProgress } from '../restore/restore-progress.ts';
import { helpUrl } from './report.ts';
import { restoreSummaryMarkdown } from './restore-summary.ts';
import { writeReport } from './write-report.ts';

/** Facts about a restore step. Members are undefined until they are known. */
export interface RestoreStatus {
  readonly inputs?: RestoreInputs;
  readonly checkResults?: readonly CheckResult[];
  readonly prepared?: PreparedRestore;
  readonly progress?: RestoreProgress;
}

/** What a restore step reports when it ends. */
export interface RestoreReport {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly status: RestoreStatus;
  /** Why the step fails; undefined if it succeeds. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
}

/** Reports the result of a restore step in outputs, summary and log. Fails the step if there is a failure. */
export function reportRestore(report: RestoreReport): void {
  const { env, log, status, durationSeconds } = report;
  const failure = report.failure && inRestoreTerms(report.failure);
  const help = failure && helpUrl(failure.code, env);
  const content = {
    summary: () => restoreSummaryMarkdown({ status, failure, durationSeconds, secrets: log.secrets, help }),
    outputs: () => restoreOutputs(status, durationSeconds),
    result: 'The restore is complete',
    remedy: 'Check the free disk space of the runner. The table can be used.',
  };
  const reported = writeReport(content, failure, { env, log });
  if (reported) {
    log.failure(reported, helpUrl(reported.code, env));
    // Not process.exit, which would lose output that has not been written to stdout yet.
    process.exitCode = 1;
    return;
  }
  const { inputs, progress } = status;
  log.info(
    inputs?.dryRun
      ? 'Dry run passed. Nothing was written.'
      : `Done: ${formatCountOf(progress?.state.itemCount ?? 0, 'item')} restored to table ${inputs?.table.name ?? ''}, in ${formatSeconds(durationSeconds)}.`,
  );
}

/** Returns the outputs that are known, even if the step failed. */
export function restoreOutputs({ inputs, prepared, progress }: RestoreStatus, durationSeconds: number): Outputs {
  const state = progress?.state;
  const rejected = progress?.write.figures.rejectedCount ?? 0;
  return {
    'duration-seconds': durationSeconds.toFixed(1),
    ...(inputs && { 'dynamodb-table-name': inputs.table.name }),
    ...(prepared && {
      method: prepared.plan.method,
      'snapshot-time': prepared.copy.snapshotTime.toISOString(),
      's3-uri': `s3://${prepared.context.bucket.name}/${prepared.copy.layout.root}`,
    }),
    ...(state?.tableArn !== undefined && { 'table-arn': state.tableArn }),
    ...(state?.importArn !== undefined && { 'import-arn': state.importArn }),
    ...(state?.bulkOperationArn !== undefined && { 'bulk-operation-arn': state.bulkOperationArn }),
    ...(state?.stage === 'complete' && { 'item-count': String(state.itemCount) }),
    ...(prepared && rejected > 0 && { 'failed-keys-file': prepared.request.rejectedKeysFile }),
  };
}
