import type { CopyError, ErrorCode } from '../errors.ts';
import type { CompleteExport, StartedExport } from '../export/export-progress.ts';
import { counted, formatBytes, formatCount, formatSeconds } from '../message-text.ts';
import type { Finding } from '../preflight/checks/check.ts';
import type { Preview } from '../preflight/preview.ts';
import { formatReadUnits } from '../scan/pacing/read-cap.ts';
import type { CompleteScan, ScanFigures, StartedScan } from '../scan/scan-progress.ts';
import { throughputCharts } from './chart.ts';
import type { CopyFacts, CopyState } from './copy-state.ts';
import { previewMarkdown } from './dry-run.ts';
import { type Clean, cleaner, nameTable } from './markdown.ts';
import type { CompleteCopy } from './next-steps/next-step.ts';
import { segmentsFold } from './segment-table.ts';
import type { Sample } from './throughput-samples.ts';
import { whatNext } from './what-next.ts';

/** What the summary reports in addition to the state of the copy. */
export interface SummaryFacts {
  readonly table: string;
  readonly sourceRegion: string;
  readonly format: string;
  readonly compression: string;
  readonly durationSeconds: number;
  /** Progress of the copy over time. */
  readonly samples: readonly Sample[];
  /** Set if the copy is complete. Determines the next steps. */
  readonly complete?: CompleteCopy | undefined;
  /** Set in a dry run. */
  readonly dryRun?: { readonly findings: readonly Finding[]; readonly preview: Preview | undefined } | undefined;
}

/**
 * Returns the job summary as Markdown: the result, then table, destination, size and duration, then charts and next
 * steps.
 *
 * @param facts undefined if the inputs could not be read
 * @param help URL of the documentation of the failure; undefined if unknown
 */
