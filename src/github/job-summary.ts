import { appendFileSync } from 'node:fs';

/** Appends to the job summary. Does nothing if the runner has no job summary. */
export function writeSummary(markdown: string, env: NodeJS.ProcessEnv): void {
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file) appendFileSync(file, markdown);
}
