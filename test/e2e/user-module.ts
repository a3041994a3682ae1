import { workspaceOf } from '../process-func/workspace.ts';
import type { RunOptions, RunResult } from '../support/runner.ts';
import type { Inputs, Pair } from './pair.ts';

/** Runs a copy of `table` with `content` as the module that process-func names. */
export async function runWithModule(
  pair: Pair,
  table: string,
  content: string,
  { name = 'scripts/process.mjs', inputs = {}, ...options }: RunOptions & { name?: string; inputs?: Inputs } = {},
): Promise<RunResult> {
  using workspace = workspaceOf({ [name]: content });
  return await pair.run(
    { 'dynamodb-table-name': table, 'process-func': name, ...inputs },
    { ...options, workspace: workspace.path },
  );
}
