import { CANCEL, STOP_MARK_CHECK } from './aws/timeouts.ts';
import type { CopyState } from './copy-state.ts';
import { CopyError } from './errors.ts';
import type { Narrator } from './narrator.ts';
import type { StopMark } from './stop-mark.ts';

/**
 * Fires when the runner cancels the step: SIGINT first, SIGTERM 7.5 seconds later, and 2.5 seconds after that the end.
 * Also fires when `post` leaves its mark, since signals do not reach a step in a container job.
 * What does not heed it, such as the code of a process-func or a server that does not answer, is not waited for.
 *
 * @param report tells of the step as it is then, unless that was done already
 */
export function cancellation(narrator: Narrator, stopMark: StopMark, report: () => void): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    report();
    // Nothing gentler ends what does not end by itself; all that was logged has been written by the next turn.
    setTimeout(() => process.exit(), 0);
  };
  const cancel = (by: string) => {
    if (controller.signal.aborted) return;
    narrator.info(`Cancelled (${by}): what is under way is given up.`);
    setTimeout(end, CANCEL).unref();
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel(name));
  const checks = setInterval(() => {
    if (!stopMark.isThere()) return;
    clearInterval(checks);
    cancel('post step');
  }, STOP_MARK_CHECK).unref();
  return controller.signal;
}

/** What is told of a step that was cancelled, and what a re-run of it will do. */
export function cancelled(copy: CopyState | undefined, resume = true): CopyError {
  if (copy?.engine === 'export') {
    return new CopyError(
      'CANCELLED',
      copy.stage === 'not started'
        ? 'The step was cancelled before it knew of an export. One that it had asked for goes on without it.'
        : `The step was cancelled while it waited. The export ${copy.exportId} goes on without it.`,
      `${resume ? 'Re-run the job: it finds this export again and waits on.' : 'With resume: false a re-run starts another one.'} An export cannot be stopped.`,
    );
  }
  return new CopyError(
    'CANCELLED',
    'The step was cancelled before the copy was complete.',
    `${resume ? 'Re-run the job: it goes on where this attempt stopped, or starts anew where that cannot be.' : 'Run it again.'} What was written has no manifest-summary.json and counts as no copy.`,
  );
}
