import { explainError } from './aws/explain-error.ts';
import type { CopyError } from './errors.ts';
import { cancellationSignal } from './github/cancellation.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { proxyWarning } from './github/proxy-warning.ts';
import { saveNoTemporaryTable, saveTemporaryTable } from './github/restore-state.ts';
import { runContext } from './github/run-context.ts';
import { newJournalPath } from './github/step-state.ts';
import { StopMark } from './github/stop-mark.ts';
import { workflowRun } from './github/workflow-run.ts';
import { type RestoreInputs, readRestoreInputs } from './inputs/restore-inputs.ts';
import { PreflightChecks } from './preflight/checks/checks.ts';
import { type PreparedRestore, prepareRestore } from './preflight/prepare-restore.ts';
import { cancelledRestore } from './report/cancelled-restore.ts';
import { dryRunLines } from './report/dry-run.ts';
import { failedRestore } from './report/failed-restore.ts';
import { startRestoreLog } from './report/restore-log.ts';
import { type RestoreStatus, reportRestore } from './report/restore-report.ts';
import { createdTable } from './restore/create-table.ts';
import type { OnTableCreated } from './restore/load-table.ts';
import { runRestore } from './restore/restore.ts';
import { ACTION } from './version.ts';

/** Context of a restore step, available from its start. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly addStatus: (more: RestoreStatus) => void;
}

/**
 * Runs the restore step: reads the inputs, finds and checks the copy, loads it and reports the result. Only the report
 * fails the step, and it comes last.
 */
export async function restoreMain(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  saveNoTemporaryTable(env);
  const started = performance.now();
  const log = new Log(env);
  const stopMark = new StopMark(newJournalPath(env));
  let status: RestoreStatus = {};
  let isReported = false;
  const reportOnce = (failure: CopyError | undefined) => {
    if (isReported) return;
    isReported = true;
    reportRestore({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
  };
  const cancelled = () => cancelledRestore(status);
  const signal = cancellationSignal(log, stopMark, () => reportOnce(cancelled()));
  const addStatus = (more: RestoreStatus) => {
    status = { ...status, ...more };
  };
  let failure: CopyError | undefined;
  try {
    await restoreCopy({ env, log, signal, addStatus });
  } catch (error) {
    failure =
      signal.aborted || stopMark.exists() ? cancelled() : failedRestore(explainError(error, status.inputs), status);
  }
  reportOnce(failure);
}

async function restoreCopy({ env, log, signal, addStatus }: Step): Promise<void> {
  const run = runContext(env);
  const workflow = workflowRun(env, run);
  log.info(`${ACTION.name} ${ACTION.version}`);
  const ignoredProxy = proxyWarning(env, process.versions.node);
  if (ignoredProxy !== undefined) log.warning(ignoredProxy);
  const inputs = readRestoreInputs(env);
  const checks = new PreflightChecks((error) => explainError(error, inputs), signal);
  addStatus({ inputs, checkResults: checks.results });
  // The checks can fail although an earlier attempt created a table, and its runner is gone.
  if (inputs.temporary && !inputs.dryRun && (run.runAttempt ?? 1) > 1) {
    saveTemporaryTable(env, { table: inputs.table.arn ?? inputs.table.name, step: workflow.restoreStep?.id });
  }
  const preflight = { inputs, env, run: workflow, checks, logger: log, signal };
  const prepared = await log.group('Check copy and table', () =>
    prepareRestore(preflight, credentialContext(env, run, inputs.roles, log)),
  );
  addStatus({ prepared });
  try {
    for (const line of dryRunLines(checks.results, undefined)) log.info(line);
    if (inputs.dryRun) return;
    await log.group('Restore', () => load(prepared, inputs, { env, log, signal, addStatus }));
  } finally {
    prepared.close();
  }
}

async function load(
  { context, request, plan }: PreparedRestore,
  { temporary, table }: RestoreInputs,
  { env, log, addStatus }: Step,
): Promise<void> {
  const temporaryTable = { table: table.arn ?? table.name, step: request.step?.id };
  const save: OnTableCreated = ({ tableId, createdAt }) => {
    if (temporary) saveTemporaryTable(env, { ...temporaryTable, tableId, createdAt: createdAt?.toISOString() });
  };
  // Also before the table exists: the step can be killed while DynamoDB creates it.
  const isOwn = plan.target === 'existing table' && plan.isOwn;
  save(isOwn ? createdTable(plan.table) : { tableId: undefined, createdAt: undefined });
  const { progress, result } = runRestore(context, request, plan, save);
  addStatus({ progress });
  const stopLog = startRestoreLog(progress, request.copy.itemCount, log);
  try {
    await result;
  } finally {
    stopLog();
  }
}
