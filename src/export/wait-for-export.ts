import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../logger.ts';
import { EXPORT_PROGRESS } from '../timeouts.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';
import { type AfterFailure, exportFailed } from './export-failure.ts';
import { describeExport } from './find-exports.ts';

export interface Waiting {
  readonly checkIntervalMs: number;
  readonly maxAttempts: number;
}

/**
 * Polls the status of an export until it ends. The client retries throttled requests and transient errors and renews
 * the credentials. If access is denied, polling stops.
 *
 * @returns the description of a completed export
 * @throws {CopyError} EXPORT_FAILED, or EXPORT_STILL_RUNNING after the maximum number of status checks
 */
export async function waitForExport(
  client: DynamoDBClient,
  started: DescribedExport,
  { checkIntervalMs, maxAttempts }: Waiting,
  after: AfterFailure,
  narrator: Narrator,
  signal: AbortSignal,
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
      narrator.info(`Export in progress: ${minutes} min elapsed, status check ${attempt} of ${maxAttempts}.`);
    }
    await pause(checkIntervalMs, undefined, { signal });
    description = await describeExport(client, arn, signal);
  }
  throw new CopyError(
    'EXPORT_STILL_RUNNING',
    `Export ${exportIdOf(arn)} is still in progress after ${maxAttempts} status checks. It continues in DynamoDB.`,
    `${after.resume || after.ownToken ? 'Re-run the job to continue waiting for this export.' : 'With resume: false, a re-run starts another export. To check the status of this one, run aws dynamodb describe-export with its ARN.'} For large tables, increase max-attempts or check-interval.`,
  );
}
