import { setTimeout as pause } from 'node:timers/promises';
import { ExportTableToPointInTimeCommand, type ExportTableToPointInTimeInput } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import { BETWEEN_PITR_ATTEMPTS } from '../timeouts.ts';
import { clientToken, type StepIdentity } from './client-token.ts';
import { type DescribedExport, describedExport, exportIdOf } from './described-export.ts';
import type { ExportContext } from './export-context.ts';
import type { PitrState } from './point-in-time-recovery-window.ts';

/**
 * Maximum difference between the clocks of AWS hosts. Exports of other steps are minutes older, because those steps
 * wait for them.
 */
const TOLERANCE_MS = 20_000;

/** Maximum number of steps with the same token prefix in one attempt. */
const MAX_SAME_STEPS = 10;

/** Facts that ensure that a step starts one export and that no other step uses it. */
export interface StartOptions {
  /** Undefined if the user set a ClientToken, and outside of a workflow run. */
  readonly identity: StepIdentity | undefined;
  readonly isTimeAbsolute: boolean;
  /** Current time by AWS's clock. */
  readonly now: Date;
  readonly pitrSettlesUntil: PitrState['settlesUntil'];
}

/**
 * Starts the export. DynamoDB responds at once and exports in the background.
 *
 * For a repeated ClientToken, DynamoDB returns the export that it started before. This is intended for requests whose
 * response was lost. But GitHub uses the same name for all steps of a composite action, and for the jobs of a reusable
 * workflow that is called twice: their tokens are the same, and a snapshot "before" a change would be returned as the
 * one "after" it. An export that is older than this call therefore belongs to another step, and the next token is
 * tried.
 *
 * @throws {CopyError} EXPORT_REJECTED if more than MAX_SAME_STEPS steps of this attempt have the same token prefix
 */
export async function startExport(
  context: Omit<ExportContext, 'bucket'>,
  request: ExportTableToPointInTimeInput,
  { identity, isTimeAbsolute, now, pitrSettlesUntil }: StartOptions,
): Promise<DescribedExport> {
  const { logger } = context;
  const send = (toSend: ExportTableToPointInTimeInput) => sendOnceReady(context, toSend, pitrSettlesUntil);
  const isOlder = (description: DescribedExport) => startOf(description) < now.getTime() - TOLERANCE_MS;
  if (!identity) {
    const description = await send(request);
    if (isOlder(description)) {
      logger.notice(
        `DynamoDB started no new export. It returned export ${idOf(description)}, which has the same ClientToken.`,
      );
    } else {
      logger.info(`Started export ${idOf(description)}.`);
    }
    return description;
  }
  let before = Number.NEGATIVE_INFINITY;
  for (let nth = 1; nth <= MAX_SAME_STEPS; nth += 1) {
    const description = await unlessTaken(send({ ...request, ClientToken: clientToken(identity, nth) }));
    if (!description) continue;
    // Steps that start exports this close together share one. So this export is new, and the clocks of AWS hosts
    // differ.
    const isNew = !isOlder(description) || startOf(description) - before < TOLERANCE_MS;
    if (isNew) {
      logger.info(`Started export ${idOf(description)}.`);
      return description;
    }
    before = startOf(description);
    if (isTimeAbsolute && description.ExportStatus !== 'FAILED') {
      logger.notice(`Using export ${idOf(description)}, which another step started for the same time.`);
      return description;
    }
  }
  throw new CopyError(
    'EXPORT_REJECTED',
    `${MAX_SAME_STEPS} exports of this run attempt already use the ClientTokens of this step.`,
    remedies.separateClientTokens,
  );
}

/** Retries the request while DynamoDB rejects it only because this step has just enabled point-in-time recovery. */
async function sendOnceReady(
  context: Pick<ExportContext, 'client' | 'signal'>,
  request: ExportTableToPointInTimeInput,
  pitrSettlesUntil: number | undefined,
): Promise<DescribedExport> {
  for (;;) {
    try {
      return await requestExport(context, request);
    } catch (error) {
      if ((error as Error).name !== 'PointInTimeRecoveryUnavailableException') throw error;
      if (pitrSettlesUntil === undefined || performance.now() > pitrSettlesUntil) throw error;
    }
    await pause(BETWEEN_PITR_ATTEMPTS, undefined, { signal: context.signal });
  }
}

async function requestExport(
  { client, signal }: Pick<ExportContext, 'client' | 'signal'>,
  request: ExportTableToPointInTimeInput,
): Promise<DescribedExport> {
  const response = await client.send(new ExportTableToPointInTimeCommand(request), { abortSignal: signal });
  return describedExport('ExportTableToPointInTime', response);
}

/** Returns undefined if another step has used the token for other times. */
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
