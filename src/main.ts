import { type Inputs, readInputs } from './action/inputs.ts';
import { Log } from './action/log.ts';
import { meansOf } from './action/means.ts';
import { outputsOf, setOutputs } from './action/outputs.ts';
import { reportProgress } from './action/progress.ts';
import { proxyWarning } from './action/proxy-support.ts';
import { newUploadsPath } from './action/state.ts';
import { previewLines } from './action/summary/preview.ts';
import { Samples } from './action/summary/samples.ts';
import { workflowRun } from './action/workflow-run.ts';
import { explain } from './aws/explain.ts';
import { type CopyRecord, newCopyRecord } from './backup/copy-record.ts';
import { cancellation, cancelled } from './cancellation.ts';
import { Checks } from './checks/checks.ts';
import type { CopyError } from './errors.ts';
import { runExport } from './export/export.ts';
import { itemsToRead } from './prepare/plan.ts';
import { type Prepared, prepare } from './prepare/prepare.ts';
import { endDespiteUserCode, endedTooEarly } from './process-func/user-code.ts';
import { report, type Step } from './report.ts';
import { narrowings } from './scan/parameters.ts';
import { runScan } from './scan/scan.ts';
import { StopMark } from './stop-mark.ts';
import { ACTION } from './version.ts';

/**
 * The step: inputs, engine, report. Only the report fails the step, and it comes last: outputs and summary also tell what
 * is known of a copy that did not come about.
 */
export async function main(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const step: Step = { env, log: new Log(env), uploadsPath: newUploadsPath(env) };
  const reportNow = (failure: CopyError | undefined) => report(step, failure, (performance.now() - started) / 1000);
  const stopWatching = watchForExit(step, reportNow);
  const reportOnce = (failure: CopyError | undefined) => {
    stopWatching();
    if (!step.reported) reportNow(failure);
    step.reported = true;
  };
  const stopMark = new StopMark(step.uploadsPath);
  const signal = cancellation(step.log, stopMark, () => reportOnce(cancelled(step.record, step.inputs?.resume)));
  let failure: CopyError | undefined;
  try {
    await copy(step, signal);
  } catch (error) {
    // Whatever fails after `post` left its mark may fail because of it: post aborts the uploads.
    const wasStopped = signal.aborted || stopMark.isThere();
    failure = wasStopped ? cancelled(step.record, step.inputs?.resume) : explain(error, step.inputs);
  }
  reportOnce(failure);
  if (step.inputs?.processFunc !== undefined) endDespiteUserCode(step.inputs.processFunc, step.log);
}

async function copy(step: Step, signal: AbortSignal): Promise<void> {
  const { env, log } = step;
  log.info(`${ACTION.name} ${ACTION.version}`);
  const ignoredProxy = proxyWarning(env, process.versions.node);
  if (ignoredProxy !== undefined) log.warning(ignoredProxy);
  const inputs = readInputs(env);
  step.inputs = inputs;

  const checks = new Checks((error) => explain(error, inputs), signal);
  step.checks = checks;
  const preparation = {
    inputs,
    run: workflowRun(env),
    uploadsPath: step.uploadsPath,
    checks,
    narrator: log,
    signal,
  };
  const prepared = await log.group('Check table and bucket', () =>
    prepare(preparation, meansOf(env, inputs.roles, log)),
  );
  step.prepared = prepared;
  for (const { name, outcome } of checks.findings) {
    if (outcome.status === 'ok' && outcome.caveat !== undefined) log.warning(`${name}: ${outcome.caveat}`);
  }
  const record = newCopyRecord(inputs.bucket, isWhole(inputs) ? 'table' : 'subset', prepared.engine);
  if (prepared.why !== undefined) record.engineReason = prepared.why;
  step.record = record;
  try {
    if (inputs.dryRun) await log.group('What a run would do', async () => tellPreview(checks, prepared, log));
    else await log.group('Copy', () => runEngine(prepared, record, step, signal));
  } finally {
    prepared.close();
  }
  if (record.manifestKey !== undefined && record.itemCount === 0 && inputs.ifEmpty === 'warn') {
    log.warning('The copy holds no item. Set if-empty to ignore where that is as it should be, or to error.');
  }
}

function tellPreview({ findings }: Checks, { preview }: Prepared, log: Log): void {
  for (const line of previewLines(findings, preview)) log.info(line);
}

async function runEngine(prepared: Prepared, record: CopyRecord, step: Step, signal: AbortSignal) {
  const { env, log } = step;
  if (prepared.engine === 'export') {
    // A runner that dies during the wait has the outputs all the same.
    const onStarted = () => setOutputs(outputsOf(record, 0), env, log);
    await runExport(prepared.request, record, onStarted, log, signal);
    return;
  }
  const samples = new Samples(record);
  step.samples = samples;
  const stopProgress = reportProgress(record, itemsToRead(prepared.request), log);
  try {
    await runScan(prepared.request, record, log, signal);
  } finally {
    stopProgress();
    samples.stop();
  }
}

/** With a `process.exit(0)` in the code of a process-func, a step without a copy would pass for a good one. */
function watchForExit(step: Step, reportNow: (failure: CopyError) => void): () => void {
  const onExit = (code: number) => {
    const path = step.inputs?.processFunc;
    // 13 is Node's own, for a promise of the Action's that never settles.
    if (path !== undefined && code !== 13) reportNow(endedTooEarly(path));
  };
  process.once('exit', onExit);
  return () => process.off('exit', onExit);
}

function isWhole({ scan, processFunc, exportParameters }: Inputs): boolean {
  const { FilterSpecification, ExportType } = exportParameters.request;
  const isFull = ExportType !== 'INCREMENTAL_EXPORT' && FilterSpecification === undefined;
  return isFull && narrowings(scan).length === 0 && processFunc === undefined;
}
