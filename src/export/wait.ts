import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EXPORT_PROGRESS } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';
import { type AfterFailure, exportFailed } from './failure.ts';
import { describeExport } from './find-exports.ts';

export interface Waiting {
  readonly checkIntervalMs: number;
  readonly maxAttempts: number;
}

/**
 * Asks for an export's status until it is over. Throttles, faults and new credentials on the way are the client's to
 * survive; a denial is not waited out.
 *
 * @returns the description of a completed export
 * @throws {CopyError} EXPORT_FAILED, or EXPORT_STILL_RUNNING when the attempts are used up
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
  let told = began;
  let description = started;
  for (let attempt = 0; ; attempt += 1) {
    if (description.ExportStatus === 'COMPLETED') return description;
    if (description.ExportStatus === 'FAILED') throw exportFailed(description, after);
    if (attempt === maxAttempts) break;
    if (attempt > 0 && Date.now() - told >= EXPORT_PROGRESS) {
      told = Date.now();
      const minutes = Math.floor((told - began) / 60_000);
      narrator.info(`The export is in progress: ${minutes} min waited, check ${attempt} of ${maxAttempts}.`);
    }
    await pause(checkIntervalMs, undefined, { signal });
    description = await describeExport(client, arn, signal);
  }
  throw new CopyError(
    'EXPORT_STILL_RUNNING',
    `The export ${exportIdOf(arn)} is still in progress after ${maxAttempts} checks. It goes on without this step.`,
    `${after.resume || after.ownToken ? 'Re-run the job: it finds this export again and waits on.' : 'With resume: false a re-run starts another one; look after this one by its ARN.'} For large tables raise max-attempts, or check-interval.`,
  );
}
