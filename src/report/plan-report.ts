import type { CopyError } from '../errors.ts';
import type { Log } from '../github/log.ts';
import type { Outputs } from '../github/set-outputs.ts';
import type { PlanCopyInputs } from '../inputs/plan-copy-inputs.ts';
import { formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckResult } from '../preflight/checks/check.ts';
import type { PreparedPlan } from '../preflight/prepare-plan.ts';
import { formatPlan, namesOfShards } from '../shards/copy-plan.ts';
import { dryRunMarkdown } from './dry-run.ts';
import { failureMarkdown } from './failure-markdown.ts';
import { type Escape, markdownEscaper, nameValueTable } from './markdown.ts';
import { planRows } from './plan-rows.ts';
import { helpUrl } from './report.ts';
import { writeReport } from './write-report.ts';

/** Facts about a plan step. Members are undefined until they are known. */
export interface PlanStatus {
  readonly inputs?: PlanCopyInputs;
  readonly checkResults?: readonly CheckResult[];
  readonly prepared?: PreparedPlan;
  /** Set when `_started` is written. Only then can jobs copy the shards. */
  readonly isStarted?: true;
}

/** What a plan step reports when it ends. */
export interface PlanReport {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly status: PlanStatus;
  /** Why the step fails; undefined if it succeeds. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
}

/** Reports the result of a plan step in summary, outputs and log. Fails the step if there is a failure. */
export function reportPlan(report: PlanReport): void {
  const { env, log, status, failure, durationSeconds } = report;
  const help = failure && helpUrl(failure.code, env);
  const content = {
    summary: () => planSummaryMarkdown({ status, failure, secrets: log.secrets, help }),
    outputs: () => planOutputs(status, durationSeconds),
    result: 'The copy is planned',
    remedy: 'Check the free disk space of the runner, then re-run the job. This makes a new plan.',
  };
  const reported = writeReport(content, failure, { env, log });
  if (reported) {
    log.failure(reported, helpUrl(reported.code, env));
    // Not process.exit, which would lose output that has not been written to stdout yet.
    process.exitCode = 1;
    return;
  }
  log.info(closingLine(status, durationSeconds));
}

/** Returns the outputs that are known. A plan that no job can use is not an output. */
export function planOutputs({ inputs, prepared, isStarted }: PlanStatus, durationSeconds: number): Outputs {
  return {
    'duration-seconds': durationSeconds.toFixed(1),
    ...(prepared && { 'shard-count': String(prepared.plan.shards) }),
    ...(prepared &&
      isStarted && {
        plan: formatPlan(prepared.plan),
        shards: JSON.stringify(namesOfShards(prepared.plan)),
        's3-uri': `s3://${inputs?.bucket ?? ''}/${prepared.layout.root}`,
        'export-id': prepared.plan.exportId,
      }),
  };
}

/** Content of the job summary of a plan. */
export interface PlanSummary extends Pick<PlanReport, 'status' | 'failure'> {
  /** Texts to mask. */
  readonly secrets: readonly string[];
  /** URL of the documentation of the failure; undefined if unknown. */
  readonly help: string | undefined;
}

/** Returns the job summary of a plan as Markdown: the result, the plan, and what to do next. */
export function planSummaryMarkdown({ status, failure, secrets, help }: PlanSummary): string {
  const { inputs, checkResults = [], prepared } = status;
  const clean = markdownEscaper(secrets);
  const lines = [headline(status, failure, clean), ''];
  if (failure) lines.push(...failureMarkdown(failure, help, clean));
  if (inputs && prepared) lines.push(...nameValueTable(planRows(inputs, prepared), clean));
  if (inputs?.dryRun) lines.push(...dryRunMarkdown(checkResults, undefined, clean));
  else if (prepared && !failure) lines.push(...nextMarkdown(prepared));
  return `${lines.join('\n')}\n`;
}

function headline({ inputs, prepared }: PlanStatus, failure: CopyError | undefined, clean: Escape): string {
  if (failure) return `### ❌ Plan failed: \`${failure.code}\``;
  if (!inputs || !prepared) throw new Error('a plan cannot succeed without inputs and a table');
  const table = clean(inputs.table.name);
  if (inputs.dryRun) return `### 🔎 Dry run passed for ${table}. Nothing was written`;
  return `### ✅ Planned a copy of ${table}: ${formatCountOf(prepared.plan.shards, 'shard')}`;
}

function nextMarkdown({ plan }: PreparedPlan): string[] {
  return [
    `Next, a job with \`matrix: {shard: \${{ fromJSON(needs.<job>.outputs.shards) }}}\` and \`max-parallel: ${plan.maxParallel}\` copies the shards, and a job with the finish Action completes the copy. Until then, it is incomplete. The plan is valid for 7 days.`,
    '',
  ];
}

function closingLine({ inputs, prepared }: PlanStatus, seconds: number): string {
  if (inputs?.dryRun) return 'Dry run passed. Nothing was written. The outputs plan and shards are not set.';
  if (!prepared) throw new Error('a plan cannot succeed without a table');
  const shards = formatCountOf(prepared.plan.shards, 'shard');
  return `Done: planned ${shards} in ${formatSeconds(seconds)}: s3://${inputs?.bucket ?? ''}/${prepared.layout.root}`;
}
