import { explainError } from './aws/explain-error.ts';
import type { CopyError } from './errors.ts';
import { type ExportRequest, runExport } from './export/export.ts';
import type { ExportState } from './export/export-progress.ts';
import { cancellationSignal } from './github/cancellation.ts';
import { openCommitStatus } from './github/commit-status.ts';
import { credentialContext } from './github/credential-context.ts';
import { Log } from './github/log.ts';
import { proxyWarning } from './github/proxy-warning.ts';
import { type RunContext, runContext } from './github/run-context.ts';
import { setOutputs } from './github/set-outputs.ts';
import { newJournalPath } from './github/step-state.ts';
import { StopMark } from './github/stop-mark.ts';
import { workflowRun } from './github/workflow-run.ts';
import { requestedCommitStatus } from './inputs/commit-status-inputs.ts';
import { readInputs } from './inputs/inputs.ts';
import { PreflightChecks } from './preflight/checks/checks.ts';
import { type PreflightResult, runPreflight } from './preflight/preflight.ts';
import { expectedItemCount } from './preflight/scan-plan.ts';
import { cancelledError } from './report/cancelled-error.ts';
import { commitStatusResult } from './report/commit-status-result.ts';
import type { CopyFacts } from './report/copy-state.ts';
import { dryRunLines } from './report/dry-run.ts';
import { copyOutputs } from './report/outputs.ts';
import { startProgressLog } from './report/progress.ts';
import { copyState, inputsOf, reportStep, type StepStatus } from './report/report.ts';
import { ThroughputSamples } from './report/throughput-samples.ts';
import { runScan } from './scan/scan.ts';
import type { ScanRequest } from './scan/scan-request.ts';
import type { CompleteScan, CompleteShard, ScanState } from './scan/scan-state.ts';
import { exitDespiteOpenHandles, processEndedError } from './transform/unhandled-errors.ts';
import { ACTION } from './version.ts';

/** Context of a step, available from its start. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly run: RunContext;
  /** Path of the journal of open multipart uploads, for `post`. */
  readonly uploadsPath: string;
  readonly signal: AbortSignal;
  /** Replaces the status of the step. The function is called on demand, because the progress of an engine changes. */
  readonly setStatus: (status: () => StepStatus) => void;
}

/**
 * Runs the step: reads the inputs, runs an engine and reports the result. Only the report fails the step, and it comes
 * last, because outputs and summary also describe a copy that failed.
 */
export async function main(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const log = new Log(env);
  const uploadsPath = newJournalPath(env);
  const run = runContext(env);
  const commitStatus = openCommitStatus(requestedCommitStatus(env, run), run, log, env);
  commitStatus?.start();
  let status = (): StepStatus => ({ stage: 'no inputs' });
  const inputs = () => inputsOf(status());
  let reported: CopyError | undefined;
  const reportNow = (failure: CopyError | undefined) => {
    const durationSeconds = (performance.now() - started) / 1000;
    reported = reportStep({ env, log, status: status(), failure, durationSeconds });
  };
  const stopWatching = watchForExit(() => inputs()?.processFunc, reportNow);
  let isReported = false;
  const reportOnce = (failure: CopyError | undefined) => {
    stopWatching();
    if (!isReported) reportNow(failure);
    isReported = true;
  };
  const cancelled = () => cancelledError(copyState(status()), inputs()?.resume);
  const stopMark = new StopMark(uploadsPath);
  const signal = cancellationSignal(log, stopMark, () => reportOnce(cancelled()));
  const setStatus = (next: () => StepStatus) => {
    status = next;
  };
  let failure: CopyError | undefined;
  try {
    await copy({ env, log, run, uploadsPath, signal, setStatus });
  } catch (error) {
    // After `post` created the stop mark, errors may result from it, because post aborts the uploads.
    const wasStopped = signal.aborted || stopMark.exists();
    failure = wasStopped ? cancelled() : explainError(error, inputs());
  }
  reportOnce(failure);
  if (reported) failDespiteExit();
  await commitStatus?.end(commitStatusResult(copyState(status()), reported));
  const processFunc = inputs()?.processFunc;
  if (processFunc !== undefined) exitDespiteOpenHandles(processFunc, log);
}

