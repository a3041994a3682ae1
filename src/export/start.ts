import { setTimeout as pause } from 'node:timers/promises';
import {
  type DynamoDBClient,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeInput,
} from '@aws-sdk/client-dynamodb';
import { BETWEEN_RECOVERY_TRIES } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { type DescribedExport, describedExport, exportIdOf } from './described-export.ts';
import type { Recovery } from './recovery.ts';
import { type StepIdentity, tokenOf } from './token.ts';

/** What the clocks of AWS's own hosts may differ by. Another step's export is minutes older, as it was waited for. */
const TOLERANCE_MS = 20_000;

/** Steps of one attempt that may look the same. */
const MOST_ALIKE = 10;

/** How it is made sure that one step starts one export, and no other step gets it. */
export interface Starting {
  /** Undefined where the user gave a ClientToken, and outside of a workflow. */
  readonly identity: StepIdentity | undefined;
  readonly timeIsFixed: boolean;
  /** By AWS's clock. */
  readonly now: Date;
  readonly recoverySettlesUntil: Recovery['settlesUntil'];
}

/**
 * Starts the export; DynamoDB answers at once and goes to work.
 *
 * A repeated ClientToken gives back the export that it started before. That is as it should be for a request whose
 * answer was lost. But GitHub gives no two names to the steps of one composite action, nor to the jobs of a reusable
 * workflow that is called twice: their tokens are the same, and a snapshot "before" would come back as the one "after".
 * An export that is older than this call is therefore another step's, and the next token is tried.
 *
 * @throws {CopyError} EXPORT_REFUSED where more steps look the same than anyone would write
 */
export async function startExport(
  client: DynamoDBClient,
  request: ExportTableToPointInTimeInput,
  { identity, timeIsFixed, now, recoverySettlesUntil }: Starting,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<DescribedExport> {
  const send = (toSend: ExportTableToPointInTimeInput) => sendOnceReady(client, toSend, recoverySettlesUntil, signal);
  const isOlder = (description: DescribedExport) => startOf(description) < now.getTime() - TOLERANCE_MS;
  if (!identity) {
    const description = await send(request);
    if (isOlder(description)) {
      narrator.notice(
        `The ClientToken is that of export ${idOf(description)}: DynamoDB gave it back and started no other.`,
      );
    } else {
      narrator.info(`Export ${idOf(description)} has started.`);
    }
    return description;
  }
  let before = Number.NEGATIVE_INFINITY;
  for (let nth = 1; nth <= MOST_ALIKE; nth += 1) {
    const description = await unlessTaken(send({ ...request, ClientToken: tokenOf(identity, nth) }));
    if (!description) continue;
    // Steps whose exports start so close together share one. So this one is new, and AWS's clocks disagree.
    const isNew = !isOlder(description) || startOf(description) - before < TOLERANCE_MS;
    if (isNew) {
      narrator.info(`Export ${idOf(description)} has started.`);
      return description;
    }
    before = startOf(description);
    if (timeIsFixed && description.ExportStatus !== 'FAILED') {
      narrator.notice(`Another step started export ${idOf(description)} of the same time: it serves this step, too.`);
      return description;
    }
  }
  throw new CopyError(
    'EXPORT_REFUSED',
    `${MOST_ALIKE} exports of this attempt look like this one.`,
    'Give each step a ClientToken of its own in export-table-to-point-in-time-kwargs.',
  );
}

/** Requests an export again while DynamoDB refuses it only because this step has just enabled recovery. */
async function sendOnceReady(
  client: DynamoDBClient,
  request: ExportTableToPointInTimeInput,
  recoverySettlesUntil: number | undefined,
  signal: AbortSignal,
): Promise<DescribedExport> {
  for (;;) {
    try {
      return await requestExport(client, request, signal);
    } catch (error) {
      if ((error as Error).name !== 'PointInTimeRecoveryUnavailableException') throw error;
      if (recoverySettlesUntil === undefined || performance.now() > recoverySettlesUntil) throw error;
    }
    await pause(BETWEEN_RECOVERY_TRIES, undefined, { signal });
  }
}

async function requestExport(
  client: DynamoDBClient,
  request: ExportTableToPointInTimeInput,
  signal: AbortSignal,
): Promise<DescribedExport> {
  const response = await client.send(new ExportTableToPointInTimeCommand(request), { abortSignal: signal });
  return describedExport('ExportTableToPointInTime', response);
}

/** Another step has used the token for other times. */
async function unlessTaken(sent: Promise<DescribedExport>): Promise<DescribedExport | undefined> {
  try {
    return await sent;
  } catch (error) {
    if ((error as Error).name === 'ExportConflictException') return undefined;
    throw error;
  }
}

function startOf({ StartTime }: DescribedExport): number {
  return StartTime?.getTime() ?? Number.POSITIVE_INFINITY;
}

function idOf({ ExportArn }: DescribedExport): string {
  return exportIdOf(ExportArn);
}
