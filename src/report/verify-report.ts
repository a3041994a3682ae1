import type { CopyError } from '../errors.ts';
import type { Log } from '../github/log.ts';
import type { Outputs } from '../github/set-outputs.ts';
import { inVerifyTerms } from '../inputs/action-terms.ts';
import type { VerifyInputs } from '../inputs/verify-inputs.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckResult } from '../preflight/checks/check.ts';
import type { ComparedWith } from '../preflight/compared-with.ts';
import type { FoundStoredCopy } from '../preflight/prepare-verify.ts';
import type { Comparison } from '../verify/compare/compare-sides.ts';
import type { VerifiedData } from '../verify/verify-data.ts';
import type { VerifyFigures } from '../verify/verify-progress.ts';
import { nameOfCompared } from './compared-name.ts';
import { helpUrl } from './report.ts';
import { verifySummaryMarkdown } from './verify-summary.ts';
import { writeReport } from './write-report.ts';

/** Facts about a verify step. Members are undefined until they are known. */
export interface VerifyStatus {
  readonly inputs?: VerifyInputs;
  readonly checkResults?: readonly CheckResult[];
  readonly found?: FoundStoredCopy;
  readonly comparedWith?: ComparedWith | undefined;
  /** Returns how much of the copy was read. */
  readonly progress?: () => VerifyFigures;
  /** Result of reading the copy, if nothing is damaged. */
  readonly data?: VerifiedData;
  readonly comparison?: Comparison;
  /** Set at the end, if everything that the inputs ask for was checked and is correct. */
  readonly isVerified?: true;
}

/** What a verify step reports when it ends. */
export interface VerifyReport {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly status: VerifyStatus;
  /** Why the step fails; undefined if it succeeds. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
}

/** Reports the result of a verify step in summary, outputs and log. Fails the step if there is a failure. */
export function reportVerification({ env, log, status, failure, durationSeconds }: VerifyReport): void {
  const translated = failure && inVerifyTerms(failure);
  const help = translated && helpUrl(translated.code, env);
  const content = {
    summary: () => verifySummaryMarkdown({ status, failure: translated, durationSeconds, secrets: log.secrets, help }),
    outputs: () => verifyOutputs(status, translated, durationSeconds),
    result: 'The copy was checked',
    remedy: 'Check the free disk space of the runner, then re-run the job.',
  };
  const reported = writeReport(content, translated, { env, log });
  if (reported) {
    log.failure(reported, helpUrl(reported.code, env));
    // Not process.exit, which would lose output that has not been written to stdout yet.
    process.exitCode = 1;
    return;
  }
  log.info(closingLine(status, durationSeconds));
}

/** Returns the outputs that are known, even if the step failed. `verified` comes last, and only if it is true. */
export function verifyOutputs(status: VerifyStatus, failure: CopyError | undefined, durationSeconds: number): Outputs {
  const { found, comparison, isVerified } = status;
  return {
    'duration-seconds': durationSeconds.toFixed(1),
    ...(found && {
      's3-uri': `s3://${found.bucket.name}/${found.copy.layout.root}`,
      'manifest-key': found.copy.layout.manifestSummary,
      'snapshot-time': found.copy.snapshotTime.toISOString(),
      'age-seconds': String(Math.floor(found.ageMs / 1000)),
      'item-count': String(found.copy.itemCount),
    }),
    ...readCounts(status),
    ...(comparison && {
      'only-in-copy-count': String(comparison.onlyInCopy),
      'only-in-other-count': String(comparison.onlyInOther),
      'different-count': String(comparison.different),
      'differences-complete': String(comparison.isComplete),
    }),
    ...(comparison?.differencesFile !== undefined && { 'differences-file': comparison.differencesFile }),
    ...(isVerified && !failure && { verified: 'true' }),
  };
}

function readCounts({ inputs, found, progress, data, isVerified }: VerifyStatus): Outputs {
  const figures = data ?? progress?.();
  if (figures) {
    return {
      'checked-object-count': String(figures.checkedObjectCount),
      'bytes-read': String(figures.bytesRead),
    };
  }
  if (!found || !isVerified || inputs?.check !== 'manifests') return {};
  return { 'checked-object-count': String(found.copy.files.length), 'bytes-read': '0' };
}

function closingLine({ inputs, found, comparedWith, data, isVerified }: VerifyStatus, seconds: number): string {
  if (inputs?.dryRun) return 'Dry run passed. No data objects were read.';
  if (!isVerified || !found) throw new Error('a verification cannot succeed without a verified copy');
  const { copy, bucket } = found;
  const equal = comparedWith ? `verified, and equal to ${nameOfCompared(comparedWith)}` : 'verified';
  const what = inputs?.check === 'manifests' ? 'manifests verified' : equal;
  const items = formatCountOf(copy.itemCount, 'item');
  return `Done: ${what}: ${items}, ${objectsOf(copy.files.length, data)}, in ${formatSeconds(seconds)}: s3://${bucket.name}/${copy.layout.root}`;
}

function objectsOf(count: number, data: VerifiedData | undefined): string {
  const objects = formatCountOf(count, 'object');
  if (!data) return `${objects} listed`;
  const part = data.checkedObjectCount < count ? `${formatCount(data.checkedObjectCount)} of ` : '';
  return `${part}${objects} checked, ${formatBytes(data.bytesRead)} read`;
}
