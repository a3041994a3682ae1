import * as core from '@actions/core';

/** The runner passes this state to the post step as STATE_restore. Other steps of the job can set that variable too. */
const NAME = 'restore';

/** Temporary table of a restore, for the post step. */
export interface TemporaryTable {
  /** Name or ARN. */
  readonly table: string;
  /** Identity of the step in the tag of the table and in the token of the import; undefined outside a workflow. */
  readonly step?: string | undefined;
  /** ID and creation time, as soon as they are known. */
  readonly tableId?: string | undefined;
  readonly createdAt?: string | undefined;
}

/**
 * Saves that there is no temporary table. Call this first: the runner sets the variables of saved state last, so from then
 * on, no other step of the job can set this one.
 *
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs (IntraActionState)
 */
export function saveNoTemporaryTable(env: NodeJS.ProcessEnv): void {
  if (env['GITHUB_STATE']) core.saveState(NAME, '');
}

/**
 * Saves a temporary table. Called before the table is created, because the step can be killed at any time, and again
 * with its ID: the runner uses the last value.
 */
export function saveTemporaryTable(env: NodeJS.ProcessEnv, table: TemporaryTable): void {
  if (env['GITHUB_STATE']) core.saveState(NAME, JSON.stringify(table));
}

/**
 * Returns the saved table. It proves nothing: the post step deletes the table only if DynamoDB confirms that the step
 * created it.
 *
 * @returns undefined if the step saved none, or if the value is invalid
 */
export function savedTemporaryTable(env: NodeJS.ProcessEnv): TemporaryTable | undefined {
  try {
    const value: unknown = JSON.parse(env[`STATE_${NAME}`] ?? '');
    const { table, step, tableId, createdAt } = value as Record<string, unknown>;
    if (typeof table !== 'string' || table === '') return undefined;
    const text = (member: unknown) => (typeof member === 'string' ? member : undefined);
    return { table, step: text(step), tableId: text(tableId), createdAt: text(createdAt) };
  } catch {
    return undefined;
  }
}
