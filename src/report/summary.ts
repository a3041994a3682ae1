import type { CopyError, ErrorCode } from '../errors.ts';
import type { CompleteExport, StartedExport } from '../export/export-progress.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckResult } from '../preflight/checks/check.ts';
import type { Preview } from '../preflight/preview.ts';
import { formatCapacityUnits } from '../scan/pacing/read-limit.ts';
import type { CompleteScan, CompleteShard, ScanFigures, StartedScan } from '../scan/scan-state.ts';
import { throughputCharts } from './chart.ts';
import type { CopyFacts, CopyState } from './copy-state.ts';
import { dryRunMarkdown } from './dry-run.ts';
import { failureMarkdown } from './failure-markdown.ts';
import { type Escape, markdownEscaper, nameValueTable } from './markdown.ts';
import type { CompleteCopy } from './next-steps/next-step.ts';
import { nextStepsMarkdown } from './next-steps-markdown.ts';
import { segmentTable } from './segment-table.ts';
import type { ThroughputSample } from './throughput-samples.ts';

/** What the summary reports in addition to the state of the copy. */
export interface SummaryDetails {
  readonly table: string;
  readonly sourceRegion: string;
  readonly format: string;
  readonly compression: string;
  readonly durationSeconds: number;
  /** Progress of the copy over time. */
  readonly samples: readonly ThroughputSample[];
  /** Set if the copy is complete. Determines the next steps. */
  readonly complete?: CompleteCopy | undefined;
  /** Set in a dry run. */
  readonly dryRun?:
    | { readonly checkResults: readonly CheckResult[]; readonly preview: Preview | undefined }
    | undefined;
}

/** Content of the job summary. */
export interface Summary {
  /** Undefined if the step failed before an engine was chosen. */
  readonly copy: CopyState | undefined;
  /** Undefined if the inputs could not be read. */
  readonly details: SummaryDetails | undefined;
  /** Undefined if the step succeeded. */
  readonly failure: CopyError | undefined;
  /** Texts to mask. */
  readonly secrets: readonly string[];
  /** URL of the documentation of the failure; undefined if unknown. */
  readonly help?: string | undefined;
}

/**
 * Returns the job summary as Markdown: the result, then table, destination, size and duration, then charts and next
 * steps.
 */
export function summaryMarkdown({ copy, details, failure, secrets, help }: Summary): string {
  const clean = markdownEscaper(secrets);
  const lines = [headline(copy, details, failure, clean), ''];
  if (failure) lines.push(...failureMarkdown(failure, help, clean));
  if (details?.dryRun) lines.push(...dryRunMarkdown(details.dryRun.checkResults, details.dryRun.preview, clean));
  if (copy && copy.stage !== 'not started' && details) {
    lines.push(...nameValueTable(rows(copy, details), clean));
    // If an export is still in progress, or complete and empty, the failure itself reports what exists.
    if (failure && (copy.engine === 'scan' || failure.code === 'EXPORT_FAILED')) {
      const next = rerunAdvice(copy, failure);
      lines.push(`${whatIsMissing(copy)}${next === undefined ? '' : ` ${next}`}`, '');
    }
    if (copy.engine === 'scan') {
      lines.push(
        ...throughputCharts(details.samples, copy.readLimit),
        ...segmentTable(copy.segmentLog.all, copy.segments.total),
      );
    }
    if (copy.stage === 'shard complete') lines.push(SHARD_NEXT, '');
    if (!failure && details.complete) lines.push(...nextStepsMarkdown(details.complete, secrets));
  }
  return `${lines.join('\n')}\n`;
}

/** What a failed step has left. */
function whatIsMissing({ shard }: CopyFacts): string {
  return shard === undefined
    ? 'The copy is incomplete. It has no `manifest-summary.json` and does not count as a copy.'
    : `Shard ${shard} is incomplete. Until all shards are complete, the copy has no \`manifest-summary.json\` and does not count as a copy.`;
}

const SHARD_NEXT =
  'The copy is complete once all shards are complete and the last job has written `manifest-summary.json`.';

/**
 * Returns what a re-run does with the objects of a failed scan; undefined if it starts over, or if the failure itself
 * reports it.
 */
export function rerunAdvice(copy: CopyState | undefined, failure: CopyError): string | undefined {
  const isResumable = copy?.engine === 'scan' && copy.stage === 'started' && copy.isResumable;
  if (!isResumable || DESCRIBE_RERUN.includes(failure.code)) return undefined;
  return copy.shard === undefined
    ? '"Re-run failed jobs" resumes this copy. A new workflow run starts over.'
    : '"Re-run failed jobs" resumes this shard. "Re-run all jobs" starts a new copy.';
}

const DESCRIBE_RERUN: readonly ErrorCode[] = ['CANCELLED', 'TAKEN_OVER', 'TABLE_RECREATED'];

