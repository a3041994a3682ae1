import { appendFileSync } from 'node:fs';
import type { CopyRecord } from '../../backup/copy-record.ts';
import type { Finding } from '../../checks/check.ts';
import type { CopyError, ErrorCode } from '../../errors.ts';
import type { Preview } from '../../prepare/preview.ts';
import { formatReadUnits } from '../../scan/pacing/read-cap.ts';
import { counted, formatBytes, formatCount, formatSeconds } from '../units.ts';
import { throughputCharts } from './chart.ts';
import { type Clean, cleaner, nameTable } from './markdown.ts';
import type { CompleteCopy } from './next/next-step.ts';
import { previewMarkdown } from './preview.ts';
import type { Sample } from './samples.ts';
import { segmentsFold } from './segments.ts';
import { whatNext } from './what-next.ts';

/** What the summary says beside the record. */
export interface SummaryFacts {
  readonly table: string;
  readonly sourceRegion: string;
  readonly format: string;
  readonly compression: string;
  readonly durationSeconds: number;
  /** How the copy went over time. */
  readonly samples?: readonly Sample[];
  /** Set of a complete copy: what can be done with it. */
  readonly complete?: CompleteCopy | undefined;
  /** Set in a dry run. */
  readonly dryRun?: { readonly findings: readonly Finding[]; readonly preview: Preview | undefined } | undefined;
}

/**
 * The job summary as Markdown: the result first, then what, where, how much and how long, how it went, and what next.
 *
 * @param facts undefined where the inputs could not be read
 * @param help where the failure is explained, where that is known
 */
export function summaryMarkdown(
  record: CopyRecord | undefined,
  facts: SummaryFacts | undefined,
  failure: CopyError | undefined,
  secrets: readonly string[],
  help?: string,
): string {
  const clean = cleaner(secrets);
  const lines = [headline(record, facts, failure, clean), ''];
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
  if (record?.layout && facts) {
    lines.push(...nameTable(rows(record, facts), clean));
    // Of an export that goes on, or is complete and empty, the failure itself says what there is.
    if (failure && (record.engine === 'scan' || failure.code === 'EXPORT_FAILED')) {
      const next = rerun(record, failure);
      lines.push(
        `What was written has no \`manifest-summary.json\` and counts as no copy.${next === undefined ? '' : ` ${next}`}`,
        '',
      );
    }
    lines.push(
      ...throughputCharts(facts.samples ?? [], record.readCapacityCap),
      ...segmentsFold(record.segmentLog.all, record.segments.total),
    );
    if (!failure && facts.complete) lines.push(...whatNext(facts.complete, secrets));
  }
  return `${lines.join('\n')}\n`;
}

/** What a re-run makes of what a failed scan left; undefined where it starts over, or where the failure itself says it. */
export function rerun(record: CopyRecord | undefined, failure: CopyError): string | undefined {
  if (!record?.resumable || SAY_IT_THEMSELVES.includes(failure.code)) return undefined;
  return '"Re-run failed jobs" goes on where this step stopped; a new run of the workflow starts over.';
}

const SAY_IT_THEMSELVES: readonly ErrorCode[] = ['CANCELLED', 'TAKEN_OVER', 'TABLE_REPLACED'];

/** Appends to the summary of the step; a runner without one is no error. */
export function writeSummary(markdown: string, env: NodeJS.ProcessEnv): void {
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file) appendFileSync(file, markdown);
}

function headline(
  record: CopyRecord | undefined,
  facts: SummaryFacts | undefined,
  failure: CopyError | undefined,
  clean: Clean,
): string {
  if (failure) return `### ❌ DynamoDB to S3 failed: \`${failure.code}\``;
  const table = clean(facts?.table ?? '');
  if (facts?.dryRun) return `### 🔎 Dry run: ${table} can be copied to S3. Nothing was written`;
  if (record?.engine === 'export' && record.manifestKey === undefined) {
    return record.exportId === undefined
      ? `### ✅ There is nothing of ${table} to export yet`
      : `### ⏳ ${table} is being exported to S3, and this step did not wait for it`;
  }
  const what = record?.scope === 'subset' ? 'A part of' : 'All of';
  return `### ✅ ${what} ${table} is in S3: ${counted(record?.itemCount ?? 0, 'item')}`;
}

type Row = readonly [name: string, value: string];

function rows(record: CopyRecord, facts: SummaryFacts): Row[] {
  const { engine, engineReason } = record;
  const own = engine === 'scan' ? scanRows(record, facts) : exportRows(record, facts);
  return engineReason === undefined ? own : [...own, ['Engine', `${engine}, as ${engineReason}`]];
}

/** Of an export, items are known once it is complete, and its objects where the bucket can be read. */
function exportRows(record: CopyRecord, facts: SummaryFacts): Row[] {
  const { bucket, layout, files, snapshotTime } = record;
  const known: [boolean, Row][] = [
    [true, ['Table', `${facts.table} (${facts.sourceRegion})`]],
    [true, ['Copy', `s3://${bucket}/${layout?.root}`]],
    [true, ['Export', record.exportArn ?? '']],
    [record.manifestKey !== undefined, ['Items', formatCount(record.itemCount)]],
    [record.manifestsRead === true, ['Objects', `${formatCount(files.length)} × ${facts.format}, gzip`]],
    [record.sizeKnown === true, ['Size', `${formatBytes(record.sizeBytes)} stored`]],
    [true, ['Time', formatSeconds(facts.durationSeconds)]],
    [snapshotTime !== undefined, ['Snapshot', snapshotTime?.toISOString() ?? '']],
  ];
  return known.filter(([isKnown]) => isKnown).map(([, row]) => row);
}

function scanRows(record: CopyRecord, facts: SummaryFacts): Row[] {
  const { bucket, layout, segments } = record;
  const what: Row[] = [
    ['Table', `${facts.table} (${facts.sourceRegion})`],
    ['Copy', `s3://${bucket}/${layout?.root}`],
  ];
  // It failed before it was planned: rows of nothing would hide what matters.
  if (segments.total === 0) return what;
  return [
    ...what,
    ['Items', formatCount(record.itemCount)],
    ...(record.droppedCount > 0
      ? [['Left out', `${formatCount(record.droppedCount)}, by process-func`] satisfies Row]
      : []),
    ['Objects', `${formatCount(record.files.length)} × ${facts.format}, ${facts.compression}`],
    ['Size', `${formatBytes(record.sizeBytes)} stored, ${formatBytes(record.uncompressedBytes)} uncompressed`],
    ['Time', formatSeconds(facts.durationSeconds)],
    ['Started', record.snapshotTime?.toISOString() ?? ''],
    ['Read units', readUnits(record)],
    ['Segments', `${formatCount(segments.done)} of ${formatCount(segments.total)}, ${segments.workers} at a time`],
  ];
}

function readUnits({ consumedReadCapacity, readCapacityCap, throttledRequests }: CopyRecord): string {
  return [
    formatCount(consumedReadCapacity),
    ...(readCapacityCap === undefined ? [] : [`at most ${formatReadUnits(readCapacityCap)} a second`]),
    ...(throttledRequests === 0 ? [] : [`${counted(throttledRequests, 'request')} throttled`]),
  ].join(', ');
}
