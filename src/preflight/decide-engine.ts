import type { Identity } from '../aws/credentials/identity.ts';
import { describePitr } from '../export/point-in-time-recovery-window.ts';
import { scanOnlyInputs } from '../inputs/engine-use.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Logger } from '../logger.ts';
import { formatCount } from '../message-text.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { chooseEngine, estimateCosts } from './choose-engine.ts';
import { type Resources, tableNameOrArn } from './resources.ts';
import { foreignTable } from './table-account.ts';

export interface ChosenEngine {
  readonly engine: 'scan' | 'export';
  /** Undefined if the inputs specify the engine. */
  readonly why: string | undefined;
}

const RECOVERY_STATUS = {
  on: 'point-in-time recovery is enabled',
  off: 'point-in-time recovery is disabled',
  'not allowed':
    'the role is not authorized to perform dynamodb:DescribeContinuousBackups, so the status of point-in-time recovery is unknown',
} as const;

/**
 * Chooses the engine. Reads the status of point-in-time recovery only if the inputs leave the choice to the Action.
 *
 * @param identity identity that reads the table
 * @returns undefined if a check failed that the choice depends on
 */
export async function decideEngine(
  inputs: Inputs,
  { client, target, tableGone }: Pick<Resources, 'client' | 'target' | 'tableGone'>,
  identity: Identity,
  checks: PreflightChecks,
  logger: Logger,
  signal: AbortSignal,
): Promise<ChosenEngine | undefined> {
  if (inputs.engine !== 'auto') return { engine: inputs.engine, why: undefined };
  if (tableGone) return { engine: 'export', why: 'the table is not available, and only an export can be continued' };
  const window = await checks.find(
    'Engine choice',
    () => describePitr(client, tableNameOrArn(inputs), signal),
    (found) => RECOVERY_STATUS[typeof found === 'string' ? found : 'on'],
  );
  if (window === undefined) return undefined;
  const sizeBytes = target.sizeBytes ?? 0;
  const recovery = window === 'off' ? 'off' : window === 'not allowed' ? 'not known' : 'on';
  const foreign = recovery === 'on' ? await foreignTable(inputs, identity, signal) : undefined;
  const chosen = chooseEngine({
    scanOnly: [...scanOnlyInputs(inputs), ...otherDestination(inputs)],
    recovery,
    otherAccount: foreign?.owner,
    sizeBytes,
  });
  const { gigabytesBilled, readUnits } = estimateCosts(sizeBytes, inputs.scan.request.ConsistentRead ?? false);
  logger.info(
    `Engine: ${chosen.engine}, because ${chosen.why}. Estimates: an export is billed for ${formatCount(gigabytesBilled)} GB, a scan consumes ${formatCount(readUnits)} RCU.`,
  );
  return chosen;
}

/** DynamoDB writes an export with the credentials of the source, so another destination role requires a scan. */
function otherDestination({ roles: { source, dest } }: Inputs): string[] {
  return dest === undefined || dest === source ? [] : ['dest-role-to-assume'];
}
