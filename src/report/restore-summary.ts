import type { CopyError } from '../errors.ts';
import { formatBytes, formatCount, formatSeconds } from '../message-text.ts';
import type { PreparedRestore } from '../preflight/prepare-restore.ts';
import { RESTORE_SETTINGS } from '../restore/restore-settings.ts';
import { dryRunMarkdown } from './dry-run.ts';
import { failureMarkdown } from './failure-markdown.ts';
import { type Escape, markdownEscaper, nameValueTable } from './markdown.ts';
import type { RestoreStatus } from './restore-report.ts';

/** Content of the job summary of a restore. */
export interface RestoreSummary {
  readonly status: RestoreStatus;
  /** Undefined if the step succeeded. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
  /** Texts to mask. */
  readonly secrets: readonly string[];
  /** URL of the documentation of the failure; undefined if unknown. */
  readonly help: string | undefined;
}

/** Returns the job summary of a restore as Markdown: the result, then the copy and the table, then what is missing. */
export function restoreSummaryMarkdown(summary: RestoreSummary): string {
  const { status, failure, secrets, help } = summary;
  const { inputs, checkResults = [], prepared } = status;
  const clean = markdownEscaper(secrets);
  const lines = [headline(summary, clean), ''];
  if (failure) lines.push(...failureMarkdown(failure, help, clean));
  if (prepared) lines.push(...nameValueTable(rows(summary, prepared), clean));
  if (inputs?.dryRun) lines.push(...dryRunMarkdown(checkResults, undefined, clean));
  if (prepared && !failure && !inputs?.dryRun) lines.push(...missingMarkdown(status, prepared, clean));
  return `${lines.join('\n')}\n`;
}

function headline({ status, failure }: RestoreSummary, clean: Escape): string {
  if (failure) return `### ❌ Restore failed: \`${failure.code}\``;
  const { inputs, prepared, progress } = status;
  if (!inputs || !prepared) throw new Error('a restore cannot succeed without inputs and a copy');
  const table = clean(inputs.table.name);
  if (inputs.dryRun) return `### 🔎 Dry run passed for ${table}. Nothing was written`;
  return `### ✅ Restored ${formatCount(progress?.state.itemCount ?? 0)} items to ${table}`;
}

type Row = readonly [name: string, value: string];

function rows({ status, durationSeconds }: RestoreSummary, { copy, context, plan, request }: PreparedRestore): Row[] {
  const { inputs, progress } = status;
  const state = progress?.state;
  const { consumedWriteCapacity, throttledRequests } = progress?.write.figures ?? {};
  return [
    ['Table', `${inputs?.table.name ?? ''} (${inputs?.sourceRegion ?? ''}), ${plan.target}`],
    ['Copy', `s3://${context.bucket.name}/${copy.layout.root}`],
    ['Snapshot', `${copy.snapshotTime.toISOString()} of table ${copy.tableName}`],
    ['Method', `${plan.method}, because ${plan.why}`],
    [
      'Items',
      `${formatCount(state?.itemCount ?? progress?.write.figures.itemCount ?? 0)} of ${formatCount(copy.itemCount)}`,
    ],
    ['Objects', `${formatCount(copy.files.length)}, ${formatBytes(request.copy.sizeBytes)}`],
    ...(consumedWriteCapacity
      ? [
          [
            'Write capacity units',
            `${formatCount(consumedWriteCapacity)}${throttledRequests ? `, ${formatCount(throttledRequests)} requests throttled` : ''}`,
          ] satisfies Row,
        ]
      : []),
    ...(state?.importArn === undefined ? [] : [['Import', state.importArn] satisfies Row]),
    ...(state?.bulkOperationArn === undefined ? [] : [['Bulk operation', state.bulkOperationArn] satisfies Row]),
    ...(state?.appliedSettings?.length ? [['Settings', state.appliedSettings.join(', ')] satisfies Row] : []),
    ['Time', formatSeconds(durationSeconds)],
  ];
}

/** Returns what the table does not have although the copied table had it. */
function missingMarkdown(
  { progress }: RestoreStatus,
  { copy, request, plan }: PreparedRestore,
  clean: Escape,
): string[] {
  if (plan.target === 'existing table' && !plan.isOwn) {
    return ['The table existed before. Its settings and other items are unchanged.', ''];
  }
  const missing = missingSettings(copy, request.settings, progress?.state.appliedSettings ?? []);
  if (missing.length === 0) return [];
  return ['Not restored:', '', ...missing.map((line) => `- ${clean(line)}`), ''];
}

function missingSettings(
  { table }: PreparedRestore['copy'],
  chosen: readonly string[],
  applied: readonly string[],
): string[] {
  if (!table) return ['settings of the copied table: the copy contains no manifest-table.json'];
  const { TimeToLive, PointInTimeRecovery, Tags = [], ResourcePolicy, CreateTable, unknown, notIncluded } = table;
  const had: Readonly<Record<(typeof RESTORE_SETTINGS)[number], boolean>> = {
    tags: Tags.length > 0,
    pitr: PointInTimeRecovery?.PointInTimeRecoveryEnabled === true,
    stream: CreateTable.StreamSpecification?.StreamEnabled === true,
    'deletion-protection': CreateTable.DeletionProtectionEnabled === true,
    'resource-policy': typeof ResourcePolicy === 'string',
    ttl: TimeToLive?.Enabled === true,
  };
  const left = RESTORE_SETTINGS.filter((setting) => had[setting] && !applied.includes(setting));
  return [
    ...left.map(
      (setting) => `${setting}: ${chosen.includes(setting) ? 'not applicable' : 'not selected in restore-settings'}`,
    ),
    ...unknown,
    ...notIncluded,
  ];
}
