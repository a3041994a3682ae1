import { scanOnly } from '../action/engine-use.ts';
import type { Inputs } from '../action/inputs.ts';
import { formatCount } from '../action/units.ts';
import { foreignTable } from '../aws/account.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import type { Checks } from '../checks/checks.ts';
import { recoveryWindow } from '../export/recovery.ts';
import type { Narrator } from '../narrator.ts';
import { chooseEngine, costs } from './choose-engine.ts';
import { nameOrArn, type Sides } from './sides.ts';

export interface ChosenEngine {
  readonly engine: 'scan' | 'export';
  /** Undefined where the inputs say it. */
  readonly why: string | undefined;
}

/**
 * @param identity reads the table
 * @returns undefined where a check failed that the choice depends on
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
  if (tableGone) return { engine: 'export', why: 'the table is gone' };
  const window = await checks.find(
    'Choice of the engine',
    () => recoveryWindow(client, nameOrArn(inputs), signal),
    (found) => `point-in-time recovery is ${typeof found === 'string' ? found : 'on'}`,
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
    `point-in-time-export is auto: this run ${chosen.engine}s, as ${chosen.why}. An export would be billed for ${formatCount(gigabytesBilled)} GB, a scan would consume about ${formatCount(readUnits)} read units.`,
  );
  return chosen;
}

/** An export is written by the source's identity, whatever the destination's. */
function otherDestination({ roles: { source, dest } }: Inputs): string[] {
  return dest === undefined || dest === source ? [] : ['dest-role-to-assume'];
}
