import { helpUrl } from './action/help.ts';
import type { Inputs } from './action/inputs.ts';
import type { Log } from './action/log.ts';
import { outputsOf, previewOutputs, setOutputs } from './action/outputs.ts';
import type { Samples } from './action/summary/samples.ts';
import { rerun, summaryMarkdown, writeSummary } from './action/summary/summary.ts';
import { counted, formatBytes, formatSeconds } from './action/units.ts';
import type { CopyRecord } from './backup/copy-record.ts';
import type { Checks } from './checks/checks.ts';
import { completeCopy } from './complete-copy.ts';
import { CopyError } from './errors.ts';
import type { Prepared } from './prepare/prepare.ts';

/** What a step has come to know, for its report. */
export interface Step {
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

/** Tells what came of the step: outputs, summary and log. Fails the step where `failure` is given. */
export function report(step: Step, failure: CopyError | undefined, durationSeconds: number): void {
  const { log, record } = step;
  const told = writeReport(step, failure, durationSeconds) ?? failure;
  if (record && record.uploadsLeftOpen > 0) {
    log.warning(
      `${record.uploadsLeftOpen} multipart uploads could not be aborted. The end of the job tries once more; else their parts cost money until a lifecycle rule (AbortIncompleteMultipartUpload) removes them.`,
    );
  }
  if (told) {
    const next = rerun(record, told);
    if (next !== undefined) log.info(next);
    log.failure(told, helpUrl(told.code, step.env));
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
    writeSummary(summaryMarkdown(record, facts, failure, log.secrets, failure && helpUrl(failure.code, env)), env);
    return undefined;
  } catch (error) {
    const { code = 'no code' } = error as { code?: string };
    log.warning(`The outputs or the summary of the step could not be written (${code}).`);
    return (
      failure ??
      new CopyError(
        'REPORT_NOT_WRITTEN',
        `${record?.manifestKey === undefined ? 'The step is done' : 'The copy is in S3'}, but its outputs or summary could not be handed to the runner (${code}).`,
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

function closingLine(record: CopyRecord, seconds: number): string {
  const { engine, itemCount, files, sizeBytes, bucket, layout, manifestKey } = record;
  if (manifestKey === undefined) return 'Done.';
  const isScan = engine === 'scan';
  const amounts = [
    counted(itemCount, 'item'),
    ...(isScan || record.manifestsRead ? [`in ${counted(files.length, 'object')}`] : []),
  ].join(' ');
  const size = isScan || record.sizeKnown ? `, ${formatBytes(sizeBytes)}` : '';
  return `Done: ${amounts}${size}, in ${formatSeconds(seconds)}: s3://${bucket}/${layout?.root}`;
}
