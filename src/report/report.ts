import type { CopyError, ErrorCode } from '../errors.ts';
import { writeChecksumsFile } from '../github/checksums-file.ts';
import type { Log } from '../github/log.ts';
import type { Outputs } from '../github/set-outputs.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { formatBytes, formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckResult } from '../preflight/checks/check.ts';
import type { PreflightResult } from '../preflight/preflight.ts';
import { describeCompleteCopy } from './complete-copy.ts';
import type { CopyState } from './copy-state.ts';
import { copyOutputs, dryRunOutputs } from './outputs.ts';
import { rerunAdvice, type SummaryDetails, summaryMarkdown } from './summary.ts';
import type { ThroughputSample } from './throughput-samples.ts';
import { writeReport } from './write-report.ts';

/** Facts about a step, depending on its stage. */
export type StepStatus =
  | { readonly stage: 'no inputs' }
  | { readonly stage: 'checking'; readonly inputs: Inputs; readonly checkResults: readonly CheckResult[] }
  | {
      readonly stage: 'prepared';
      readonly inputs: Inputs;
      readonly checkResults: readonly CheckResult[];
      readonly prepared: PreflightResult;
      readonly copy: CopyState;
      /** Progress of a scan over time. */
      readonly samples: readonly ThroughputSample[];
    };

/** What a step reports when it ends. */
export interface StepReport {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly status: StepStatus;
  /** Why the step fails; undefined if it succeeds. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
}

/** Returns the state of the copy; undefined if the step failed before it could copy. */
export function copyState(status: StepStatus): CopyState | undefined {
  return status.stage === 'prepared' ? status.copy : undefined;
}

/** Returns the inputs; undefined if they could not be read. */
export function inputsOf(status: StepStatus): Inputs | undefined {
  return status.stage === 'no inputs' ? undefined : status.inputs;
}

/**
 * Reports the result of the step in outputs, summary and log. Fails the step if there is a failure.
 *
 * @returns why the step fails; undefined if it succeeds
 */
export function reportStep(step: StepReport): CopyError | undefined {
  const { env, log, status, failure, durationSeconds } = step;
  const copy = copyState(status);
  const details = summaryDetails(status, env, durationSeconds);
  const preview = details?.dryRun?.preview;
  const help = failure && helpUrl(failure.code, env);
  const content = {
    summary: () => summaryMarkdown({ copy, details, failure, secrets: log.secrets, help }),
    outputs: () => ({
      ...copyOutputs(copy, durationSeconds),
      ...(preview && dryRunOutputs(preview)),
      ...checksumsOutput(copy, env),
    }),
    result: resultOf(copy),
    remedy: 'Check the free disk space of the runner, then re-run the job.',
  };
  const reported = writeReport(content, failure, { env, log });
  if (copy?.engine === 'scan' && copy.stage !== 'not started' && copy.uploadsLeftOpen > 0) {
    log.warning(
      `${formatCountOf(copy.uploadsLeftOpen, 'multipart upload')} could not be aborted. The post step tries again. If it fails, S3 charges for the parts until the lifecycle rule AbortIncompleteMultipartUpload deletes them.`,
    );
  }
  if (reported) {
    const next = rerunAdvice(copy, reported);
    if (next !== undefined) log.info(next);
    log.failure(reported, helpUrl(reported.code, env));
    // Not process.exit, which would lose output that has not been written to stdout yet.
    process.exitCode = 1;
  } else if (copy) {
    log.info(inputsOf(status)?.dryRun ? 'Dry run passed. Nothing was written.' : closingLine(copy, durationSeconds));
  }
  return reported;
}

function resultOf(copy: CopyState | undefined): string {
  if (copy?.stage === 'shard complete') return 'The shard is complete';
  return copy?.stage === 'complete' ? 'The copy is complete' : 'The step finished';
}

/** Returns the output of a complete scan with its checksums. DynamoDB's exports have none. */
function checksumsOutput(copy: CopyState | undefined, env: NodeJS.ProcessEnv): Outputs {
  if (copy?.engine !== 'scan' || copy.stage !== 'complete') return {};
  const path = writeChecksumsFile(copy.checksums, copy.exportId, env);
  return path === undefined ? {} : { 'checksums-file': path };
}

function summaryDetails(
  status: StepStatus,
  env: NodeJS.ProcessEnv,
  durationSeconds: number,
): SummaryDetails | undefined {
  if (status.stage === 'no inputs') return undefined;
  const { inputs, checkResults } = status;
  const prepared = status.stage === 'prepared' ? status.prepared : undefined;
  return {
    table: inputs.table.name,
    sourceRegion: inputs.sourceRegion,
    format: prepared?.outputFormat ?? inputs.format,
    compression: inputs.compression,
    durationSeconds,
    samples: status.stage === 'prepared' ? status.samples : [],
    complete: status.stage === 'prepared' ? describeCompleteCopy(inputs, status.prepared, status.copy, env) : undefined,
    dryRun: inputs.dryRun ? { checkResults, preview: prepared?.preview } : undefined,
  };
}

function closingLine(copy: CopyState, seconds: number): string {
  if (copy.stage !== 'complete' && copy.stage !== 'shard complete') return 'Done.';
  const { itemCount, files, sizeBytes, bucket, layout } = copy;
  const objects = files === 'not authorized' ? '' : ` in ${formatCountOf(files.length, 'object')}`;
  const size = sizeBytes === 'not authorized' ? '' : `, ${formatBytes(sizeBytes)}`;
  const what = copy.shard === undefined ? '' : `shard ${copy.shard}, `;
  return `Done: ${what}${formatCountOf(itemCount, 'item')}${objects}${size}, in ${formatSeconds(seconds)}: s3://${bucket}/${layout.root}`;
}

/**
 * Returns the URL of an error's section in docs/troubleshooting.md, at the ref of the running Action; undefined if the
 * repository or the ref is unknown.
 *
 * The runner sets the repository and the ref for an action in a repository, but not for `uses: ./`.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 *
 * Returns undefined on servers other than github.com. GitHub Enterprise Server can run actions from github.com (GitHub
 * Connect), and the link could then lead to a page that does not exist.
 */
export function helpUrl(code: ErrorCode, env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  if (server !== 'https://github.com' || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[\w./-]+$/.test(ref)) {
    return undefined;
  }
  return `${server}/${repository}/blob/${ref}/docs/troubleshooting.md#${code.toLowerCase()}`;
}
