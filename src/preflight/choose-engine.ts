import type { Identity } from '../aws/credentials/identity.ts';
import { describePitr } from '../export/point-in-time-recovery-window.ts';
import { scanOnlyInputs } from '../inputs/engine-use.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { formatCount } from '../message-text.ts';
import { automaticEngine, estimateCosts } from './automatic-engine.ts';
import { type PreflightContext, type Resources, tableNameOrArn } from './resources.ts';
import { crossAccountTable } from './table-account.ts';

export interface ChosenEngine {
  readonly engine: 'scan' | 'export';
  /** Undefined if the inputs specify the engine. */
  readonly why: string | undefined;
}

const PITR_STATUS = {
  enabled: 'point-in-time recovery is enabled',
  disabled: 'point-in-time recovery is disabled',
  'not authorized':
    'the role is not authorized to perform dynamodb:DescribeContinuousBackups, so the status of point-in-time recovery is unknown',
} as const;

/**
 * Chooses the engine. Reads the status of point-in-time recovery only if the inputs leave the choice to the Action.
 *
 * @param identity identity that reads the table
 * @returns undefined if a check failed that the choice depends on
 */
export async function chooseEngine(
  { inputs, checks, logger, signal }: PreflightContext,
  { client, target, tableError }: Pick<Resources, 'client' | 'target' | 'tableError'>,
  identity: Identity,
): Promise<ChosenEngine | undefined> {
  if (inputs.engine !== 'auto') return { engine: inputs.engine, why: undefined };
  if (tableError) return { engine: 'export', why: 'the table is not available, and only an export can be continued' };
  const found = await checks.find(
    'Engine choice',
    () => describePitr(client, tableNameOrArn(inputs), signal),
    (window) => PITR_STATUS[typeof window === 'string' ? window : 'enabled'],
  );
  if (found === undefined) return undefined;
  const sizeBytes = target.sizeBytes ?? 0;
  const pitr = typeof found !== 'string' ? 'enabled' : found === 'disabled' ? 'disabled' : 'unknown';
  const crossAccount = pitr === 'enabled' ? await crossAccountTable(inputs, identity, signal) : undefined;
  const chosen = automaticEngine({
    scanOnly: [...scanOnlyInputs(inputs), ...otherDestination(inputs)],
    pitr,
    otherAccount: crossAccount?.owner,
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
