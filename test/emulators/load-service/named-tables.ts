import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import { findTable, type TableFacts, tableArn } from '../dynamodb-service/tables.ts';
import type { Backstage } from './load-backstage.ts';
import type { Cooldowns, TableSettings } from './table-settings.ts';

/** Constraint on a parameter that is the name or the ARN of a table. */
export const NAME_OR_ARN = { type: 'string', required: true, min: 1, max: 1283 } as const;

export interface FoundTable {
  readonly table: TableFacts;
  readonly settings: TableSettings;
}

/** @throws {Refusal} ResourceNotFoundException, and ValidationException if it is not the ARN of a table */
export async function tableOfResource(arn: string, backstage: Backstage): Promise<FoundTable> {
  if (!/^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[-.\w]+$/.test(arn)) {
    throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  }
  return findNamed(arn, backstage);
}

/**
 * Returns the table of a name or an ARN with its settings.
 *
 * @throws {Refusal} ResourceNotFoundException
 */
export async function findNamed(nameOrArn: string, backstage: Backstage): Promise<FoundTable> {
  const start = tableArn(backstage.place, '');
  const name = nameOrArn.startsWith(start) ? nameOrArn.slice(start.length) : nameOrArn;
  // The ARN of another account or Region.
  const isForeign = name.startsWith('arn:');
  const table = isForeign ? undefined : await findTable(backstage.source, backstage.place, name);
  if (table === undefined) {
    throw new Refusal('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
  }
  return { table, settings: backstage.settingsOf(table.id) };
}

export function isCoolingDown(kind: keyof Cooldowns, settings: TableSettings, backstage: Backstage): boolean {
  return settings.changed[kind] > 0 && backstage.now() < settings.changed[kind] + backstage.cooldowns[kind];
}

/** The text is known from AWS; it ends with the time of the next attempt. */
export function modifiedRecently(
  what: string,
  kind: keyof Cooldowns,
  settings: TableSettings,
  { cooldowns }: Backstage,
  end = '',
): Refusal {
  const after = new Date(settings.changed[kind] + cooldowns[kind]).toISOString();
  return new Refusal(
    'ThrottlingException',
    `${what} modified within the previous ${cooldowns[kind]} milliseconds. Please try again after ${after}${end}`,
  );
}