function headline(
  copy: CopyState | undefined,
  details: SummaryDetails | undefined,
  failure: CopyError | undefined,
  clean: Escape,
): string {
  if (failure) return `### ❌ DynamoDB to S3 failed: \`${failure.code}\``;
  if (!details) throw new Error('a step cannot succeed without inputs');
  const table = clean(details.table);
  if (details.dryRun) {
    const shard = copy?.shard === undefined ? '' : `shard ${copy.shard} of `;
    return `### 🔎 Dry run passed for ${shard}${table}. Nothing was written`;
  }
  if (copy?.stage === 'complete') {
    const what = copy.scope === 'subset' ? 'part of ' : '';
    return `### ✅ Copied ${what}${table} to S3: ${formatCountOf(copy.itemCount, 'item')}`;
  }
  if (copy?.stage === 'shard complete') {
    const items = formatCountOf(copy.itemCount, 'item');
    return copy.wasComplete
      ? `### ✅ Shard ${copy.shard} of ${table} was complete already: ${items}`
      : `### ✅ Copied shard ${copy.shard} of ${table} to S3: ${items}`;
  }
  if (copy?.engine !== 'export') throw new Error('a scan cannot succeed without a complete copy');
  return copy.stage === 'not started'
    ? `### ✅ Export of ${table} skipped: the previous export ended less than 15 minutes ago`
    : `### ⏳ Export of ${table} to S3 is in progress. This step did not wait for it`;
}

type Row = readonly [name: string, value: string];

type ScanToShow = CopyFacts & (StartedScan | CompleteShard | CompleteScan);

type ExportToShow = CopyFacts & (StartedExport | CompleteExport);

function rows(copy: ScanToShow | ExportToShow, details: SummaryDetails): Row[] {
  const { engine, engineReason } = copy;
  const own = copy.engine === 'scan' ? scanRows(copy, details) : exportRows(copy, details);
  return engineReason === undefined ? own : [...own, ['Engine', `${engine}, because ${engineReason}`]];
}

/** Items are known once the export is complete, and objects if the role can read the bucket. */
function exportRows(copy: ExportToShow, details: SummaryDetails): Row[] {
  const { bucket, layout, files, snapshotTime } = copy;
  const rows: Row[] = [
    ['Table', `${details.table} (${details.sourceRegion})`],
    ['Copy', `s3://${bucket}/${layout.root}`],
    ['Export', copy.exportArn],
  ];
  if (copy.stage === 'complete') rows.push(['Items', formatCount(copy.itemCount)]);
  if (typeof files !== 'string') rows.push(['Objects', `${formatCount(files.length)} × ${details.format}, gzip`]);
  if (copy.stage === 'complete' && copy.sizeBytes !== 'not authorized') {
    rows.push(['Size', `${formatBytes(copy.sizeBytes)} stored`]);
  }
  rows.push(['Time', formatSeconds(details.durationSeconds)]);
  if (snapshotTime) rows.push(['Snapshot', snapshotTime.toISOString()]);
  return rows;
}

function scanRows(copy: ScanToShow, details: SummaryDetails): Row[] {
  const { bucket, layout, segments } = copy;
  const what: Row[] = [
    ['Table', `${details.table} (${details.sourceRegion})`],
    ['Copy', `s3://${bucket}/${layout.root}`],
    ...(copy.shard === undefined ? [] : [['Shard', copy.shard] satisfies Row]),
  ];
  // The scan failed before it was planned. Rows of zeros would hide what matters.
  if (segments.total === 0) return what;
  return [
    ...what,
    ['Items', formatCount(copy.itemCount)],
    ...(copy.droppedCount > 0
      ? [['Dropped', `${formatCountOf(copy.droppedCount, 'item')}, by process-func`] satisfies Row]
      : []),
    ['Objects', `${formatCount(copy.files.length)} × ${details.format}, ${details.compression}`],
    ['Size', `${formatBytes(copy.sizeBytes)} stored, ${formatBytes(copy.uncompressedBytes)} uncompressed`],
    ['Time', formatSeconds(details.durationSeconds)],
    [copy.shard === undefined ? 'Started' : 'Planned', copy.snapshotTime.toISOString()],
    ['Read capacity units', readUnits(copy)],
    ['Segments', `${formatCount(segments.done)} of ${formatCount(segments.total)}, ${segments.workers} in parallel`],
  ];
}

function readUnits({ consumedReadCapacity, readLimit, throttledRequests }: ScanFigures): string {
  return [
    formatCount(consumedReadCapacity),
    ...(readLimit === undefined ? [] : [`at most ${formatCapacityUnits(readLimit)} RCU per second`]),
    ...(throttledRequests === 0 ? [] : [`${formatCountOf(throttledRequests, 'request')} throttled`]),
  ].join(', ');
}
