import { type Inputs, readInputs } from './action/inputs.ts';
import { Log } from './action/log.ts';
import { outputsOf, setOutputs } from './action/outputs.ts';
import { reportProgress } from './action/progress.ts';
import { secretsOf } from './action/redact.ts';
import { summaryMarkdown, writeSummary } from './action/summary.ts';
import { formatBytes, formatCount, formatSeconds } from './action/units.ts';
import { explain } from './aws/explain.ts';
import { type CopyRecord, newCopyRecord } from './backup/copy-record.ts';
import type { CopyError } from './errors.ts';
import { prepareScan, type WorkflowRun } from './prepare-scan.ts';
import { narrowings } from './scan/parameters.ts';
import { runScan } from './scan/scan.ts';
import { ACTION } from './version.ts';

/** What a step has come to know, for its report. */
interface Step {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  inputs?: Inputs;
  record?: CopyRecord;
}

/**
 * The step: inputs, engine, report. The only place that fails the step, and it does so last: outputs and summary also
 * tell what is known of a copy that did not come about.
 */
export async function main(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const started = performance.now();
  const step: Step = { env, log: new Log(env) };
  let failure: CopyError | undefined;
  try {
    await copy(step);
  } catch (error) {
    failure = explain(error, step.inputs);
  }
  report(step, failure, (performance.now() - started) / 1000);
}

async function copy(step: Step): Promise<void> {
  const { env, log } = step;
  log.info(`${ACTION.name} ${ACTION.version}`);
  const inputs = readInputs(env);
  step.inputs = inputs;
  const record = newCopyRecord(inputs.bucket, isWhole(inputs) ? 'table' : 'subset');
  step.record = record;
  const signal = new AbortController().signal;

  const request = await log.group('Check table and bucket', () => prepareScan(inputs, workflowRun(env), log, signal));
  try {
    await log.group('Copy', async () => {
      const stopProgress = reportProgress(record, request.target.itemCount, log);
      try {
        await runScan(request, record, log, signal);
      } finally {
        stopProgress();
      }
    });
  } finally {
    // Idle connections would keep the process waiting for their time-out.
    request.client.destroy();
    request.bucket.client.destroy();
  }
  if (record.itemCount === 0 && inputs.ifEmpty === 'warn') {
    log.warning('The copy holds no item. Set if-empty to ignore where that is as it should be, or to error.');
  }
}

function report({ env, log, inputs, record }: Step, failure: CopyError | undefined, durationSeconds: number): void {
  if (record) {
    setOutputs(outputsOf(record, durationSeconds), record, env, log);
    if (record.uploadsLeftOpen > 0) {
      log.warning(
        `${record.uploadsLeftOpen} multipart uploads could not be aborted: their parts cost money until a lifecycle rule (AbortIncompleteMultipartUpload) removes them.`,
      );
    }
  }
  const facts = inputs && {
    table: inputs.table.name,
    sourceRegion: inputs.sourceRegion,
    format: inputs.processFunc === undefined ? inputs.format : 'CUSTOM',
    compression: inputs.compression,
    durationSeconds,
  };
  writeSummary(summaryMarkdown(record, facts, failure, secretsOf(env)), env);
  if (failure) {
    log.failure(failure);
    // Not process.exit: it would cut off what is still on its way to stdout.
    process.exitCode = 1;
  } else if (record) {
    const { itemCount, files, sizeBytes, layout } = record;
    log.info(
      `Done: ${formatCount(itemCount)} items in ${formatCount(files.length)} objects, ${formatBytes(sizeBytes)}, in ${formatSeconds(durationSeconds)}: s3://${record.bucket}/${layout?.root}`,
    );
  }
}

function isWhole({ scan, processFunc }: Inputs): boolean {
  return narrowings(scan).length === 0 && processFunc === undefined;
}

function workflowRun(env: NodeJS.ProcessEnv): WorkflowRun {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id = '' } = env;
  return {
    id,
    url: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined,
    workspace: env['GITHUB_WORKSPACE'] ?? process.cwd(),
  };
}
