import { setTimeout as pause } from 'node:timers/promises';
import { CopyError } from '../errors.ts';
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
    if (attempt > 0 && Date.now() - loggedAt >= EXPORT_PROGRESS) {
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
    `${after.resume || after.ownToken ? 'Re-run the job to continue waiting for this export.' : 'With resume: false, a re-run starts another export. To check the status of this one, run aws dynamodb describe-export with its ARN.'} For large tables, increase max-attempts or check-interval.`,
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
      return `Bucket ${bucket} does not exist. Check s3-bucket-name.`;
    case 'S3AccessDenied':
      return `DynamoDB writes with the permissions of the source role. Grant s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::${bucket}/* to the role. If the bucket is in another account, allow them in the bucket policy as well and set s3-bucket-owner to that account. If the bucket policy requires an encryption header, set s3-sse-algorithm.`;
    case 'KmsNotFoundException':
      return 'The KMS key does not exist, or it is not in the Region of the bucket. Check s3-sse-kms-key-id, and grant kms:GenerateDataKey and kms:Decrypt on the key to the role.';
    default:
      return 'To see the full message, run aws dynamodb describe-export --export-arn ARN.';
  }
}
