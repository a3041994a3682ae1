import { explainError } from './aws/explain-error.ts';
import { CopyError } from './errors.ts';
import { cancellationSignal } from './github/cancellation.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { proxyWarning } from './github/proxy-warning.ts';
import { runContext } from './github/run-context.ts';
import { readPlanCopyInputs } from './inputs/plan-copy-inputs.ts';
import { PreflightChecks } from './preflight/checks/checks.ts';
import { preparePlan } from './preflight/prepare-plan.ts';
import { dryRunLines } from './report/dry-run.ts';
import { type PlanStatus, reportPlan } from './report/plan-report.ts';
import { planRows } from './report/plan-rows.ts';
import { startCopy } from './shards/start-copy.ts';
import { ACTION } from './version.ts';

/** Context of a plan step, available from its start. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly addStatus: (more: PlanStatus) => void;
}

/**
 * Runs the plan step: reads the inputs, sizes the shards, proves that the bucket can hold checkpoints, starts the copy,
 * and reports the result. Only the report fails the step, and it comes last.
 */
export async function planMain(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const log = new Log(env);
  let status: PlanStatus = {};
  let isReported = false;
  const reportOnce = (failure: CopyError | undefined) => {
    if (isReported) return;
    isReported = true;
    reportPlan({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
  };
  const signal = cancellationSignal(log, undefined, () => reportOnce(cancelled(status)));
  const addStatus = (more: PlanStatus) => {
    status = { ...status, ...more };
  };
  let failure: CopyError | undefined;
  try {
    await planCopy({ env, log, signal, addStatus });
  } catch (error) {
    failure = signal.aborted ? cancelled(status) : explainError(error, status.inputs);
  }
  reportOnce(failure);
}

function cancelled({ inputs, prepared, isStarted }: PlanStatus): CopyError {
  const left =
    inputs && prepared && !inputs.dryRun && !isStarted
      ? ` s3://${inputs.bucket}/${prepared.layout.root}_started may exist, but no shard was copied.`
      : '';
  return new CopyError('CANCELLED', `The step was cancelled.${left}`, 'Re-run the job. This makes a new plan.');
}

async function planCopy({ env, log, signal, addStatus }: Step): Promise<void> {
  const run = runContext(env);
  log.info(`${ACTION.name} ${ACTION.version}`);
  const ignoredProxy = proxyWarning(env, process.versions.node);
  if (ignoredProxy !== undefined) log.warning(ignoredProxy);
  const inputs = readPlanCopyInputs(env, run);
  const checks = new PreflightChecks((error) => explainError(error, inputs), signal);
  addStatus({ inputs, checkResults: checks.results });
  const prepared = await log.group('Check table and bucket', () =>
    preparePlan({ inputs, checks, logger: log, signal }, credentialContext(env, run, inputs.roles, log)),
  );
  addStatus({ prepared });
  try {
    await log.group(inputs.dryRun ? 'Dry run' : 'Plan', async () => {
      if (inputs.dryRun) for (const line of dryRunLines(checks.results, undefined)) log.info(line);
      for (const [name, value] of planRows(inputs, prepared)) log.info(`${name}: ${value}`);
      if (inputs.dryRun) return;
      await startCopy(prepared.start, signal);
      addStatus({ isStarted: true });
    });
  } finally {
    prepared.close();
  }
}
