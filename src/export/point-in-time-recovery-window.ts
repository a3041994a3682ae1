import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import { BETWEEN_PITR_ATTEMPTS, PITR_READY } from '../timeouts.ts';
import type { ExportContext } from './export-context.ts';

/** Times at which a table can be exported, which are those that point-in-time recovery covers. */
export interface PitrWindow {
  readonly earliest: Date;
  /** Usually five minutes before the current time. */
  readonly latest: Date;
}

/** Point-in-time recovery of a table that is about to be exported. */
export interface PitrState {
  /** Undefined if the role is not authorized to read it. Only DynamoDB checks the times then. */
  readonly window: PitrWindow | undefined;
  /**
   * Time until which DynamoDB may reject an export because this step has just enabled point-in-time recovery, in
   * milliseconds of performance.now(). Undefined if this step did not enable it: a rejection is final then.
   */
  readonly settlesUntil: number | undefined;
}

/**
 * Ensures that point-in-time recovery is enabled, which exports require. Enabling it takes effect with a delay, so this
 * function waits until DynamoDB reports it as enabled.
 *
 * @param table name or ARN
 * @param enable true to enable point-in-time recovery if it is disabled
 * @throws {CopyError} PITR_DISABLED if it is disabled and `enable` is false, or if enabling it has no effect in time
 */
export async function ensurePitrEnabled(
  { client, logger, signal }: Omit<ExportContext, 'bucket'>,
  table: string,
  enable: boolean,
): Promise<PitrState> {
  const found = await describePitr(client, table, signal);
  if (found === 'not authorized') {
    logger.warning(
      'The Action could not check whether point-in-time recovery is enabled: the role is not authorized to perform dynamodb:DescribeContinuousBackups. The export is requested anyway.',
    );
    return { window: undefined, settlesUntil: undefined };
  }
  if (found !== 'disabled') return { window: found, settlesUntil: undefined };
  if (!enable) throw await pitrDisabledError(client, table);
  const until = performance.now() + PITR_READY;
  await enablePitr(client, table, until, signal);
  logger.notice(
    `Enabled point-in-time recovery for ${table}. It remains enabled, and AWS charges for it by table size.`,
  );
  return { window: await windowOnceEnabled(client, table, until, signal), settlesUntil: until };
}

/** Enables point-in-time recovery. Retries while DynamoDB rejects it because the table was created a moment ago. */
async function enablePitr(client: DynamoDBClient, table: string, until: number, signal: AbortSignal): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  for (;;) {
    try {
      const command = new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification });
      await client.send(command, { abortSignal: signal });
      return;
    } catch (error) {
      if ((error as Error).name !== 'ContinuousBackupsUnavailableException' || performance.now() > until) throw error;
    }
    await pause(BETWEEN_PITR_ATTEMPTS, undefined, { signal });
  }
}

async function windowOnceEnabled(
  client: DynamoDBClient,
  table: string,
  until: number,
  signal: AbortSignal,
): Promise<PitrWindow | undefined> {
  for (;;) {
    const found = await describePitr(client, table, signal);
    if (found === 'not authorized') return undefined;
    if (found !== 'disabled') return found;
    if (performance.now() > until) break;
    await pause(BETWEEN_PITR_ATTEMPTS, undefined, { signal });
  }
  throw new CopyError(
    'PITR_DISABLED',
    `Point-in-time recovery for ${table} is still not enabled 10 minutes after this step requested it.`,
    'Re-run the job in a few minutes.',
  );
}

/** Returns the point-in-time recovery window of a table. Requires dynamodb:DescribeContinuousBackups. */
export async function describePitr(
  client: DynamoDBClient,
  table: string,
  signal: AbortSignal,
): Promise<PitrWindow | 'disabled' | 'not authorized'> {
  try {
    const { ContinuousBackupsDescription } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
      { abortSignal: signal },
    );
    const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    if (recovery?.PointInTimeRecoveryStatus !== 'ENABLED') return 'disabled';
    return {
      earliest: requiredMember('DescribeContinuousBackups', recovery, 'EarliestRestorableDateTime'),
      latest: requiredMember('DescribeContinuousBackups', recovery, 'LatestRestorableDateTime'),
    };
  } catch (error) {
    if ((error as Error).name === 'AccessDeniedException') return 'not authorized';
    throw error;
  }
}

/** Returns the error for disabled point-in-time recovery. */
export async function pitrDisabledError(client: DynamoDBClient, table: string): Promise<CopyError> {
  const region = await client.config.region();
  return new CopyError(
    'PITR_DISABLED',
    `Point-in-time recovery is disabled for ${table}. DynamoDB exports only tables with point-in-time recovery.`,
    remedies.enablePitrByCommand(region, table),
  );
}