export function summaryMarkdown(
  copy: CopyState | undefined,
  facts: SummaryFacts | undefined,
  failure: CopyError | undefined,
  secrets: readonly string[],
  help?: string,
): string {
  const clean = cleaner(secrets);
  const lines = [headline(copy, facts, failure, clean), ''];
  if (failure) {
    lines.push(
      ...failure.message.split('\n').map((line) => `> ${clean(line)}  `),
      '>',
      `> ${clean(failure.remedy)}`,
      '',
      ...(help === undefined ? [] : [`[More about \`${failure.code}\`](${help})`, '']),
    );
  }
  if (facts?.dryRun) lines.push(...previewMarkdown(facts.dryRun.findings, facts.dryRun.preview, clean));
  if (copy && copy.stage !== 'not started' && facts) {
    lines.push(...nameTable(rows(copy, facts), clean));
    // If an export is still in progress, or complete and empty, the failure itself reports what exists.
    if (failure && (copy.engine === 'scan' || failure.code === 'EXPORT_FAILED')) {
      const next = rerun(copy, failure);
      lines.push(
        `The copy is incomplete. It has no \`manifest-summary.json\` and does not count as a copy.${next === undefined ? '' : ` ${next}`}`,
        '',
      );
    }
    if (copy.engine === 'scan') {
      lines.push(
        ...throughputCharts(facts.samples, copy.readCapacityCap),
        ...segmentsFold(copy.segmentLog.all, copy.segments.total),
      );
    }
    if (!failure && facts.complete) lines.push(...whatNext(facts.complete, secrets));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Returns what a re-run does with the objects of a failed scan; undefined if it starts over, or if the failure itself
 * reports it.
 */
export function rerun(copy: CopyState | undefined, failure: CopyError): string | undefined {
  const isResumable = copy?.engine === 'scan' && copy.stage === 'started' && copy.isResumable;
  if (!isResumable || DESCRIBE_RERUN.includes(failure.code)) return undefined;
  return '"Re-run failed jobs" resumes this copy. A new workflow run starts over.';
}

const DESCRIBE_RERUN: readonly ErrorCode[] = ['CANCELLED', 'TAKEN_OVER', 'TABLE_REPLACED'];

function headline(
  copy: CopyState | undefined,
  facts: SummaryFacts | undefined,
  failure: CopyError | undefined,
  clean: Clean,
): string {
  if (failure) return `### ❌ DynamoDB to S3 failed: \`${failure.code}\``;
  if (!facts) throw new Error('a step cannot succeed without inputs');
  const table = clean(facts.table);
  if (facts.dryRun) return `### 🔎 Dry run passed for ${table}. Nothing was written`;
  if (copy?.stage === 'complete') {
    const what = copy.scope === 'subset' ? 'part of ' : '';
    return `### ✅ Copied ${what}${table} to S3: ${counted(copy.itemCount, 'item')}`;
  }
  if (copy?.engine !== 'export') throw new Error('a scan cannot succeed without a complete copy');
  return copy.stage === 'not started'
    ? `### ✅ Export of ${table} skipped: the previous export ended less than 15 minutes ago`
    : `### ⏳ Export of ${table} to S3 is in progress. This step did not wait for it`;
}

type Row = readonly [name: string, value: string];

type ScanToShow = CopyFacts & (StartedScan | CompleteScan);

type ExportToShow = CopyFacts & (StartedExport | CompleteExport);

function rows(copy: ScanToShow | ExportToShow, facts: SummaryFacts): Row[] {
  const { engine, engineReason } = copy;
  const own = copy.engine === 'scan' ? scanRows(copy, facts) : exportRows(copy, facts);
  return engineReason === undefined ? own : [...own, ['Engine', `${engine}, because ${engineReason}`]];
}

/** Items are known once the export is complete, and objects if the role can read the bucket. */
function exportRows(copy: ExportToShow, facts: SummaryFacts): Row[] {
  const { bucket, layout, files, snapshotTime } = copy;
  const rows: Row[] = [
    ['Table', `${facts.table} (${facts.sourceRegion})`],
    ['Copy', `s3://${bucket}/${layout.root}`],
    ['Export', copy.exportArn],
  ];
  if (copy.stage === 'complete') rows.push(['Items', formatCount(copy.itemCount)]);
  if (typeof files !== 'string') rows.push(['Objects', `${formatCount(files.length)} × ${facts.format}, gzip`]);
  if (copy.stage === 'complete' && copy.sizeBytes !== 'not authorized') {
    rows.push(['Size', `${formatBytes(copy.sizeBytes)} stored`]);
  }
  rows.push(['Time', formatSeconds(facts.durationSeconds)]);
  if (snapshotTime) rows.push(['Snapshot', snapshotTime.toISOString()]);
  return rows;
}

function scanRows(copy: ScanToShow, facts: SummaryFacts): Row[] {
  const { bucket, layout, segments } = copy;
  const what: Row[] = [
    ['Table', `${facts.table} (${facts.sourceRegion})`],
    ['Copy', `s3://${bucket}/${layout.root}`],
  ];
  // The scan failed before it was planned. Rows of zeros would hide what matters.
  if (segments.total === 0) return what;
  return [
    ...what,
    ['Items', formatCount(copy.itemCount)],
    ...(copy.droppedCount > 0
      ? [['Dropped', `${counted(copy.droppedCount, 'item')}, by process-func`] satisfies Row]
      : []),
    ['Objects', `${formatCount(copy.files.length)} × ${facts.format}, ${facts.compression}`],
    ['Size', `${formatBytes(copy.sizeBytes)} stored, ${formatBytes(copy.uncompressedBytes)} uncompressed`],
    ['Time', formatSeconds(facts.durationSeconds)],
    ['Started', copy.snapshotTime.toISOString()],
    ['Read capacity units', readUnits(copy)],
    ['Segments', `${formatCount(segments.done)} of ${formatCount(segments.total)}, ${segments.workers} in parallel`],
  ];
}

function readUnits({ consumedReadCapacity, readCapacityCap, throttledRequests }: ScanFigures): string {
  return [
    formatCount(consumedReadCapacity),
    ...(readCapacityCap === undefined ? [] : [`at most ${formatReadUnits(readCapacityCap)} per second`]),
    ...(throttledRequests === 0 ? [] : [`${counted(throttledRequests, 'request')} throttled`]),
  ].join(', ');
}
