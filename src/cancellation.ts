import { CANCEL } from './aws/timeouts.ts';
import type { Narrator } from './narrator.ts';

/**
 * Fires when the runner cancels the step: SIGINT first, SIGTERM 7.5 seconds later, and 2.5 seconds after that the end.
 * What does not heed it, such as the code of a process-func or a server that does not answer, is not waited for.
 *
 * @param report tells of the step as it is then, unless that was done already
 */
export function cancellation(narrator: Narrator, report: () => void): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    report();
    // Nothing gentler ends what does not end by itself; all that was logged has been written by the next turn.
    setTimeout(() => process.exit(), 0);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      if (controller.signal.aborted) return;
      narrator.info(`Cancelled (${name}): what is under way is given up.`);
      setTimeout(end, CANCEL).unref();
      controller.abort();
    });
  }
  return controller.signal;
}
