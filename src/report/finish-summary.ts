import type { CopyError } from '../errors.ts';
import type { FinishInputs } from '../inputs/finish-inputs.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import type { PreparedFinish } from '../preflight/prepare-finish.ts';
import { isArchived } from '../s3/object-options.ts';
import type { FinishedCopy } from '../shards/finished-copy.ts';
import { isOnAws } from './complete-copy.ts';
import { dryRunMarkdown } from './dry-run.ts';
import { failureMarkdown } from './failure-markdown.ts';
import type { FinishStatus } from './finish-report.ts';
import { collapsible, type Escape, markdownEscaper, nameValueTable } from './markdown.ts';
import type { CompleteCopy } from './next-steps/next-step.ts';
import { nextStepsMarkdown } from './next-steps-markdown.ts';

/** Content of the job summary of a finish step. */
export interface FinishSummary {
  readonly env: NodeJS.ProcessEnv;
  readonly status: FinishStatus;
  /** Undefined if the step succeeded. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
  /** Texts to mask. */
  readonly secrets: readonly string[];
  /** URL of the documentation of the failure; undefined if unknown. */
  readonly help: string | undefined;
}

/** Returns the job summary of a finish step as Markdown: the result, then the copy, its shards and the next steps. */
export function finishSummaryMarkdown({ env, status, failure, secrets, help }: FinishSummary): string {
  const { inputs, checkResults = [], prepared, finished } = status;
  const clean = markdownEscaper(secrets);
  const lines = [headline(status, failure, clean), ''];
  if (failure) lines.push(...failureMarkdown(failure, help, clean));
  if (inputs?.dryRun) lines.push(...dryRunMarkdown(checkResults, undefined, clean));
  if (failure) lines.push(...incompleteMarkdown(status));
  if (inputs && prepared && finished) {
    lines.push(...nameValueTable(copyRows(inputs, prepared, finished), clean), ...shardTable(finished, clean));
    if (!failure) lines.push(...nextStepsMarkdown(describeFinishedCopy(inputs, prepared, finished, env), secrets));
  }
  return `${lines.join('\n')}\n`;
}

function headline({ inputs, finished }: FinishStatus, failure: CopyError | undefined, clean: Escape): string {
  if (failure) return `### ❌ DynamoDB to S3 failed: \`${failure.code}\``;
  if (!inputs) throw new Error('a step cannot succeed without inputs');
  const table = clean(inputs.table.name);
  if (inputs.dryRun) return `### 🔎 Dry run passed for ${table}. Nothing was written`;
  if (!finished) throw new Error('a finish step cannot succeed without a complete copy');
  const what = finished.scope === 'subset' ? 'part of ' : '';
  return `### ✅ Copied ${what}${table} to S3: ${formatCountOf(finished.counts.itemCount, 'item')}`;
}

/** A step that fails to report a complete copy also fails. */
function incompleteMarkdown({ prepared, finished }: FinishStatus): string[] {
  if (finished || prepared?.found.kind === 'finished copy') return [];
  return ['The copy is not finished. Without `manifest-summary.json`, it does not count as a copy.', ''];
}

type Row = readonly [name: string, value: string];

function copyRows(inputs: FinishInputs, { context, found }: PreparedFinish, finished: FinishedCopy): Row[] {
  const { counts, layout, snapshotTime, shards, files } = finished;
  const ended = Math.max(...shards.map(({ endTime }) => Date.parse(endTime)));
  return [
    ['Table', `${inputs.table.name} (${inputs.sourceRegion})`],
    ['Copy', `s3://${context.request.bucket.name}/${layout.root}`],
    ...(found.kind === 'finished copy' ? [['Result', 'was complete already, and is verified'] satisfies Row] : []),
    ['Items', formatCount(counts.itemCount)],
    ...(counts.droppedCount > 0
      ? [['Dropped', `${formatCountOf(counts.droppedCount, 'item')}, by process-func`] satisfies Row]
      : []),
    ['Objects', `${formatCount(files.length)} × ${finished.outputFormat}, ${finished.compression}`],
    ['Size', `${formatBytes(finished.sizeBytes)} stored, ${formatBytes(counts.uncompressedBytes)} uncompressed`],
    ['Shards', formatCount(shards.length)],
    ['Started', snapshotTime.toISOString()],
    ['Time', `${formatSeconds((ended - snapshotTime.getTime()) / 1000)} from the plan to the end of the last shard`],
    ['Read capacity units', formatCount(counts.consumedReadCapacity)],
    ['Segments', formatCount(finished.totalSegments)],
  ];
}

/** Returns the figures of each shard, which show whether one is larger or slower than the others. */
function shardTable({ shards }: FinishedCopy, clean: Escape): string[] {
  if (shards.length < 2) return [];
  const rows = shards.map(({ shard, itemCount, sizeBytes, consumedReadCapacity, startTime, endTime }) => {
    const seconds = Math.max(0, (Date.parse(endTime) - Date.parse(startTime)) / 1000);
    return `| ${clean(shard)} | ${formatCount(itemCount)} | ${formatBytes(sizeBytes)} | ${formatCount(consumedReadCapacity)} | ${formatSeconds(seconds)} |`;
  });
  return collapsible('Shards', [
    '| Shard | Items | Size | Read capacity units | Time |',
    '|---|--:|--:|--:|--:|',
    ...rows,
    '',
  ]);
}

function describeFinishedCopy(
  inputs: FinishInputs,
  { context, bucketRegion }: PreparedFinish,
  finished: FinishedCopy,
  env: NodeJS.ProcessEnv,
): CompleteCopy {
  const { table, bucket } = context.request;
  const { layout, files, scope, narrowedBy, outputFormat, compression } = finished;
  return {
    table,
    tableName: inputs.table.name,
    region: inputs.sourceRegion,
    bucket: bucket.name,
    bucketRegion,
    bucketOwner: inputs.bucketOwner,
    isOnAws: isOnAws(env),
    data: layout.data,
    root: layout.root,
    fileCount: files.length,
    format: outputFormat,
    compression,
    scope,
    hasWholeItems: !narrowedBy.some((name) => /^(?:ProjectionExpression|IndexName|process-func)$/.test(name)),
    isIncremental: false,
    isArchived: isArchived(inputs.putObject.StorageClass),
    isRequesterPays: inputs.putObject.RequestPayer !== undefined,
  };
}
