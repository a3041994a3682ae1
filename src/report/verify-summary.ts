import type { CopyError } from '../errors.ts';
import { formatBytes, formatCount, formatCountOf, formatDuration, formatSeconds } from '../message-text.ts';
import type { FoundStoredCopy } from '../preflight/prepare-verify.ts';
import { nameOfCompared } from './compared-name.ts';
import { dryRunMarkdown } from './dry-run.ts';
import { failureMarkdown } from './failure-markdown.ts';
import { type Escape, markdownEscaper, nameValueTable } from './markdown.ts';
import { formatSample, plannedReads } from './verify-preview.ts';
import type { VerifyStatus } from './verify-report.ts';

/** Content of the job summary of a verification. */
export interface VerifySummary {
  readonly status: VerifyStatus;
  /** Undefined if the step succeeded. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
  /** Texts to mask. */
  readonly secrets: readonly string[];
  /** URL of the documentation of the failure; undefined if unknown. */
  readonly help: string | undefined;
}

/** Returns the job summary of a verification as Markdown: the result, what was checked, and what was not. */
export function verifySummaryMarkdown(summary: VerifySummary): string {
  const { status, failure, secrets, help } = summary;
  const { inputs, checkResults = [], found, comparedWith } = status;
  const clean = markdownEscaper(secrets);
  const lines = [headline(summary, clean), ''];
  if (failure) lines.push(...failureMarkdown(failure, help, clean));
  if (found) lines.push(...nameValueTable(rows(summary, found), clean));
  if (inputs?.dryRun) {
    lines.push(...dryRunMarkdown(checkResults, undefined, clean));
    if (found && !failure) lines.push(...nameValueTable(plannedReads(inputs, found, comparedWith), clean));
  } else if (found && !failure) {
    lines.push(...notCheckedMarkdown(status, found, clean));
  }
  return `${lines.join('\n')}\n`;
}

function headline({ status, failure }: VerifySummary, clean: Escape): string {
  if (failure) return `### ❌ Verification failed: \`${failure.code}\``;
  const { inputs, found, comparedWith, data, isVerified } = status;
  if (inputs?.dryRun && found)
    return `### 🔎 Dry run passed for a copy of ${clean(found.copy.tableName)}. Nothing was verified`;
  if (!isVerified || !found) throw new Error('a verification cannot succeed without a verified copy');
  const copy = `the copy of ${clean(found.copy.tableName)}`;
  if (data && data.checkedObjectCount < data.objectCount) {
    return `### ✅ Verified ${formatCount(data.checkedObjectCount)} of ${formatCountOf(data.objectCount, 'data object')} of ${copy}`;
  }
  const part = inputs?.check === 'manifests' ? 'the manifests of ' : '';
  const equal = comparedWith && ` It equals ${clean(nameOfCompared(comparedWith))}`;
  return `### ✅ Verified ${part}${copy}: ${formatCountOf(found.copy.itemCount, 'item')}${equal ? `.${equal}` : ''}`;
}

type Row = readonly [name: string, value: string];

function rows({ status, durationSeconds }: VerifySummary, { copy, bucket, ageMs }: FoundStoredCopy): Row[] {
  const { inputs, progress, data, comparedWith, comparison } = status;
  const read = data ?? progress?.();
  const age = ageMs < 0 ? `${formatDuration(-ageMs)} in the future` : `${formatDuration(ageMs)} old`;
  const other = comparedWith?.kind === 'copy' ? 'the other copy' : 'the table';
  const maximum = inputs?.maxAgeMs === undefined ? '' : `, at most ${formatDuration(inputs.maxAgeMs)}`;
  return [
    ['Copy', `s3://${bucket.name}/${copy.layout.root}`],
    ['Snapshot', `${copy.snapshotTime.toISOString()} of table ${copy.tableName}, ${age}${maximum}`],
    ['Checked', checkedLevel(status)],
    ['Items', formatCount(copy.itemCount)],
    ['Format', `${copy.outputFormat}, ${copy.compression}`],
    ...(read
      ? [
          [
            'Objects',
            `${formatCount(read.checkedObjectCount)} of ${formatCount(copy.files.length)}, ${formatBytes(read.bytesRead)} read`,
          ] satisfies Row,
        ]
      : [['Objects', formatCount(copy.files.length)] satisfies Row]),
    ...(comparedWith ? [['Compared with', nameOfCompared(comparedWith)] satisfies Row] : []),
    ...(comparison
      ? [
          [`Items in ${other}`, formatCount(comparison.otherItemCount)] satisfies Row,
          ['Only in the copy', formatCount(comparison.onlyInCopy)] satisfies Row,
          [`Only in ${other}`, formatCount(comparison.onlyInOther)] satisfies Row,
          ['Other values', formatCount(comparison.different)] satisfies Row,
          ...(comparison.isComplete ? [] : [['Counts', 'lower bounds: there can be more differences'] satisfies Row]),
        ]
      : []),
    ['Time', formatSeconds(durationSeconds)],
  ];
}

function checkedLevel({ inputs, isVerified, found, data, progress }: VerifyStatus): string {
  if (inputs?.dryRun) return 'manifests';
  const end = isVerified || data ? '' : ', until the step failed';
  if (inputs?.check === 'manifests') return `manifests, list of data objects${end}`;
  if (!data && !progress) return `manifests${end}`;
  const lines = found?.copy.outputFormat === 'CUSTOM' ? 'bytes' : 'bytes, lines';
  return `manifests, data (${lines}, counts)${end}`;
}

/** Returns what this verification cannot have found. */
function notCheckedMarkdown(status: VerifyStatus, found: FoundStoredCopy, clean: Escape): string[] {
  const missing = notChecked(status, found);
  if (missing.length === 0) return [];
  return ['Not checked:', '', ...missing.map((line) => `- ${clean(line)}`), ''];
}

function notChecked({ inputs, data, comparedWith }: VerifyStatus, { copy }: FoundStoredCopy): string[] {
  const missing: string[] = [];
  if (copy.scope === 'subset') missing.push('the rest of the table: the copy contains only a part of it');
  if (copy.scope === 'transformed') {
    missing.push('whether process-func changed the items as intended, and left out none that it should keep');
  }
  if (copy.scope === 'unknown') missing.push('whether the export contains the whole table');
  if (inputs?.check === 'manifests') missing.push('the content of the data objects (check: manifests)');
  if (!data) return missing;
  if (data.checkedObjectCount < data.objectCount) {
    const part = inputs?.sample ? formatSample(inputs.sample) : '';
    missing.push(
      `${formatCountOf(data.objectCount - data.checkedObjectCount, 'data object')}, because of sample (${part})`,
    );
  }
  if (!data.isLineChecked) missing.push('the lines: the format is CUSTOM, so only the bytes were verified');
  if (!data.hasChecksums) missing.push('SHA-256: the copy has no manifest-sha256.txt, so MD5 was verified');
  if (!data.areKeysChecked && data.isLineChecked) {
    missing.push('that each item has the key attributes of the table, which the copy does not state');
  }
  if (!comparedWith && copy.scope !== 'transformed')
    missing.push('whether the items are those of the table (compare-with)');
  return missing;
}
