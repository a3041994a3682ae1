import { type Inputs, readInputs } from './action/inputs.ts';
import { Log } from './action/log.ts';
import { meansOf } from './action/means.ts';
import { outputsOf, previewOutputs, setOutputs } from './action/outputs.ts';
import { reportProgress } from './action/progress.ts';
import { newUploadsPath } from './action/state.ts';
import { previewLines } from './action/summary/preview.ts';
import { Samples } from './action/summary/samples.ts';
import { summaryMarkdown, writeSummary } from './action/summary/summary.ts';
import { formatBytes, formatCount, formatSeconds } from './action/units.ts';
import { workflowRun } from './action/workflow-run.ts';
import { explain } from './aws/explain.ts';
import { type CopyRecord, newCopyRecord } from './backup/copy-record.ts';
import { cancellation } from './cancellation.ts';
import { Checks } from './checks/checks.ts';
import { completeCopy } from './complete-copy.ts';
import { CopyError } from './errors.ts';
import { runExport } from './export/export.ts';
import { itemsToRead } from './prepare/plan.ts';
import { type Prepared, prepare } from './prepare/prepare.ts';
import { endDespiteUserCode, endedTooEarly } from './process-func/user-code.ts';
import { narrowings } from './scan/parameters.ts';
import { runScan } from './scan/scan.ts';
import { ACTION } from './version.ts';

/** What a step has come to know, for its report. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Where the uploads that are open are noted, for `post`. */
  readonly uploadsPath: string;
  inputs?: Inputs;
  checks?: Checks;
  prepared?: Prepared;
  record?: CopyRecord;
  reported?: true;
  samples?: Samples;
}

/**
 * The step: inputs, engine, report. The only place that fails the step, and it does so last: outputs and summary also
 * tell what is known of a copy that did not come about.
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
  const signal = cancellation(step.log, () => reportOnce(cancelled(step.record, step.inputs?.resume)));
  let failure: CopyError | undefined;
  try {
    await copy(step, signal);
  } catch (error) {
    failure = signal.aborted ? cancelled(step.record, step.inputs?.resume) : explain(error, step.inputs);
  }
  reportOnce(failure);
  if (step.inputs?.processFunc !== undefined) endDespiteUserCode(step.inputs.processFunc, step.log);
}

async function copy(step: Step, signal: AbortSignal): Promise<void> {
  const { env, log } = step;
  log.info(`${ACTION.name} ${ACTION.version}`);
  const inputs = readInputs(env);
  step.inputs = inputs;

  const checks = new Checks((error) => explain(error, inputs), signal);
  step.checks = checks;
  const prepared = await log.group('Check table and bucket', () =>
    prepare(inputs, workflowRun(env), step.uploadsPath, meansOf(env, inputs.roles, log), checks, log, signal),
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

function cancelled(record: CopyRecord | undefined, resume = true): CopyError {
  if (record?.engine === 'export') {
    const { exportId } = record;
    return new CopyError(
      'CANCELLED',
      exportId === undefined
        ? 'The step was cancelled before it knew of an export. One that it had asked for goes on without it.'
        : `The step was cancelled while it waited. The export ${exportId} goes on without it.`,
      `${resume ? 'Re-run the job: it finds this export again and waits on.' : 'With resume: false a re-run starts another one.'} An export cannot be stopped.`,
    );
  }
  return new CopyError(
    'CANCELLED',
    'The step was cancelled before the copy was complete.',
    `${resume ? 'Re-run the job: it goes on where this attempt stopped, or starts anew where that cannot be.' : 'Run it again.'} What was written has no manifest-summary.json and counts as no copy.`,
  );
}

function report(step: Step, failure: CopyError | undefined, durationSeconds: number): void {
  const { log, record } = step;
  const told = writeReport(step, failure, durationSeconds) ?? failure;
  if (record && record.uploadsLeftOpen > 0) {
    log.warning(
      `${record.uploadsLeftOpen} multipart uploads could not be aborted. The end of the job tries once more; else their parts cost money until a lifecycle rule (AbortIncompleteMultipartUpload) removes them.`,
    );
  }
  if (told) {
    log.failure(told);
    // Not process.exit: it would cut off what is still on its way to stdout.
    process.exitCode = 1;
  } else if (record) {
    log.info(
      step.inputs?.dryRun
        ? 'Done: nothing stands in the way of a copy. Nothing was written.'
        : closingLine(record, durationSeconds),
    );
  }
}

/** @returns why a good run fails after all: a later step that reads empty outputs would take them for the truth */
function writeReport(step: Step, failure: CopyError | undefined, durationSeconds: number): CopyError | undefined {
  const { env, log, record } = step;
  const facts = factsOf(step, durationSeconds);
  const preview = facts?.dryRun?.preview;
  try {
    setOutputs({ ...outputsOf(record, durationSeconds), ...(preview && previewOutputs(preview)) }, env, log);
    writeSummary(summaryMarkdown(record, facts, failure, log.secrets), env);
    return undefined;
  } catch (error) {
    const { code = 'no code' } = error as { code?: string };
    log.warning(`The outputs or the summary of the step could not be written (${code}).`);
    return (
      failure ??
      new CopyError(
        'REPORT_NOT_WRITTEN',
        `The copy is in S3, but its outputs or summary could not be handed to the runner (${code}).`,
        "Look at the free space of the runner's disk, then run the step again.",
        { cause: error },
      )
    );
  }
}

function factsOf({ env, inputs, checks, prepared, record, samples }: Step, durationSeconds: number) {
  return (
    inputs && {
      table: inputs.table.name,
      sourceRegion: inputs.sourceRegion,
      format: inputs.processFunc === undefined ? inputs.format : 'CUSTOM',
      compression: inputs.compression,
      durationSeconds,
      samples: samples?.all ?? [],
      complete: prepared && record && completeCopy(inputs, prepared, record, env),
      dryRun: inputs.dryRun ? { findings: checks?.findings ?? [], preview: prepared?.preview } : undefined,
    }
  );
}

function isWhole({ scan, processFunc, exportParameters }: Inputs): boolean {
  const { FilterSpecification, ExportType } = exportParameters.request;
  const isFull = ExportType !== 'INCREMENTAL_EXPORT' && FilterSpecification === undefined;
  return isFull && narrowings(scan).length === 0 && processFunc === undefined;
}

function closingLine(record: CopyRecord, seconds: number): string {
  const { engine, itemCount, files, sizeBytes, bucket, layout, manifestKey } = record;
  if (manifestKey === undefined) return 'Done.';
  const isScan = engine === 'scan';
  const amounts = [
    `${formatCount(itemCount)} items`,
    ...(isScan || record.manifestsRead ? [`in ${formatCount(files.length)} objects`] : []),
  ].join(' ');
  const size = isScan || record.sizeKnown ? `, ${formatBytes(sizeBytes)}` : '';
  return `Done: ${amounts}${size}, in ${formatSeconds(seconds)}: s3://${bucket}/${layout?.root}`;
}
