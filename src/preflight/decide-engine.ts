import type { Identity } from '../aws/credentials/identity.ts';
import { recoveryWindow } from '../export/point-in-time-recovery-window.ts';
import { scanOnly } from '../inputs/engine-use.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Narrator } from '../logger.ts';
import { formatCount } from '../message-text.ts';
import type { Checks } from './checks/checks.ts';
import { chooseEngine, costs } from './choose-engine.ts';
import { nameOrArn, type Sides } from './resources.ts';
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
    'the role lacks dynamodb:DescribeContinuousBackups, so the status of point-in-time recovery is unknown',
} as const;

/**
 * Chooses the engine. Reads the status of point-in-time recovery only if the inputs leave the choice to the Action.
 *
 * @param identity identity that reads the table
 * @returns undefined if a check failed that the choice depends on
 */
export async function decideEngine(
  inputs: Inputs,
  { client, target, tableGone }: Pick<Sides, 'client' | 'target' | 'tableGone'>,
  identity: Identity,
  checks: Checks,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ChosenEngine | undefined> {
  if (inputs.engine !== 'auto') return { engine: inputs.engine, why: undefined };
  if (tableGone) return { engine: 'export', why: 'the table is not available, and only an export can be continued' };
  const window = await checks.find(
    'Engine choice',
    () => recoveryWindow(client, nameOrArn(inputs), signal),
    (found) => RECOVERY_STATUS[typeof found === 'string' ? found : 'on'],
  );
  if (window === undefined) return undefined;
  const sizeBytes = target.sizeBytes ?? 0;
  const recovery = window === 'off' ? 'off' : window === 'not allowed' ? 'not known' : 'on';
  const foreign = recovery === 'on' ? await foreignTable(inputs, identity, signal) : undefined;
  const chosen = chooseEngine({
    scanOnly: [...scanOnly(inputs), ...otherDestination(inputs)],
    recovery,
    otherAccount: foreign?.owner,
    sizeBytes,
  });
  const { gigabytesBilled, readUnits } = costs(sizeBytes, inputs.scan.request.ConsistentRead ?? false);
  narrator.info(
    `Engine: ${chosen.engine}, because ${chosen.why}. Estimates: an export is billed for ${formatCount(gigabytesBilled)} GB, a scan consumes ${formatCount(readUnits)} RCU.`,
  );
  return chosen;
}

/** DynamoDB writes an export with the credentials of the source, so another destination role requires a scan. */
function otherDestination({ roles: { source, dest } }: Inputs): string[] {
  return dest === undefined || dest === source ? [] : ['dest-role-to-assume'];
}
