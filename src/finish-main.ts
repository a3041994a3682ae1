import { explainError } from './aws/explain-error.ts';
import { CopyError } from './errors.ts';
import { cancellationSignal } from './github/cancellation.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { proxyWarning } from './github/proxy-warning.ts';
import { runContext } from './github/run-context.ts';
import { workflowRun } from './github/workflow-run.ts';
import { readFinishInputs } from './inputs/finish-inputs.ts';
import { PreflightChecks } from './preflight/checks/checks.ts';
import { prepareFinish } from './preflight/prepare-finish.ts';
import { remedies } from './remedies.ts';
import { dryRunLines } from './report/dry-run.ts';
import { type FinishStatus, reportFinish } from './report/finish-report.ts';
import { completeCopy } from './shards/finish-copy.ts';
import { PendingWaits, watchForStall } from './stall-watchdog.ts';
import { ACTION } from './version.ts';

/** Context of a finish step, available from its start. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly addStatus: (more: FinishStatus) => void;
}

/**
 * Runs the finish step: reads the inputs, checks that all shards are complete, writes the manifests of the copy and
 * reports the result. Only the report fails the step, and it comes last.
 */
export async function finishMain(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const log = new Log(env);
  let status: FinishStatus = {};
  let isReported = false;
  const reportOnce = (failure: CopyError | undefined) => {
    if (isReported) return;
    isReported = true;
    reportFinish({ env, log, status, failure, durationSeconds: (performance.now() - started) / 1000 });
  };
  const signal = cancellationSignal(log, undefined, () => reportOnce(cancelled()));
  const addStatus = (more: FinishStatus) => {
    status = { ...status, ...more };
  };
  let failure: CopyError | undefined;
  try {
    await finish({ env, log, signal, addStatus });
  } catch (error) {
    failure = signal.aborted ? cancelled() : explainError(error, status.inputs);
  }
  reportOnce(failure);
}

function cancelled(): CopyError {
  return new CopyError(
    'CANCELLED',
    'The step was cancelled. The copy may have no manifest-summary.json yet, and then it does not count as a copy.',
    'Choose "Re-run failed jobs" to finish the copy.',
  );
}

async function finish(step: Step): Promise<void> {
  const { env, log, signal, addStatus } = step;
  const run = runContext(env);
  log.info(`${ACTION.name} ${ACTION.version}`);
  const ignoredProxy = proxyWarning(env, process.versions.node);
  if (ignoredProxy !== undefined) log.warning(ignoredProxy);
  const inputs = readFinishInputs(env);
  const checks = new PreflightChecks((error) => explainError(error, inputs), signal);
  addStatus({ inputs, checkResults: checks.results });
  const waits = new PendingWaits();
  const preflight = { inputs, runUrl: workflowRun(env, run).url, checks, waits, logger: log };
  const prepared = await log.group('Check shards', () =>
    watchForStall(waits, signal, (stop) =>
      prepareFinish({ ...preflight, signal: stop }, credentialContext(env, run, inputs.roles, log)),
    ),
  );
  addStatus({ prepared });
  try {
    for (const line of dryRunLines(checks.results, undefined)) log.info(line);
    if (inputs.dryRun) return;
    const finished = await log.group('Finish copy', () =>
      watchForStall(waits, signal, (stop) => completeCopy({ ...prepared.context, signal: stop }, prepared.found)),
    );
    addStatus({ finished });
    if (finished.counts.itemCount === 0 && inputs.ifEmpty === 'warn') {
      log.warning(`The copy contains no items. ${remedies.ignoreEmptyCopies}`);
    }
  } finally {
    prepared.close();
  }
}