async function copy(step: Step): Promise<void> {
  const { env, log, run, uploadsPath, signal, setStatus } = step;
  log.info(`${ACTION.name} ${ACTION.version}`);
  const ignoredProxy = proxyWarning(env, process.versions.node);
  if (ignoredProxy !== undefined) log.warning(ignoredProxy);
  const inputs = readInputs(env, run);
  const checks = new PreflightChecks((error) => explainError(error, inputs), signal);
  setStatus(() => ({ stage: 'checking', inputs, checkResults: checks.results }));

  const context = { inputs, run: workflowRun(env, run), uploadsPath, checks, logger: log, signal };
  const prepared = await log.group('Check table and bucket', () =>
    runPreflight(context, credentialContext(env, run, inputs.roles, log)),
  );
  const facts: CopyFacts = {
    bucket: inputs.bucket,
    scope: prepared.scope,
    shard: inputs.shard?.name,
    engineReason: prepared.why,
  };
  const setProgress: SetProgress = (progress, samples) =>
    setStatus(() => ({
      stage: 'prepared',
      ...{ inputs, checkResults: checks.results, prepared, samples: samples?.all ?? [] },
      copy: { ...facts, ...progress.state },
    }));
  setProgress({ state: { engine: prepared.engine, stage: 'not started' } });
  for (const { name, outcome } of checks.results) {
    if (outcome.status === 'ok' && outcome.caveat !== undefined) log.warning(`${name}: ${outcome.caveat}`);
  }
  try {
    if (inputs.dryRun) {
      await log.group('Dry run', async () => logPreview(checks, prepared, log));
      return;
    }
    const result = await log.group(
      'Copy',
      (): Promise<CompleteScan | CompleteShard | ExportState> =>
        prepared.engine === 'scan'
          ? runScanEngine(prepared.request, setProgress, step)
          : runExportEngine(prepared.request, facts, setProgress, step),
    );
    if (result.stage === 'complete' && result.itemCount === 0 && inputs.ifEmpty === 'warn') {
      log.warning(
        'The copy contains no items. Set if-empty to ignore if this is expected, or to error to fail the step.',
      );
    }
  } finally {
    prepared.close();
  }
}

type SetProgress = (progress: { readonly state: ScanState | ExportState }, samples?: ThroughputSamples) => void;

function logPreview({ results }: PreflightChecks, { preview }: PreflightResult, log: Log): void {
  for (const line of dryRunLines(results, preview)) log.info(line);
}

async function runScanEngine(
  request: ScanRequest,
  setProgress: SetProgress,
  { log, signal }: Step,
): Promise<CompleteScan | CompleteShard> {
  const { progress, result } = runScan(request, log, signal);
  const samples = new ThroughputSamples(progress);
  setProgress(progress, samples);
  const stopProgress = startProgressLog(progress, expectedItemCount(request), log);
  try {
    return await result;
  } finally {
    stopProgress();
    samples.stop();
  }
}

async function runExportEngine(
  request: ExportRequest,
  facts: CopyFacts,
  setProgress: SetProgress,
  { env, log, signal }: Step,
): Promise<ExportState> {
  // The outputs are set even if the runner dies while the step waits.
  const onStarted = (started: ExportState) => setOutputs(copyOutputs({ ...facts, ...started }, 0), env, log);
  const { progress, result } = runExport(request, onStarted, log, signal);
  setProgress(progress);
  return result;
}

/** Fails the step even if a process-func calls `process.exit(0)` while the commit status is set. */
function failDespiteExit(): void {
  process.once('exit', () => {
    process.exitCode = 1;
  });
}

/** Fails the step if a process-func calls `process.exit(0)`. Otherwise a step without a copy would succeed. */
function watchForExit(processFunc: () => string | undefined, reportNow: (failure: CopyError) => void): () => void {
  const onExit = (code: number) => {
    const path = processFunc();
    // Node exits with 13 if a promise of the Action never settles.
    if (path !== undefined && code !== 13) reportNow(processEndedError(path));
  };
  process.once('exit', onExit);
  return () => process.off('exit', onExit);
}
