import { setTimeout as pause } from 'node:timers/promises';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import { EXPORT_PROGRESS } from '../timeouts.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';
import type { ExportContext } from './export-context.ts';
import { describeExport } from './find-exports.ts';

export interface PollOptions {
  readonly checkIntervalMs: number;
  readonly maxAttempts: number;
}

/**
 * Polls the status of an export until it ends. The client retries throttled requests and transient errors and renews
 * the credentials. If access is denied, polling stops.
 *
 * @returns the description of a completed export
 * @throws {CopyError} EXPORT_FAILED, or EXPORT_IN_PROGRESS after the maximum number of status checks
 */
export async function waitForExport(
  { client, logger, signal }: Omit<ExportContext, 'bucket'>,
  started: DescribedExport,
  { checkIntervalMs, maxAttempts }: PollOptions,
  after: AfterFailure,
): Promise<DescribedExport> {
  const arn = started.ExportArn;
  const began = Date.now();
  let loggedAt = began;
  let description = started;
  for (let attempt = 0; ; attempt += 1) {
    if (description.ExportStatus === 'COMPLETED') return description;
    if (description.ExportStatus === 'FAILED') throw exportFailed(description, after);
    if (attempt === maxAttempts) break;
    if (Date.now() - loggedAt >= EXPORT_PROGRESS) {
      loggedAt = Date.now();
      const minutes = Math.floor((loggedAt - began) / 60_000);
      logger.info(`Export in progress: ${minutes} min elapsed, status check ${attempt} of ${maxAttempts}.`);
    }
    await pause(checkIntervalMs, undefined, { signal });
    description = await describeExport(client, arn, signal);
  }
  throw new CopyError(
    'EXPORT_IN_PROGRESS',
    `Export ${exportIdOf(arn)} is still in progress after ${maxAttempts} status checks. It continues in DynamoDB.`,
    remedies.waitForExport(after.resume || after.ownToken),
  );
}

/** Settings that determine what a re-run of the job does after a failure. */
export interface AfterFailure {
  readonly resume: boolean;
  /** True if the user set the ClientToken. DynamoDB returns the same export for the same token for hours. */
  readonly ownToken: boolean;
}

/**
 * Returns the error for a failed export. DynamoDB's failure message is not shown because it may quote a bucket policy.
 */
export function exportFailed(
  { FailureCode = '', S3Bucket, ExportArn }: DescribedExport,
  { ownToken }: AfterFailure,
): CopyError {
  const code = /^[\w.]{1,60}$/.test(FailureCode) ? FailureCode : 'an unknown failure code';
  return new CopyError(
    'EXPORT_FAILED',
    `Export ${exportIdOf(ExportArn)} failed with ${code}.`,
    `${remedy(code, S3Bucket ?? '')} ${ownToken ? 'Change ClientToken as well: DynamoDB returns this export again for the same token.' : 'A re-run starts a new export.'}`,
  );
}

function remedy(code: string, bucket: string): string {
  switch (code) {
    case 'S3NoSuchBucket':
      return remedies.changeBucketOfExport(bucket);
    case 'S3AccessDenied':
      return remedies.grantWriteToExport(bucket);
    case 'KmsNotFoundException':
      return remedies.changeKmsKeyOfExport;
    default:
      return 'To see the full message, run aws dynamodb describe-export --export-arn ARN.';
  }
}
