import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { BETWEEN_RECOVERY_TRIES, RECOVERY_READY } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';

/** The times that a table can be exported at, which is what point-in-time recovery keeps. */
export interface RecoveryWindow {
  readonly earliest: Date;
  /** Typically five minutes ago. */
  readonly latest: Date;
}

/** Point-in-time recovery of a table that is about to be exported. */
export interface Recovery {
  /** Undefined if the role is not allowed to read it, so that DynamoDB itself judges the times. */
  readonly window: RecoveryWindow | undefined;
  /**
   * Until when DynamoDB may refuse an export because this step has just enabled recovery, in milliseconds of
   * performance.now(). Undefined if this step did not enable it: then a refusal is final.
   */
  readonly settlesUntil: number | undefined;
}

/**
 * Makes sure that point-in-time recovery is on, as only then the table can be exported. Enabling it takes effect late,
 * so this waits until DynamoDB reports it.
 *
 * @param table name or ARN
 * @throws {CopyError} RECOVERY_OFF where it is off and stays so
 */
export async function ensureRecovery(
  client: DynamoDBClient,
  table: string,
  enable: boolean,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Recovery> {
  const found = await recoveryWindow(client, table, signal);
  if (found === 'not allowed') {
    narrator.warning(
      'Whether point-in-time recovery is on is not known: the role lacks dynamodb:DescribeContinuousBackups. The export is tried all the same.',
    );
    return { window: undefined, settlesUntil: undefined };
  }
  if (found !== 'off') return { window: found, settlesUntil: undefined };
  if (!enable) throw await recoveryIsOff(client, table);
  const until = performance.now() + RECOVERY_READY;
  await turnOn(client, table, until, signal);
  narrator.notice(
    `Point-in-time recovery was off for ${table} and has been turned on. It stays on, and costs by the table's size.`,
  );
  return { window: await windowOnceEnabled(client, table, until, signal), settlesUntil: until };
}

/** Of a table that was made a moment ago, DynamoDB refuses it at first. */
async function turnOn(client: DynamoDBClient, table: string, until: number, signal: AbortSignal): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  for (;;) {
    try {
      const command = new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification });
      await client.send(command, { abortSignal: signal });
      return;
    } catch (error) {
      if ((error as Error).name !== 'ContinuousBackupsUnavailableException' || performance.now() > until) throw error;
    }
    await pause(BETWEEN_RECOVERY_TRIES, undefined, { signal });
  }
}

async function windowOnceEnabled(
  client: DynamoDBClient,
  table: string,
  until: number,
  signal: AbortSignal,
): Promise<RecoveryWindow | undefined> {
  for (;;) {
    const found = await recoveryWindow(client, table, signal);
    if (found === 'not allowed') return undefined;
    if (found !== 'off') return found;
    if (performance.now() > until) break;
    await pause(BETWEEN_RECOVERY_TRIES, undefined, { signal });
  }
  throw new CopyError(
    'RECOVERY_OFF',
    `DynamoDB does not report point-in-time recovery of ${table} as ENABLED 10 minutes after this step enabled it.`,
    'Re-run the job in a few minutes.',
  );
}

/** What DynamoDB says of a table's point-in-time recovery; asking for it is a right of its own. */
export async function recoveryWindow(
  client: DynamoDBClient,
  table: string,
  signal: AbortSignal,
): Promise<RecoveryWindow | 'off' | 'not allowed'> {
  try {
    const { ContinuousBackupsDescription } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: table }),
      { abortSignal: signal },
    );
    const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    if (recovery?.PointInTimeRecoveryStatus !== 'ENABLED') return 'off';
    return {
      earliest: requiredMember('DescribeContinuousBackups', recovery, 'EarliestRestorableDateTime'),
      latest: requiredMember('DescribeContinuousBackups', recovery, 'LatestRestorableDateTime'),
    };
  } catch (error) {
    if ((error as Error).name === 'AccessDeniedException') return 'not allowed';
    throw error;
  }
}

/** The command is complete and comes last, so that it can be copied as it stands. */
export async function recoveryIsOff(client: DynamoDBClient, table: string): Promise<CopyError> {
  const region = await client.config.region();
  return new CopyError(
    'RECOVERY_OFF',
    `Point-in-time recovery is off for ${table}: DynamoDB exports only tables that have it on.`,
    `Copy by scanning (point-in-time-export: false), or turn it on, which costs by the table's size: set enable-point-in-time-recovery: true here, or run aws dynamodb update-continuous-backups --region ${region} --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
  );
}
