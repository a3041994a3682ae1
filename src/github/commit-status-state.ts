import * as core from '@actions/core';
import { MAX_DESCRIPTION, type StatusContent, type StatusTarget } from './send-commit-status.ts';

/** The runner passes this state to the post step as STATE_status. A workflow can set that variable too. */
const NAME = 'status';

/** What the post step has to set, and the status that the step itself sets. */
export interface SavedStatus extends Pick<StatusTarget, 'context' | 'sha'> {
  readonly content: StatusContent;
}

/**
 * Saves what the post step has to set; undefined for nothing. The runner uses the last value. Call this before the first
 * request: from then on, no other step of the job can set the variable.
 *
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs (IntraActionState)
 */
export function saveStatus(env: NodeJS.ProcessEnv, saved: SavedStatus | undefined): void {
  if (!env['GITHUB_STATE']) return;
  const { context, sha, content: { state, description } = {} } = saved ?? {};
  core.saveState(NAME, saved ? JSON.stringify({ context, sha, state, description }) : '');
}

/** @returns undefined if the step saved nothing, or if the value is invalid */
export function savedStatus(env: NodeJS.ProcessEnv): SavedStatus | undefined {
  try {
    const value: unknown = JSON.parse(env[`STATE_${NAME}`] ?? '');
    const { context, sha, state, description } = value as Record<string, unknown>;
    const known = (['pending', 'success', 'failure'] as const).find((one) => one === state);
    if (known === undefined || typeof description !== 'string') return undefined;
    if (typeof context !== 'string' || typeof sha !== 'string') return undefined;
    return { context, sha, content: { state: known, description: description.slice(0, MAX_DESCRIPTION) } };
  } catch {
    return undefined;
  }
}
