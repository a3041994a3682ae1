import { CopyError } from '../errors.ts';
import { writeSummary } from '../github/job-summary.ts';
import type { Log } from '../github/log.ts';
import { type Outputs, setOutputs } from '../github/set-outputs.ts';

/** Outputs and job summary of a step. */
export interface ReportContent {
  /** Creates the job summary as Markdown. */
  readonly summary: () => string;
  readonly outputs: () => Outputs;
  /** Sentence part that states what a successful step has done, such as `The restore is complete`. */
  readonly result: string;
  /** What to do if a successful step cannot report its result. */
  readonly remedy: string;
}

/**
 * Writes the job summary, then the outputs, so that no output reports a success if the summary cannot be written.
 *
 * @param failure why the step fails; undefined if it succeeded
 * @returns why the step fails: `failure`, or OUTPUTS_NOT_WRITTEN, because later steps would rely on empty outputs;
 *   undefined if the step succeeds
 */
export function writeReport(
  { summary, outputs, result, remedy }: ReportContent,
  failure: CopyError | undefined,
  { env, log }: { readonly env: NodeJS.ProcessEnv; readonly log: Log },
): CopyError | undefined {
  try {
    writeSummary(summary(), env);
    setOutputs(outputs(), env, log);
    return failure;
  } catch (error) {
    const { code = 'no code' } = error as { code?: string };
    log.warning(`The outputs or the job summary could not be written (${code}).`);
    return (
      failure ??
      new CopyError(
        'OUTPUTS_NOT_WRITTEN',
        `${result}, but its outputs or job summary could not be written (${code}).`,
        remedy,
        { cause: error },
      )
    );
  }
}
